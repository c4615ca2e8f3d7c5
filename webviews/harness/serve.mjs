// Pages of the editor in a plain browser, against a real home: the HTML, the policy and the theme's variables are those
// of VS Code; what only an editor can do is written to the console. README.md tells how.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { WebSocketServer } from "ws";
import { useProjectNode } from "./project-node.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
useProjectNode();
const { connectOrStart } = await import("../../runtime/client/connect.ts");
const { pageHtml } = await import("../../extension/pages/html.ts");
const { createHost } = await import("./host.mjs");
const { blocksOf } = await import("./blocks.mjs");
const { identityOf, surroundingsOf, panelOf } = await import("./identity.mjs");

const { values: given } = parseArgs({
  options: {
    dist: { type: "string" },
    home: { type: "string" },
    port: { type: "string", default: "8970" },
    folder: { type: "string" },
  },
});
if (given.home === undefined) {
  console.error("serve.mjs --home HOME [--dist DIR] [--port N] [--folder WORKSPACE]");
  process.exit(2);
}
const dist = path.resolve(given.dist ?? path.join(here, "..", "..", "dist"));
const home = path.resolve(given.home);
const folder = path.resolve(given.folder ?? path.join(home, "workspace"));
const port = Number(given.port);
const origin = `http://127.0.0.1:${port}`;
process.env.MILLRACE_DIST = dist;
const client = await connectOrStart(home, { dist });
const host = createHost({ client, folder });

const types = { ".js": "text/javascript", ".css": "text/css", ".ttf": "font/ttf", ".json": "application/json" };
const pages = new Set(["run", "history", "panel", "graph", "block", "gallery"]);

function theme(url) {
  const name = url.searchParams.get("theme") ?? "dark-modern";
  return JSON.parse(readFileSync(path.join(here, "themes", `${path.basename(name)}.json`), "utf8"));
}

/** What VS Code adds to the HTML of a webview: its own styles first, its variables, the classes of the theme. */
function dress(html, url) {
  const { class: classes, kind, id } = theme(url);
  return html
    .replace(
      "<head>",
      `<head>\n<link rel="stylesheet" href="/harness/editor.css">\n<link rel="stylesheet" href="/harness/theme.css${url.search}">\n<script src="/harness/shim.js"></script>`,
    )
    .replace(
      "<body",
      `<body class="${classes}${url.searchParams.has("still") ? " vscode-reduce-motion" : ""}" data-vscode-theme-kind="${kind}" data-vscode-theme-id="${id}"`,
    );
}

async function pageOf(name, url) {
  const identity = identityOf(name, url, folder);
  const flow_run =
    identity.page === "run"
      ? await client.request("GET /api/flow_runs/:id", { params: { id: identity.run_id } }).catch(() => null)
      : null;
  const html = pageHtml({
    identity,
    known: {
      surroundings: surroundingsOf(url, folder),
      flow_run,
      ...(identity.page === "block" ? { blocks: await blocksOf(client, identity) } : {}),
    },
    title: name,
    language: "en",
    script: `${origin}/dist/${name}.js`,
    style: `${origin}/dist/${name}.css`,
    source: origin,
    nonce: "harness",
  });
  return dress(html, url);
}

/** The parts of the kit on one page; built when it is asked for, into the folder of the other pages. */
async function buildGallery() {
  const { build } = await import("esbuild");
  await build({
    entryPoints: [path.join(here, "gallery.tsx")],
    outdir: path.join(dist, "webviews"),
    bundle: true,
    format: "iife",
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".ttf": "file" },
    assetNames: "[name]",
  });
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, origin);
  const send = (status, type, body) =>
    response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
  try {
    const name = url.pathname.slice(1);
    if (name === "favicon.ico") return send(204, "image/x-icon", "");
    if (name === "gallery") await buildGallery();
    if (pages.has(name)) return send(200, "text/html", await pageOf(name, url));
    if (url.pathname === "/harness/theme.css") {
      const { variables } = theme(url);
      const lines = Object.entries(variables).map(([key, value]) => `  ${key}: ${value};`);
      const background = name && url.searchParams.get("in") === "sidebar" ? "sideBar" : "editor";
      return send(
        200,
        "text/css",
        `:root {\n${lines.join("\n")}\n  background: var(--vscode-${background}-background);\n}\n`,
      );
    }
    if (url.pathname === "/harness/calls") return send(200, "application/json", JSON.stringify(host.calls));
    if (url.pathname === "/harness/tell" && request.method === "POST") {
      host.tell(JSON.parse(Buffer.concat(await request.toArray()).toString("utf8")));
      return send(204, "text/plain", "");
    }
    const file = url.pathname.startsWith("/harness/")
      ? path.join(here, path.basename(url.pathname))
      : path.join(dist, "webviews", path.basename(url.pathname));
    send(200, types[path.extname(file)] ?? "text/plain", readFileSync(file));
  } catch (thrown) {
    send(thrown.code === "ENOENT" ? 404 : 500, "text/plain", String(thrown.stack));
  }
});

new WebSocketServer({ server }).on("connection", (socket, request) => {
  const url = new URL(request.url, origin);
  const page = url.pathname.slice(1);
  host.open(socket, {
    surroundings: surroundingsOf(url, folder),
    panel: page === "panel" ? () => panelOf(url, folder, client) : undefined,
  });
});
server.listen(port, "127.0.0.1", () => console.log(`${origin}  home ${home}  pages ${pathToFileURL(dist)}`));
