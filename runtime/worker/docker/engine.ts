/**
 * The few calls of the Docker API that running a container takes, over the socket of Docker or Podman. A client library
 * brings megabytes of transports that none of this needs.
 */
import { existsSync } from "node:fs";
import { type IncomingMessage, type RequestOptions, request } from "node:http";
import path from "node:path";
import { MillraceError, toError } from "../../protocol/errors.ts";
import type { ContainerSpec } from "./container.ts";

export interface Engine {
  /** What the engine says of itself. @throws MillraceError "not-answering" */
  about(): Promise<EngineFacts>;
  hasImage(image: string): Promise<boolean>;
  pull(image: string): Promise<void>;
  /** Resolves with the container's id. */
  create(name: string, spec: ContainerSpec): Promise<string>;
  start(id: string): Promise<void>;
  /** Resolves when it has ended. */
  wait(id: string): Promise<ContainerEnd>;
  /** Calls `onData` with what it prints until it ends. */
  follow(id: string, onData: (chunk: Buffer) => void): Promise<void>;
  kill(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** Ids of containers with a label, whether they run or not. */
  list(label: string): Promise<readonly ListedContainer[]>;
}

export interface EngineFacts {
  readonly name: string;
  /** Root inside is the user outside, so nobody else need be asked for. */
  readonly isRootless: boolean;
}

export interface ContainerEnd {
  readonly code: number;
  readonly outOfMemory: boolean;
}

export interface ListedContainer {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Where the engine listens: a socket or pipe, or a TCP address. */
export type EngineAddress = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** As the docker command finds it: DOCKER_HOST, then the usual places. @throws MillraceError "not-answering" */
export function findEngine(
  given: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): EngineAddress {
  const named = given ?? environment["DOCKER_HOST"];
  if (named !== undefined && named !== "") return parseAddress(named);
  if (process.platform === "win32") return { socketPath: "//./pipe/docker_engine" };
  const runtime = environment["XDG_RUNTIME_DIR"];
  const places = [
    "/var/run/docker.sock",
    ...(runtime === undefined ? [] : [path.posix.join(runtime, "podman/podman.sock")]),
    "/run/podman/podman.sock",
  ];
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return { socketPath: found };
  throw noEngine(`there is no socket at ${places.join(", ")}`);
}

function parseAddress(text: string): EngineAddress {
  const socketPath = /^(?:unix|npipe):\/\/(.+)$/.exec(text)?.[1] ?? (path.isAbsolute(text) ? text : undefined);
  if (socketPath !== undefined) return { socketPath };
  const tcp = /^(?:tcp|http):\/\/([^:/]+):(\d+)\/?$/.exec(text);
  if (tcp?.[1] !== undefined) return { host: tcp[1], port: Number(tcp[2]) };
  throw new MillraceError(
    "bad-usage",
    `"${text}" is no address of a container engine; write unix:///run/podman/podman.sock or tcp://127.0.0.1:2375.`,
  );
}

function noEngine(why: string, cause?: unknown): MillraceError {
  return new MillraceError(
    "not-answering",
    `No container engine answers (${why}): start Docker, or Podman with \`podman system service --time=0\`, or name its ` +
      "socket in DOCKER_HOST.",
    { cause },
  );
}

/** A call that changes or asks something small. Milliseconds; waiting and pulling have none. */
const answerWithin = 60_000;

export function createEngine(address: EngineAddress): Engine {
  const call = (
    method: string,
    route: string,
    { body, timeout = answerWithin }: { readonly body?: unknown; readonly timeout?: number } = {},
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers =
        text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
      const options: RequestOptions = { ...address, method, path: `/v1.40${route}`, headers, timeout, agent: false };
      const asked = request(options, resolve);
      asked.on("timeout", () => asked.destroy(new Error(`${method} ${route}: no answer within ${timeout / 1000} s`)));
      asked.on("error", (thrown) => reject(noEngine(toError(thrown).message, thrown)));
      asked.end(text);
    });

  async function json(method: string, route: string, options: { body?: unknown; timeout?: number } = {}) {
    const answer = await call(method, route, options);
    const text = await textOf(answer);
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return { status, value: text === "" ? undefined : parse(text) };
    const message = field(parse(text), "message");
    return { status, value: undefined, message: typeof message === "string" ? message : text.trim() };
  }

