import type { LanguageSettings } from "../runtime/protocol/language.ts";

export const defaultSettings: LanguageSettings = {
  codeLens: { run: true, debug: true, deploy: true },
  exclude: [],
  trusted: true,
};

/** What the editor sent, with the defaults where it sent nothing or something else. */
export function readSettings(sent: unknown): LanguageSettings {
  const settings = record(sent);
  const lens = record(settings["codeLens"]);
  const flag = (value: unknown) => (typeof value === "boolean" ? value : true);
  const { exclude } = settings;
  return {
    codeLens: { run: flag(lens["run"]), debug: flag(lens["debug"]), deploy: flag(lens["deploy"]) },
    exclude: Array.isArray(exclude) ? exclude.filter((glob) => typeof glob === "string") : [],
    trusted: flag(settings["trusted"]),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
