// The licences of what is bundled: bundles carry no comments, and licences ask to go along with the code.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Packages whose files are copied instead of bundled. */
const copied = ["@vscode/tree-sitter-wasm", "@vscode/codicons", "sql.js"];

/** `plugin` goes into every build; `write` afterwards puts THIRD_PARTY_NOTICES.txt into the folder. */
export function createNotices(root) {
  const folders = new Set(copied.map((name) => path.join("node_modules", ...name.split("/"))));
  return {
    plugin: {
      name: "notices",
      setup(builder) {
        builder.initialOptions.metafile = true;
        builder.onEnd(({ metafile }) => {
          for (const file of Object.keys(metafile?.inputs ?? {})) {
            const folder = packageFolder(file);
            if (folder !== undefined) folders.add(folder);
          }
        });
      },
    },
    write(outdir) {
      const notices = [...folders].map((folder) => noticeOf(path.join(root, folder))).sort();
      const text = ["Millrace contains these packages, under their own licences.", ...new Set(notices)];
      writeFileSync(path.join(outdir, "THIRD_PARTY_NOTICES.txt"), `${text.join(`\n\n${"-".repeat(80)}\n\n`)}\n`);
    },
  };
}

/** "a/node_modules/@scope/name" of a file in it, also behind a plugin's namespace. */
function packageFolder(file) {
  return /^(?:[\w-]+:)?((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file.replaceAll("\\", "/"))?.[1];
}

function noticeOf(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)\b/i.test(file));
  const texts = files.sort().map((file) => readFileSync(path.join(folder, file), "utf8").trim());
  const by = typeof author === "string" ? author : author?.name;
  if (texts.length === 0 && license === undefined) throw new Error(`${name} does not say under which licence it is`);
  return [`${name} ${version} (${license ?? "see below"})${by ? ` by ${by}` : ""}`, ...texts].join("\n\n");
}
