/**
 * The run as others see it while it goes on: opens the socket a moment after the start (most short runs never need
 * it), announces what is durable, and takes their orders.
 */
import type { LiveEntry, RunnerMessage } from "../../protocol/live.ts";
import { type LiveSocket, openLiveSocket } from "./live-socket.ts";

/** Milliseconds after the start at which the socket opens, and at most one announcement per so many. */
const openAfter = 30;
const announceEvery = 10;

export interface SupervisionOptions {
  readonly entry: Pick<LiveEntry, "run_id" | "socket" | "token">;
  /** A worker has started this run and is going to connect. */
  readonly atOnce: boolean;
  readonly segment: number;
  readonly synced: () => number;
  readonly logOffset: () => number;
  /** What a new supervisor must know besides: deadlines that are armed, pauses that wait. */
  readonly standing: () => readonly RunnerMessage[];
  readonly onCancel: (reason: string, grace: number) => void;
  readonly onContinue: (pauseKey: string, value: unknown) => void;
  readonly onSupervisors: () => void;
  /** Others cannot reach this run; it goes on without them. */
  readonly onUnreachable: (error: unknown) => void;
}

export interface Supervision {
  /** Whether somebody watches this run's deadlines. */
  readonly supervised: boolean;
  send(message: RunnerMessage): void;
  /** There is more of the journal or the log to be read. */
  announce(): void;
  /** Opens the socket now if it is not open yet. */
  open(): Promise<void>;
  close(exitCode: number): void;
}

export function makeSupervision(options: SupervisionOptions): Supervision {
  const { entry, segment } = options;
  let socket: LiveSocket | undefined;
  let opening: Promise<void> | undefined;
  let closed = false;
  let announceTimer: NodeJS.Timeout | undefined;
  const announced = { synced: -1, log: -1 };

  const send = (message: RunnerMessage): void => socket?.send(message);
  const announceNow = (): void => {
    announceTimer = undefined;
    const [synced, log] = [options.synced(), options.logOffset()];
    if (synced !== announced.synced) send({ type: "synced", segment, offset: synced });
    if (log !== announced.log) send({ type: "log", offset: log });
    Object.assign(announced, { synced, log });
  };
  const greeting = (): readonly RunnerMessage[] => [
    { type: "hello", run_id: entry.run_id, pid: process.pid },
    { type: "synced", segment, offset: options.synced() },
    { type: "log", offset: options.logOffset() },
    ...options.standing(),
  ];

  const openSocket = async (): Promise<void> => {
    const opened = await openLiveSocket({
      address: entry.socket,
      token: entry.token,
      greeting,
      onSupervisors: options.onSupervisors,
      onMessage(message) {
        if (message.type === "cancel") options.onCancel(message.reason, message.grace_ms);
        else if (message.type === "continue") options.onContinue(message.pause_key, message.value);
        else if (message.type === "ping") send({ type: "pong", id: message.id });
      },
    });
    if (closed) return opened.close();
    socket = opened;
    // Whoever comes later hears this in the greeting.
    Object.assign(announced, { synced: options.synced(), log: options.logOffset() });
  };
  const open = (): Promise<void> => {
    clearTimeout(openTimer);
    opening ??= openSocket().catch(options.onUnreachable);
    return opening;
  };
  const openTimer = setTimeout(() => void open(), options.atOnce ? 0 : openAfter).unref();

  return {
    get supervised() {
      return socket !== undefined && socket.supervisors > 0;
    },
    send,
    announce() {
      if (socket === undefined || announceTimer !== undefined) return;
      announceTimer = setTimeout(announceNow, announceEvery).unref();
    },
    open,
    close(exitCode) {
      closed = true;
      clearTimeout(openTimer);
      clearTimeout(announceTimer);
      announceNow();
      send({ type: "closing", exit_code: exitCode });
      socket?.close();
    },
  };
}
