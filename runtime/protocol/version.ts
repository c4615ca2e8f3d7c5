/** Replaced by esbuild with the version of package.json; "0.0.0-source" when the sources run unbundled (tests). */
declare const __MILLRACE_VERSION__: string | undefined;

export const millraceVersion: string = typeof __MILLRACE_VERSION__ === "string" ? __MILLRACE_VERSION__ : "0.0.0-source";

/** Version of the API between client and orchestrator. A newer major is not understood; a newer minor is. */
export const protocolVersion = { major: 1, minor: 0 } as const;
