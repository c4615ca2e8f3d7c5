/** The command line that starts a run again. Pure. */
import type { FlowRun } from "../../runtime/protocol/api.ts";

export function commandLine(run: FlowRun, platform: NodeJS.Platform = process.platform): string {
  const flow = run.flow_export === null ? run.flow_file : `${run.flow_file}:${run.flow_export}`;
  const parameters = JSON.stringify(run.parameters);
  return [
    "millrace run",
    quote(flow, platform),
    ...(parameters === "{}" ? [] : ["--params", quote(parameters, platform)]),
  ].join(" ");
}

/** One word for the shell: sh's quoting, on Windows that of PowerShell, which is the terminal's default there. */
export function quote(text: string, platform: NodeJS.Platform = process.platform): string {
  if (/^[\w@%+=:,./\\-]+$/.test(text) && !(platform !== "win32" && text.includes("\\"))) return text;
  // PowerShell doubles single quotes, and until 7.3 loses double ones on the way to a program unless escaped.
  if (platform === "win32") return `'${text.replaceAll("'", "''").replaceAll('"', '\\"')}'`;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
