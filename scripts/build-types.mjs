// Builds the types: dist/types, which the npm package points at, and dist/sdk-types, which the editor puts beside the SDK
// in a home so that `import "millrace"` is typed with nothing installed. That one carries the types of what the SDK's own
// types stand on (zod, the standard schema, Node). `--outdir DIR` builds somewhere else.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Entry points of the library: name → its declarations in dist/types. */
const entries = {
  index: "runtime/sdk/index.d.ts",
  blocks: "runtime/blocks/index.d.ts",
  testing: "runtime/testing/index.d.ts",
};
/** Packages that declarations name: they go along under node_modules, their declarations only. */
const packages = ["zod", "@standard-schema/spec", "undici-types"];
/** Package, what declarations name below it, and the file that this is. */
const subpaths = [["zod", "v4/core", "v4/core/index.d.ts"]];

function compile(types) {
  rmSync(types, { recursive: true, force: true });
  const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
  const args = [tsc, "-p", "tsconfig.types.json", "--outDir", types];
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: ["inherit", 2, 2] });
  if (error) throw error;
  if (status !== 0) throw new Error("the declarations could not be built");
  for (const name of readdirSync(types, { recursive: true })) {
    const file = path.join(types, name);
    if (!name.endsWith(".d.ts") || !statSync(file).isFile()) continue;
    const text = readFileSync(file, "utf8");
    const ours = withoutBroughtTypes(text);
    if (ours !== text) writeFileSync(file, ours);
  }
}

/**
 * Clients that blocks bring along in the bundle are no packages of the user's, and their types weigh more than all of
 * ours: where a declaration names one of their types, it says any. Whoever wants them typed installs the package and
 * says so: `const storage: Storage = await credentials.getCloudStorageClient()`.
 */
const broughtPackages = [
  "@google-cloud/storage",
  "@google-cloud/bigquery",
  "google-auth-library",
  "pg",
  "pg-cursor",
  "pg-copy-streams",
  "nodemailer",
  "hyparquet",
  "hyparquet-writer",
];
const brought = `(?:${broughtPackages.join("|")})(?:/[^"]*)?`;

function withoutBroughtTypes(text) {
  const inline = new RegExp(String.raw`import\("${brought}"\)(?:\.[\w$]+)*`, "g");
  const named = new RegExp(String.raw`^import (?:type )?\{([^}]*)\} from "${brought}";$`, "gm");
  const whole = new RegExp(String.raw`^import (?:type )?(?:\* as )?(\w+) from "${brought}";$`, "gm");
  return text
    .replace(inline, "any")
    .replace(named, (_, names) =>
      names
        .split(",")
        .map((name) =>
          name
            .trim()
            .replace(/^type /, "")
            .split(" as ")
            .at(-1),
        )
        .filter((name) => name !== "")
        .map((name) => `type ${name} = any;`)
        .join("\n"),
    )
    .replace(whole, (_, name) => {
      const members = new Set(
        [...text.matchAll(new RegExp(String.raw`\b${name}\.(\w+)`, "g"))].map(([, each]) => each),
      );
      return `declare namespace ${name} {\n${[...members].map((member) => `    type ${member} = any;\n`).join("")}}`;
    });
}

/** The file and everything that it imports by a relative path. */
function reachable(first) {
  const found = new Set();
  const open = [first];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    for (const [, specifier] of readFileSync(file, "utf8").matchAll(
      /(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.[^"']+)["']/g,
    )) {
      const target = path.resolve(path.dirname(file), specifier.replace(/(?:\.d)?\.[jt]s$/, ""));
      const declared = [`${target}.d.ts`, path.join(target, "index.d.ts")].find((each) => existsSync(each));
      if (declared === undefined) throw new Error(`${file} names ${specifier}, which is not there`);
      open.push(declared);
    }
  }
  return [...found];
}

function copy(files, from, to) {
  for (const file of files) cpSync(file, path.join(to, path.relative(from, file)));
}

/** A package.json that says no more than where the types are. */
function addPackage(name, target) {
  const folder = path.join(root, "node_modules", name);
  const manifest = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const exported = manifest.exports?.["."];
  const declared = exported?.import?.types ?? exported?.types ?? manifest.types ?? manifest.typings;
  const own = [declared, "index.d.ts", "dist/index.d.ts"].find(
    (file) => typeof file === "string" && file.endsWith(".d.ts") && existsSync(path.join(folder, file)),
  );
  if (own === undefined) throw new Error(`${name} does not say where its types are`);
  const types = `./${path.posix.normalize(own)}`;
  const to = path.join(target, "node_modules", name);
  copy(reachable(path.join(folder, own)), folder, to);
  const beside = Object.fromEntries(
    subpaths
      .filter(([of]) => of === name)
      .map(([, subpath, file]) => {
        copy(reachable(path.join(folder, file)), folder, to);
        return [`./${subpath}`, { types: `./${file}` }];
      }),
  );
  for (const license of ["LICENSE", "LICENSE.md"])
    if (existsSync(path.join(folder, license))) cpSync(path.join(folder, license), path.join(to, license));
  const kept = { name, version: manifest.version, type: manifest.type, types, exports: { ".": { types }, ...beside } };
  writeFileSync(path.join(to, "package.json"), `${JSON.stringify(kept)}\n`);
}

/**
 * Node's types, for whoever has not installed them. They and undici-types name each other as packages. The folders for
 * older TypeScripts stay behind.
 */
function addNode(target) {
  const from = path.join(root, "node_modules", "@types", "node");
  const kept = (file) =>
    !/^ts\d/.test(path.relative(from, file)) &&
    (statSync(file).isDirectory() || /\.d\.ts$|LICENSE$|package\.json$/.test(file));
  cpSync(from, path.join(target, "node_modules", "@types", "node"), { recursive: true, filter: kept });
}

/** @returns the folder, and how many bytes it has */
export function buildTypes(outdir) {
  const types = path.join(outdir, "types");
  const target = path.join(outdir, "sdk-types");
  compile(types);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const [name, entry] of Object.entries(entries)) {
    copy(reachable(path.join(types, entry)), outdir, target);
    writeFileSync(path.join(target, `${name}.d.ts`), `export * from "./types/${entry.replace(/\.d\.ts$/, ".js")}";\n`);
  }
  for (const name of packages) addPackage(name, target);
  addNode(target);
  const hash = createHash("sha256");
  let bytes = 0;
  for (const name of readdirSync(target, { recursive: true }).sort()) {
    const file = path.join(target, name);
    if (!statSync(file).isFile()) continue;
    const content = readFileSync(file);
    bytes += content.length;
    hash.update(name.split(path.sep).join("/")).update(content);
  }
  // Types may change where no program does: whoever has an older copy sees it by this.
  writeFileSync(path.join(target, "types.json"), `${JSON.stringify({ types: hash.digest("hex").slice(0, 8) })}\n`);
  return { folder: target, bytes };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const at = process.argv.indexOf("--outdir");
  buildTypes(path.resolve(at > 0 ? process.argv[at + 1] : (process.env.MILLRACE_DIST ?? path.join(root, "dist"))));
}
