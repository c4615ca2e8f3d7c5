/** What workers of other processes and machines ask for (protocol/workers.ts). */
import path from "node:path";
import { MillraceError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import type { ShippedOffset, ShippedPiece, WorkerIntroduction, WorkerTerms } from "../../protocol/workers.ts";
import type { Orchestrator } from "../orchestrator.ts";
import { codeSecret } from "../pools/code-secret.ts";
import { namedSecrets } from "../pools/named-secrets.ts";
import { keptFiles, keptPiece } from "../remote/kept.ts";
import { type Call, type Route, route } from "./router.ts";
import { longestWait, slotFields } from "./slot-body.ts";
import { integer, json, list, object, oneOf, optional, text } from "./validate.ts";

const whole = integer(0, Number.MAX_SAFE_INTEGER);

const introduction = object<WorkerIntroduction>({
  worker_id: text,
  name: text,
  pool: text,
  queues: list(text),
  limit: integer(1, 10_000),
  host: text,
  type: oneOf(["process", "docker"]),
  version: text,
});

const piece = object<ShippedPiece>({
  run_id: text,
  claim_id: text,
  file: text,
  offset: whole,
  // An empty piece of an empty file is one too.
  data: (value, path) => (typeof value === "string" ? [] : text(value, path)),
  size: optional(whole),
});

const ofRun = { worker_id: text, run_id: text, claim_id: text };

export function workerRoutes(orchestrator: Orchestrator): readonly Route[] {
  const { core, remote, receiving, slots, settings, published, remoteSlots } = orchestrator;

  const worker = ({ body, caller }: Call<{ readonly worker_id: string }>) =>
    remote.heard(body.worker_id, caller.kind === "worker" ? caller.pool : undefined);

  /** @throws MillraceError "conflict" */
  const begunRun = (call: Call<{ readonly worker_id: string; readonly run_id: string; readonly claim_id: string }>) => {
    const { run_id, claim_id } = call.body;
    if (remote.claimOf(worker(call).worker_id, run_id, claim_id) !== undefined) return run_id;
    throw new MillraceError("conflict", `The run ${run_id} is not (any more) this worker's.`);
  };

  return [
    route("POST /api/workers/register", introduction, ({ body, caller }): WorkerTerms => {
      if (caller.kind === "worker" && caller.pool !== body.pool) {
        throw new MillraceError(
          "unauthorized",
          `The token is of the work pool "${caller.pool}", not of "${body.pool}".`,
        );
      }
      remote.register(body);
      const { lease, heartbeat, offlineLimit } = orchestrator.remoteTimes;
      return {
        lease_ms: lease,
        heartbeat_ms: heartbeat,
        offline_limit_ms: offlineLimit,
        published: published(),
      };
    }),
    route("POST /api/workers/unregister", object({ worker_id: text }), async (call) => {
      await remote.unregister(worker(call).worker_id);
      return {};
    }),
    route(
      "POST /api/workers/poll",
      object({
        worker_id: text,
        free: integer(0, 10_000),
        wait_ms: integer(0, longestWait),
        known: list(text),
        heard: list(text),
      }),
      (call) => {
        const { free, wait_ms: wait, known, heard } = call.body;
        return remote.poll(worker(call), { free, wait, known, heard, signal: call.signal });
      },
    ),
    route("POST /api/workers/heartbeat", object({ worker_id: text, running: integer(0, 10_000) }), (call) => {
      remote.renew(worker(call), call.body.running);
      return { published: published() };
    }),
    route("POST /api/workers/begin", object(ofRun), async (call) => {
      const { worker_id } = worker(call);
      const reason = await remote.begin(worker_id, call.body.run_id, call.body.claim_id);
      return { granted: reason === undefined, reason: reason ?? null };
    }),
    route("POST /api/workers/release", object({ worker_id: text, claim_ids: list(text) }), async (call) => {
      await remote.release(worker(call).worker_id, call.body.claim_ids);
      return {};
    }),
    route("POST /api/workers/offsets", object(ofRun), (call) => {
      const { run_id, claim_id } = call.body;
      const claim = remote.claimOf(worker(call).worker_id, run_id, claim_id);
      return claim === undefined
        ? { offsets: [], unknown: true }
        : { offsets: receiving.offsets(claim), unknown: false };
    }),
    route("POST /api/workers/ship", object({ worker_id: text, pieces: list(piece) }), async (call) => {
      const { worker_id } = worker(call);
      const offsets: ShippedOffset[] = [];
      const unknown: string[] = [];
      const byRun = Map.groupBy(call.body.pieces, ({ run_id, claim_id }) => `${run_id} ${claim_id}`);
      await Promise.all(
        [...byRun.values()].map(async (pieces) => {
          const [{ run_id, claim_id } = { run_id: "", claim_id: "" }] = pieces;
          const claim = remote.claimOf(worker_id, run_id, claim_id);
          if (claim === undefined) unknown.push(run_id);
          else offsets.push(...(await receiving.take(claim, pieces)));
        }),
      );
      return { offsets, unknown };
    }),
    route(
      "POST /api/workers/ended",
      object({
        ...ofRun,
        failure: optional(object({ state: oneOf(["FAILED", "CRASHED"]), message: text })),
      }),
      async (call) => {
        const { run_id, claim_id, failure } = call.body;
        const claim = remote.claimOf(worker(call).worker_id, run_id, claim_id);
        if (claim === undefined) return { accepted: "unknown" };
        return { accepted: await receiving.ended(claim, failure) };
      },
    ),
    route("POST /api/workers/kept", object(ofRun), (call) => ({ files: keptFiles(core, begunRun(call)) })),
    route("POST /api/workers/kept/piece", object({ ...ofRun, file: text, offset: whole }), (call) => ({
      data: keptPiece(core, begunRun(call), call.body.file, call.body.offset),
    })),
    route("POST /api/workers/snapshot", object({ worker_id: text, hash: text }), (call) => {
      worker(call);
      return { files: readSnapshot(orchestrator.core, call.body.hash) };
    }),
    route("POST /api/workers/credentials", object(ofRun), (call) => {
      const { run_id, claim_id } = call.body;
      const claim = remote.claimOf(worker(call).worker_id, run_id, claim_id);
      const code = orchestrator.core.system.facts.requests.get(run_id)?.run.code;
      const block = claim !== undefined && code?.type === "git" ? code.credentials : null;
      return { token: block === null ? null : (codeSecret(orchestrator.core, block) ?? null) };
    }),
    route("POST /api/workers/secrets", object({ worker_id: text, known: list(text) }), (call) => {
      worker(call);
      return { published: published(), secrets: namedSecrets(orchestrator.core, call.body.known) };
    }),
    route("POST /api/workers/refused", object({ worker_id: text, order_id: text, message: text }), (call) => {
      worker(call);
      remote.orders.refused(call.body.order_id, call.body.message);
      return {};
    }),
    route("POST /api/workers/slots", object({ worker_id: text, ...slotFields }), async (call) => {
      const { body, signal } = call;
      worker(call);
      if (!remote.has(body.run_id)) {
        throw new MillraceError(
          "conflict",
          `Slots are for runs that go on; ${body.run_id} is none that is known here.`,
        );
      }
      const answer = await slots.acquire(body, body.wait_ms ?? 0, signal);
      if (answer.granted) await remoteSlots.keep(body);
      return answer;
    }),
    route("POST /api/workers/slots/release", object({ worker_id: text, holder: text }), (call) => {
      worker(call);
      slots.release(call.body.holder);
      remoteSlots.drop(call.body.holder);
      return {};
    }),
    route(
      "POST /api/workers/variables",
      object({ worker_id: text, name: text, value: json, tags: optional(list(text)) }),
      async (call) => {
        worker(call);
        await settings.putVariable(call.body.name, call.body.value, call.body.tags ?? []);
        return { published: published() };
      },
    ),
  ];
}

/** @throws MillraceError "not-found" when the home has no such snapshot. */
function readSnapshot({ disk, home }: Orchestrator["core"], hash: string) {
  const folder = homePaths.codeSnapshot(home, hash);
  if (!/^[0-9a-f]{64}$/.test(hash) || !disk.exists(folder)) {
    throw new MillraceError(
      "not-found",
      `The code snapshot ${hash.slice(0, 12)} is not in this home (any more): deploy again.`,
    );
  }
  return disk.list(folder).map((name) => ({
    name,
    data: Buffer.from(disk.readFile(path.join(folder, name))).toString("base64"),
  }));
}