  async function must(method: string, route: string, options: { body?: unknown; timeout?: number } = {}) {
    const { status, value, message } = await json(method, route, options);
    if (message === undefined) return value;
    throw new MillraceError(
      "load-failed",
      `The container engine refused ${method} ${route.split("?")[0]} (${status}): ${message}`,
    );
  }

  return {
    async about() {
      const info = await must("GET", "/info");
      const options = field(info, "SecurityOptions");
      const isRootless = Array.isArray(options) && options.some((option) => String(option).includes("rootless"));
      return { name: String(field(info, "OperatingSystem") ?? "container engine"), isRootless };
    },
    async hasImage(image) {
      const { status, message } = await json("GET", `/images/${encodeURIComponent(image)}/json`);
      if (message === undefined) return true;
      if (status === 404) return false;
      throw new MillraceError(
        "load-failed",
        `The container engine cannot say whether it has the image ${image}: ${message}`,
      );
    },
    async pull(image) {
      const { name, tag } = splitImage(image);
      const route = `/images/create?fromImage=${encodeURIComponent(name)}&tag=${encodeURIComponent(tag)}`;
      const answer = await call("POST", route, { timeout: 0 });
      const lines = (await textOf(answer)).split("\n").filter((line) => line.trim() !== "");
      const problem = lines
        .map((line) => field(parse(line), "error") ?? field(parse(line), "message"))
        .find((each) => each !== undefined);
      if ((answer.statusCode ?? 0) < 300 && problem === undefined) return;
      throw new MillraceError(
        "load-failed",
        `The image ${image} could not be pulled: ${String(problem ?? lines.at(-1))}`,
      );
    },
    async create(name, spec) {
      const made = await must("POST", `/containers/create?name=${encodeURIComponent(name)}`, { body: spec });
      return String(field(made, "Id"));
    },
    start: async (id) => void (await must("POST", `/containers/${id}/start`)),
    async wait(id) {
      await must("POST", `/containers/${id}/wait`, { timeout: 0 });
      const state = field(await must("GET", `/containers/${id}/json`), "State");
      return { code: Number(field(state, "ExitCode") ?? -1), outOfMemory: field(state, "OOMKilled") === true };
    },
    async follow(id, onData) {
      const answer = await call("GET", `/containers/${id}/logs?follow=1&stdout=1&stderr=1`, { timeout: 0 });
      await readFrames(answer, onData);
    },
    async kill(id) {
      const { status, message } = await json("POST", `/containers/${id}/kill`);
      if (message === undefined || status === 404 || status === 409) return;
      // It has ended by itself meanwhile: not every engine has a status of its own for that.
      const { value } = await json("GET", `/containers/${id}/json`);
      if (field(field(value, "State"), "Running") !== true) return;
      throw new MillraceError("load-failed", `The container ${id.slice(0, 12)} could not be ended: ${message}`);
    },
    async remove(id) {
      await json("DELETE", `/containers/${id}?force=1&v=1`);
    },
    async list(label) {
      const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
      const found = await must("GET", `/containers/json?all=1&filters=${filters}`);
      return (Array.isArray(found) ? found : []).map((each) => ({
        id: String(field(each, "Id")),
        labels: textsOf(field(each, "Labels")),
      }));
    },
  };
}

/** "registry:5000/name:tag" into its two halves; a digest stays with the name. */
export function splitImage(image: string): { readonly name: string; readonly tag: string } {
  const colon = image.lastIndexOf(":");
  const hasTag = colon > image.lastIndexOf("/") && !image.includes("@");
  return hasTag
    ? { name: image.slice(0, colon), tag: image.slice(colon + 1) }
    : { name: image, tag: image.includes("@") ? "" : "latest" };
}

/** Output of a container without a terminal comes in frames: eight bytes that tell the stream and the length, then text. */
async function readFrames(stream: AsyncIterable<Buffer>, onData: (chunk: Buffer) => void): Promise<void> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 8) {
      const end = 8 + rest.readUInt32BE(4);
      if (rest.length < end) break;
      onData(rest.subarray(8, end));
      rest = rest.subarray(end);
    }
  }
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function textsOf(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]));
}
