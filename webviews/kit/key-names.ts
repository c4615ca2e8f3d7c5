/** "Mod+Enter" → the names on the keys. Mod is Command on a Mac and Control elsewhere. */
export function keyNames(keys: string, mac: boolean): readonly string[] {
  const names: Readonly<Record<string, string>> = mac
    ? { Mod: "⌘", Ctrl: "⌃", Shift: "⇧", Alt: "⌥", Enter: "⏎" }
    : { Mod: "Ctrl" };
  return keys.split("+").map((key) => names[key] ?? key);
}
