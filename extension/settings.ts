/** The settings under `millrace.*`, read afresh each time: they may differ from folder to folder. */
import type * as Vscode from "vscode";

export interface SettingValues {
  readonly "codeLens.run": boolean;
  readonly "codeLens.debug": boolean;
  readonly "codeLens.deploy": boolean;
  readonly "codeLens.lastRun": boolean;
  readonly inlayHints: boolean;
  /** Empty for ~/.millrace. Machine scope. */
  readonly home: string;
  /** "auto" or the path of a Node ≥ 22.15. Machine scope. */
  readonly nodePath: string;
  /** Relative to the folder of millrace.json; empty for none. */
  readonly envFile: string;
  readonly profile: string;
  readonly "run.openPage": "always" | "onFailure" | "never";
  /** Milliseconds from a cancel until the process is killed. */
  readonly "cancel.killAfter": number;
  readonly "retention.days": number;
  readonly "types.link": "auto" | "ask" | "off";
  readonly notify: "failures" | "all" | "never";
  readonly "files.exclude": Readonly<Record<string, boolean>>;
}

export interface Settings {
  get<Key extends keyof SettingValues>(key: Key, scope?: Vscode.Uri): SettingValues[Key];
  readonly onDidChange: Vscode.Event<Vscode.ConfigurationChangeEvent>;
}

/** What stands here is what package.json contributes; a test compares them. */
export const settingDefaults: SettingValues = {
  "codeLens.run": true,
  "codeLens.debug": true,
  "codeLens.deploy": true,
  "codeLens.lastRun": true,
  inlayHints: true,
  home: "",
  nodePath: "auto",
  envFile: ".env",
  profile: "",
  "run.openPage": "always",
  "cancel.killAfter": 10_000,
  "retention.days": 0,
  "types.link": "auto",
  notify: "failures",
  "files.exclude": {},
};

export function createSettings(vscode: Pick<typeof Vscode, "workspace">): Settings {
  return {
    get(key, scope) {
      return vscode.workspace.getConfiguration("millrace", scope ?? null).get(key, settingDefaults[key]);
    },
    onDidChange: vscode.workspace.onDidChangeConfiguration,
  };
}
