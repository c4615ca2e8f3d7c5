/** What the file that Node was started with (cli/boot.ts) gives to the bundles that it loads. */
export interface Boot {
  /** V8 asks Node for the module of an `import()`, and Node knows nothing of scripts that it has not loaded itself. */
  importModule<T>(url: string): Promise<T>;
  /** Keeps what V8 has compiled in this process until now for later ones, unless they have something already. */
  keepCode(): void;
}

/** A parameter of the function around each bundle. Absent when Node loaded this code itself. */
declare const __boot: Boot | undefined;

export function importModule<T>(url: string): Promise<T> {
  return typeof __boot === "object" ? __boot.importModule<T>(url) : import(url);
}

export function keepCode(): void {
  if (typeof __boot === "object") __boot.keepCode();
}
