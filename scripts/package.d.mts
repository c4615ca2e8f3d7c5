export function makeVsix(options?: { readonly target?: string; readonly version?: string }): string;
