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
  // The client saves blocks, and is loaded when one is saved.
  "runtime/blocks": [
    "runtime/protocol",
    "runtime/system",
    "runtime/formats",
    "runtime/journal",
    "runtime/sdk",
    "runtime/client",
  ],
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
  "runtime/pool-worker": [
    "runtime/protocol",
    "runtime/system",
    "runtime/journal",
    "runtime/client",
    "runtime/runner",
    "runtime/worker",
    "runtime/orchestrator",
  ],
  "runtime/cli": [
    "runtime/protocol",
    "runtime/system",
    "runtime/journal",
    "runtime/runner",
    "runtime/client",
    "runtime/worker",
    "runtime/orchestrator",
    "runtime/pool-worker",
  ],
  "language-server": ["runtime/protocol"],
  webviews: ["runtime/protocol"],
  extension: ["runtime/protocol", "runtime/client"],
};

/**
 * Inside the rooms of the editor: folder → folders it may import, always one way. The `ground` files at the top may be
 * imported by every folder and import each other only; the other files at the top wire, and no folder imports them.
 */
export const innerArrows = {
  extension: {
    ground: ["context", "features", "markup", "paths", "problems", "real-files", "settings"],
    folders: {
      service: [],
      automations: [],
      language: [],
      start: [],
      documents: ["service"],
      code: ["deployments", "documents", "service"],
      commands: ["documents", "language", "service"],
      debug: ["commands", "language"],
      blocks: ["commands", "language", "service"],
      deployments: ["commands", "documents", "service"],
      pages: ["blocks", "commands", "deployments"],
      status: ["code", "deployments", "service"],
      views: ["blocks", "deployments", "pages"],
    },
  },
  "language-server": {
    ground: ["later"],
    folders: {
      parser: [],
      analysis: ["parser"],
      workspace: ["analysis", "parser"],
      features: ["analysis", "workspace"],
      "millrace-json": ["features", "workspace"],
    },
  },
  webviews: {
    ground: [],
    folders: {
      kit: [],
      layout: [],
      form: ["kit"],
      graph: ["kit", "layout"],
      history: ["kit"],
      block: ["form", "kit"],
      deployment: ["form", "kit"],
      run: ["form", "graph", "kit", "layout"],
      panel: ["form", "kit", "run"],
      harness: ["kit", "run"],
    },
  },
};

const rooms = Object.keys(arrows);
const roomOf = (file) => rooms.find((room) => file.startsWith(`${room}/`));

/** Why a file may not import another of its own room; undefined when it may. */
function innerProblem(room, file, target) {
  const inner = innerArrows[room];
  if (inner === undefined) return undefined;
  const [from, to] = [file, target].map((name) => name.slice(room.length + 1).split("/"));
  const isGround = (parts) => parts.length === 1 && inner.ground.includes(parts[0].replace(/\.tsx?$/, ""));
  if (isGround(to) || (from.length > 1 && from[0] === to[0])) return undefined;
  if (from.length === 1) return isGround(from) ? `what every folder stands on imports nothing of ${room}` : undefined;
  if (to.length === 1) return `${to[0]} wires ${room}: folders do not import it`;
  const allowed = inner.folders[from[0]];
  if (allowed === undefined) return `${room}/${from[0]} is in no plan: add it to scripts/check-rooms.mjs`;
  return allowed.includes(to[0]) ? undefined : `${room}/${from[0]} may not import ${room}/${to[0]}`;
}

/** A plan in which two folders reach each other holds nothing. */
function circleOf(folders) {
  const reaches = (from, to, seen = new Set()) =>
    (folders[from] ?? []).some((next) => next === to || (!seen.has(next) && seen.add(next) && reaches(next, to, seen)));
  return Object.keys(folders).find((folder) => reaches(folder, folder));
}

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
for (const [room, { folders }] of Object.entries(innerArrows)) {
  const circle = circleOf(folders);
  if (circle !== undefined) problems.push(`the arrows inside ${room} lead from ${circle} back to it`);
}
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
      } else if (other === room) {
        const problem = innerProblem(room, file, target);
        if (problem !== undefined) problems.push(`${file}: ${problem} (${specifier})`);
      }
    }
  }
}
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
