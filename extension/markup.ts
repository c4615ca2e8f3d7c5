/** Text of users and their programs inside the editor's own markup: shown as it is, never obeyed. Pure. */

/** For the inside of a line of markdown: every sign that means something there stands for itself. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\$(?=\()/g, "\\$")
    .replace(/[\\`*_{}[\]()~<>|&]/g, "\\$&")
    .replace(/\s*\n\s*/g, " ");
}

/** A markdown link that runs a command of the extension; whoever shows it also has to enable the command. */
export function commandLink(title: string, command: string, argument?: unknown): string {
  const query = argument === undefined ? "" : `?${encodeAll(JSON.stringify([argument]))}`;
  return `[${escapeMarkdown(title)}](command:${command}${query})`;
}

/** A notification makes `[text](command:…)` a link that runs the command: what a run has thrown must not. */
export function withoutLinks(text: string): string {
  return text.replaceAll("](", "] (");
}

/** Also what encodeURIComponent leaves and markdown takes for the end of a link. */
function encodeAll(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
