/** Addresses of the read-only documents. The last segment is the tab's title. Pure. */

export const logScheme = "millrace-log";

export interface KeptSource {
  readonly run_id: string;
  readonly hash: string;
  /** Absolute path of the file whose text was kept. */
  readonly file: string;
}

export interface AddressParts {
  readonly scheme: string;
  readonly path: string;
  readonly query: string;
}

/** `runName` stands in the title, so that a copy is not taken for the file. */
export function sourceAddress(scheme: string, source: KeptSource, runName: string): AddressParts {
  const name = source.file.split(/[\\/]/).at(-1) ?? "source.ts";
  const dot = name.lastIndexOf(".");
  const title = dot > 0 ? `${name.slice(0, dot)} (${runName})${name.slice(dot)}` : `${name} (${runName})`;
  return {
    scheme,
    path: `/${source.run_id}/${source.hash}/${segment(title)}`,
    query: new URLSearchParams({ file: source.file }).toString(),
  };
}

export function keptSource(address: { readonly path: string; readonly query: string }): KeptSource | undefined {
  const [, run_id, hash] = address.path.split("/");
  const file = new URLSearchParams(address.query).get("file");
  return run_id && hash && file ? { run_id, hash, file } : undefined;
}

export interface LogOf {
  readonly run_id: string;
  readonly task_run_id?: string;
}

export function logAddress({ run_id, task_run_id }: LogOf, title: string): AddressParts {
  return { scheme: logScheme, path: `/${run_id}/${task_run_id ?? "all"}/${segment(title)}.log`, query: "" };
}

export function logOf(address: { readonly path: string }): LogOf | undefined {
  const [, run_id, task] = address.path.split("/");
  if (!run_id || !task) return undefined;
  return task === "all" ? { run_id } : { run_id, task_run_id: task };
}

function segment(text: string): string {
  return text.replace(/[/\\]+/g, "-");
}
