/**
 * Which code a page may open. Places in it come from what users' runs say: a line of a log, a frame of an error, a link in
 * an artifact. Opening any path would let a run show whatever lies on this computer, and on Windows a path may be a server.
 */
import path from "node:path";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import type { HostCalls } from "../../runtime/protocol/pages.ts";
import type { Context } from "../context.ts";
import { isInside, pathKey } from "../paths.ts";
import { createRealFiles } from "../real-files.ts";

type Input = HostCalls["openSource"]["input"];
type Parts = Omit<Context, "pages">;

/** @throws MillraceError for a file that is in no folder of the workspace and that no run, flow or deployment here stands in. */
export async function openSource(context: Parts, input: Input): Promise<null> {
  const { file } = input;
  if (!path.isAbsolute(file)) throw new MillraceError("bad-file", `No whole path is named here: ${file}`);
  if (!(await isOurs(context, input))) {
    throw new MillraceError(
      "bad-usage",
      `${file} is not opened from here: it is in no folder of this workspace, and the run has not loaded it. Open it with File › Open File.`,
    );
  }
  return context.actions.openSource(input);
}

/** The file is not looked at: that alone would reach another computer. */
async function isOurs(context: Parts, { file, run_id }: Input): Promise<boolean> {
  const { vscode, runs, deployments } = context;
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  if (isInside(file, [...folders, ...createRealFiles(vscode).folders()])) return true;
  const key = pathKey(file);
  const isNamed = (named: string | null | undefined): boolean => named != null && pathKey(named) === key;
  if (deployments.deployments.some((one) => isNamed(one.flow_file) || isNamed(one.declared_in))) return true;
  if (run_id === undefined) return false;
  return isNamed(runs.find(run_id)?.flow_file) || (await sourcesOf(context, run_id)).some(isNamed);
}

async function sourcesOf({ service }: Parts, id: string): Promise<readonly string[]> {
  const client = await service.existing();
  if (client === undefined) return [];
  try {
    const { files } = await client.request("GET /api/flow_runs/:id/sources", { params: { id } });
    return files.map(({ file }) => file);
  } catch (thrown) {
    // A run that there is not has loaded nothing.
    if (thrown instanceof MillraceError && thrown.code === "not-found") return [];
    throw thrown;
  }
}
