import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../../client/client.ts";
import { connect, connectOrStart } from "../../client/connect.ts";
import { findOwner, ownerIsGone } from "../../client/owner.ts";
import { installService, type ServiceState, serviceState, uninstallService } from "../../client/service-unit.ts";
import { parseListen } from "../../orchestrator/api/listen-tcp.ts";
import type { Health } from "../../protocol/api.ts";
import { formatDuration } from "../../protocol/durations.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import type { CommandContext, CommandHandler, Io } from "../command.ts";
import { printJson } from "../json.ts";
import { dateText } from "../terminal/times.ts";

export const orchestratorStartHandler: CommandHandler = async ({ home, input, io, json }) => {
  const force = input.flag("force");
  const listen = input.text("listen");
  if (listen !== undefined) parseListen(listen);
  const before = force ? undefined : await connect(home);
  if (before !== undefined && listen !== undefined && before.health.url === undefined) {
    before.close();
    throw new MillraceError(
      "conflict",
      "The orchestrator is up and listens for this machine only: `millrace orchestrator stop` - runs go on - and start it again.",
    );
  }
  const options = { force, ...(listen === undefined ? {} : { listen }) };
  const client = before !== undefined && !before.outdated ? before : await connectOrStart(home, options);
  if (client !== before) before?.close();
  const { health } = client;
  client.close();
  if (input.flag("foreground")) {
    io.out(`The orchestrator is up (process ${health.pid}); this command stays until it ends.\n`);
    return stayWith(home);
  }
  if (json) printJson(io, health);
  else
    io.out(
      `The orchestrator ${client === before ? "is up already" : "is up"} (process ${health.pid}, version ${health.version}).\n${health.url === undefined ? "" : doorText(health.url)}`,
    );
  return exitCodes.completed;
};

function doorText(url: string): string {
  return `Workers reach it at ${url} with a token of \`millrace pools token POOL\`; TLS is a proxy's to give.\n`;
}

export const orchestratorStopHandler: CommandHandler = async ({ home, input, io, json }) => {
  const client = await connect(home);
  if (client === undefined) {
    if (json) printJson(io, { stopped: false });
    else io.out("No orchestrator is up.\n");
    return exitCodes.completed;
  }
  await stopOrchestrator(client, { drain: input.flag("drain") });
  if (json) printJson(io, { stopped: true, pid: client.health.pid });
  else io.out(`The orchestrator has stopped (process ${client.health.pid}).\n`);
  return exitCodes.completed;
};

/** Milliseconds between two looks whether it is there. */
const stayLook = 2000;

/** For a service manager: ends when the home has no orchestrator any more; asked to end, it ends the orchestrator. */
async function stayWith(home: string): Promise<number> {
  const asked = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => asked.abort());
  // One that a newer version has replaced is that version's now.
  while (!asked.signal.aborted && findOwner(home) !== undefined && !(await goneFor(home))) {
    await wait(stayLook, undefined, { signal: asked.signal }).catch(() => undefined);
  }
  const client = asked.signal.aborted ? await connect(home).catch(() => undefined) : undefined;
  if (client !== undefined) await stopOrchestrator(client, { drain: false });
  return exitCodes.completed;
}

async function goneFor(home: string): Promise<boolean> {
  const owner = findOwner(home);
  return owner === undefined || ownerIsGone(owner);
}

export const installServiceHandler: CommandHandler = async ({ home, io, json }) => {
  const state = await installService(home);
  if (json) printJson(io, state);
  else {
    io.out(
      `${state.unit} is installed and started: the orchestrator comes up when you log in, and schedules fire without an editor.\n` +
        "To have it up without a login too: loginctl enable-linger\n",
    );
  }
  return exitCodes.completed;
};

export const uninstallServiceHandler: CommandHandler = async ({ home, io, json }) => {
  const removed = await uninstallService(home);
  if (json) printJson(io, { removed });
  else io.out(removed ? "The service is removed.\n" : "No service was installed for this home.\n");
  return exitCodes.completed;
};

/** Milliseconds that an orchestrator may take to end when it need not wait for runs. */
const stopTime = 15_000;

/** Resolves when it has gone. @throws MillraceError "not-answering" when it does not go. */
export async function stopOrchestrator(client: Client, options: { readonly drain: boolean }): Promise<void> {
  const body = { drain: options.drain, reason: "stopped from the command line" };
  await client.request("POST /api/shutdown", { body });
  const deadline = options.drain ? Number.POSITIVE_INFINITY : performance.now() + stopTime;
  for (;;) {
    const gone = await isGone(client);
    if (gone) break;
    if (performance.now() > deadline) {
      throw new MillraceError(
        "not-answering",
        `The orchestrator (process ${client.health.pid}) was asked to stop and is still there.`,
      );
    }
    await wait(25);
  }
  client.close();
}

async function isGone(client: Client): Promise<boolean> {
  try {
    const again = await connect(client.home);
    again?.close();
    return again === undefined || again.health.pid !== client.health.pid;
  } catch (thrown) {
    // Its socket is closed and its process not yet gone.
    if (thrown instanceof MillraceError && thrown.code === "not-answering") return false;
    throw thrown;
  }
}

export const orchestratorStatusHandler: CommandHandler = async ({ home, io, json }: CommandContext) => {
  const client = await connect(home);
  client?.close();
  const service = serviceState(home);
  if (json) printJson(io, { up: client !== undefined, home, ...client?.health, service });
  else {
    io.out(client === undefined ? notUp(home) : statusText(client.health, io));
    io.out(serviceText(service, io));
  }
  return client === undefined ? exitCodes.failed : exitCodes.completed;
};

function notUp(home: string): string {
  return (
    `No orchestrator is up for ${home}. Runs need none; one starts by itself when the editor or a command does.\n` +
    "Schedules fire while one is up. What they miss until then follows the policy of each (latest, all, skip).\n"
  );
}

function statusText(health: Health, { style }: Io): string {
  const facts = [
    ["State", health.draining ? style.yellow("draining") : style.green("up")],
    ["Process", String(health.pid)],
    ["Version", `${health.version} (build ${health.build})`],
    ["Home", health.home],
    ["Up for", formatDuration(Date.now() - Date.parse(health.started))],
    ...(health.url === undefined ? [] : [["Workers at", health.url]]),
    ["Live runs", String(health.live_runs)],
    ["Warm runners", String(health.warm_runners)],
    ["Next run", nextText(health)],
    ["Kept up by", keptText(health)],
  ];
  return facts.map(([name = "", value]) => `${style.dim(name.padEnd(12))}  ${value}\n`).join("");
}

function nextText({ next_scheduled }: Health): string {
  return next_scheduled == null ? "no schedule is on" : dateText(Date.parse(next_scheduled));
}

/** Without one it ends when nobody needs it: that its schedules stop then must not be a surprise. */
function keptText({ kept_up_by: names = [], next_scheduled }: Health): string {
  if (names.length > 0) return names.join(", ");
  return next_scheduled == null
    ? "nothing: it ends when idle"
    : "nothing: it ends when idle, and schedules fire when it is up again (millrace deploy --keep-running)";
}

function serviceText({ unit, installed, current }: ServiceState, { style }: Io): string {
  const text = !installed
    ? "not installed (millrace orchestrator install-service)"
    : current
      ? `${unit} is installed`
      : style.yellow(`${unit} does not fit this installation: millrace orchestrator install-service`);
  return `${style.dim("Service".padEnd(12))}  ${text}\n`;
}
