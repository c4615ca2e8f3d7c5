// Holds the house plan of ARCHITECTURE.md: which room may import which. Static imports only; what a process loads
// by address at run time (the runner loads the SDK bundle) is not an arrow between sources.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** room → rooms it may import. Types count as imports: a type is a promise too. */
export const arrows = {
  "runtime/protocol": [],
  "runtime/system": ["runtime/protocol"],
  "runtime/formats": ["runtime/protocol"],
  "runtime/journal": ["runtime/protocol", "runtime/system"],
  "runtime/engine": ["runtime/protocol", "runtime/system", "runtime/journal", "runtime/client"],
  "runtime/sdk": ["runtime/protocol", "runtime/system", "runtime/journal", "runtime/engine"],
  "runtime/blocks": ["runtime/protocol", "runtime/system", "runtime/formats", "runtime/journal", "runtime/sdk"],
  "runtime/testing": ["runtime/protocol", "runtime/system", "runtime/journal", "runtime/engine", "runtime/sdk"],
  "runtime/runner": ["runtime/protocol", "runtime/system", "runtime/journal"],
  "runtime/worker": ["runtime/protocol", "runtime/system", "runtime/journal", "runtime/runner"],
  "runtime/client": ["runtime/protocol", "runtime/system", "runtime/journal"],
  "runtime/orchestrator": [
    "runtime/protocol",
    "runtime/system",
    "runtime/formats",
    "runtime/journal",
    "runtime/worker",
  ],
  "runtime/cli": [
    "runtime/protocol",
    "runtime/system",
    "runtime/journal",
    "runtime/runner",
    "runtime/client",
    "runtime/worker",
    "runtime/orchestrator",
  ],
  "language-server": ["runtime/protocol"],
  webviews: ["runtime/protocol"],
  extension: ["runtime/protocol", "runtime/client"],
};

const rooms = Object.keys(arrows);
const roomOf = (file) => rooms.find((room) => file.startsWith(`${room}/`));

function sources(folder) {
  let names;
  try {
    names = readdirSync(path.join(root, folder), { recursive: true });
  } catch {
    return [];
  }
  return names.filter((name) => /\.tsx?$/.test(name)).map((name) => `${folder}/${name.split(path.sep).join("/")}`);
}

const problems = [];
/** Everywhere else the editor's API is injected, so that logic runs, and is tested, without an editor. */
const loadsEditor = "extension/main.ts";
for (const room of rooms) {
  for (const file of sources(room)) {
    const text = readFileSync(path.join(root, file), "utf8");
    if (file !== loadsEditor && /^import (?!type\b)[^;]*\bfrom "vscode"/m.test(text)) {
      problems.push(`${file}: only ${loadsEditor} loads "vscode"; import its types and take the API as an argument`);
    }
    for (const [, specifier] of text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g)) {
      const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
      const other = roomOf(target);
      if (other === undefined) {
        if (!target.endsWith("package.json")) problems.push(`${file}: imports ${specifier}, which is in no room`);
      } else if (other !== room && !arrows[room].includes(other)) {
        problems.push(`${file}: ${room} may not import ${other} (${specifier})`);
      }
    }
  }
}
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
