import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { helperEnvironment, userEnvironment } from "../../../runtime/system/clean-environment.ts";

const given = {
  PATH: "/bin",
  NODE_OPTIONS: "--inspect",
  VSCODE_PID: "1",
  ELECTRON_RUN_AS_NODE: "1",
  NODE_CHANNEL_FD: "3",
  EMPTY: undefined,
};

describe("environments", () => {
  it("should hide the editor from user code and leave the user's own flags", () => {
    assert.deepEqual(userEnvironment(given), { PATH: "/bin", NODE_OPTIONS: "--inspect" });
  });

  it("should start helpers without the user's flags, as Node under Electron", () => {
    assert.deepEqual(helperEnvironment(given, false), { PATH: "/bin" });
    assert.deepEqual(helperEnvironment(given, true), { PATH: "/bin", ELECTRON_RUN_AS_NODE: "1" });
  });
});
