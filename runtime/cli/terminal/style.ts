/** Colours and glyphs, or plain text in their place. Only the sixteen colours of the user's theme are used. */
export type Paint = (text: string) => string;

export interface Style {
  readonly color: boolean;
  readonly unicode: boolean;
  readonly bold: Paint;
  readonly dim: Paint;
  readonly underline: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly blue: Paint;
  readonly magenta: Paint;
  readonly cyan: Paint;
}

export function makeStyle(options: { readonly color: boolean; readonly unicode: boolean }): Style {
  // Closing with the attribute's own code, not with a full reset, lets paints nest.
  const paint = (open: number, close: number): Paint =>
    options.color ? (text) => (text === "" ? "" : `\u001b[${open}m${text}\u001b[${close}m`) : (text) => text;
  return {
    ...options,
    bold: paint(1, 22),
    dim: paint(2, 22),
    underline: paint(4, 24),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    blue: paint(34, 39),
    magenta: paint(35, 39),
    cyan: paint(36, 39),
  };
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** https://no-color.org, https://force-color.org: a variable counts when it is set and not empty. */
export function wantsColor(isTerminal: boolean, environment: Environment): boolean {
  if (environment["NO_COLOR"]) return false;
  const force = environment["FORCE_COLOR"];
  if (force) return force !== "0" && force !== "false";
  return isTerminal && environment["TERM"] !== "dumb";
}

/** Whether box drawing and glyphs can be shown. */
export function wantsUnicode(environment: Environment, platform: string = process.platform): boolean {
  if (platform === "win32") {
    // The old console host draws question marks; Windows Terminal, VS Code and mintty do not.
    return Boolean(
      environment["WT_SESSION"] || environment["TERM_PROGRAM"] || environment["TERM"]?.startsWith("xterm"),
    );
  }
  if (environment["TERM"] === "linux" || environment["TERM"] === "dumb") return false;
  const locale = environment["LC_ALL"] || environment["LC_CTYPE"] || environment["LANG"];
  return locale === undefined || locale === "" || /utf-?8/i.test(locale);
}
