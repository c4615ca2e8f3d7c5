import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import {
  installService,
  repairService,
  serviceState,
  uninstallService,
  unitName,
  unitText,
} from "../../../runtime/client/service-unit.ts";
import { MillraceError } from "../../../runtime/protocol/errors.ts";
import { homeFolder, homePaths } from "../../../runtime/protocol/home.ts";
import { distFolder, temporaryFolder } from "../../support/places.ts";

process.env["MILLRACE_DIST"] = distFolder;

function place(t: TestContext) {
  const folder = temporaryFolder(t, "millrace-service-");
  const said: string[] = [];
  const home = path.join(folder, "my home");
  mkdirSync(home);
  const options = {
    environment: { XDG_CONFIG_HOME: path.join(folder, "config"), PATH: "/opt/bin:/usr/bin" },
    platform: "linux",
    systemctl: async (given: readonly string[]) => {
      said.push(given.join(" "));
      return "";
    },
  } as const;
  return { home, options, said };
}

test("should write a unit that names the launcher, whatever is in its path", () => {
  const text = unitText('/home/a b/100%/"x"/$y', "/usr/bin");
  assert.match(
    text,
    /^ExecStart="\/home\/a b\/100%%\/\\"x\\"\/\$\$y\/bin\/millrace" orchestrator start --foreground$/m,
  );
  assert.match(text, /^Environment="MILLRACE_HOME=\/home\/a b\/100%%\/\\"x\\"\/\$\$y"$/m);
  assert.match(text, /^KillMode=process$/m);
  assert.equal(unitName(homeFolder({})), "millrace.service");
  assert.match(unitName("/elsewhere"), /^millrace-[0-9a-f]{8}\.service$/);
});

test("should install, mend and remove the unit", async (t) => {
  const { home, options, said } = place(t);
  assert.equal(await repairService(home, options), "not-installed");
  const state = await installService(home, options);
  assert.deepEqual([state.installed, state.current], [true, true]);
  assert.deepEqual(said, ["show-environment", "daemon-reload", `enable --now ${state.unit}`]);
  assert.match(readFileSync(state.file, "utf8"), /^Environment="PATH=\/opt\/bin:\/usr\/bin"$/m);
  assert.equal(
    await repairService(home, { ...options, environment: { ...options.environment, PATH: "/bin" } }),
    "fine",
  );

  writeFileSync(state.file, "[Service]\nExecStart=/old/extension/millrace\n");
  rmSync(homePaths.launcher(home));
  assert.equal(serviceState(home, options).current, false);
  assert.equal(await repairService(home, options), "repaired");
  assert.equal(serviceState(home, options).current, true);
  assert.equal(existsSync(homePaths.launcher(home)), true);

  assert.equal(await uninstallService(home, options), true);
  assert.equal(existsSync(state.file), false);
  assert.equal(await uninstallService(home, options), false);
});

test("should say what to do where there is no systemd, and write nothing", async (t) => {
  const { home, options } = place(t);
  const failing = { ...options, systemctl: () => Promise.reject(new Error("Failed to connect to bus")) };
  for (const [given, words] of [
    [failing, /no systemd of this user answers \(Failed to connect to bus\)/],
    [{ ...options, platform: "darwin" as const }, /launchd/],
    [{ ...options, platform: "win32" as const }, /schtasks/],
  ] as const) {
    await assert.rejects(
      installService(home, given),
      (thrown) => thrown instanceof MillraceError && words.test(thrown.message),
    );
  }
  assert.equal(serviceState(home, options).installed, false);
});
