/** A network namespace of its own with one cable to this machine: what is in it reaches nothing but us, and only while the cable is up. */
import { execFileSync } from "node:child_process";
import type { TestContext } from "node:test";

export interface Namespace {
  /** Our end of the cable. */
  readonly host: string;
  /** Words before a command that is to run inside. */
  readonly inside: readonly string[];
  cut(): void;
  mend(): void;
}

const ip = (...words: readonly string[]): string =>
  execFileSync("ip", words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** Why there can be none here; undefined when there can. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== "linux") return `network namespaces are of Linux, and this is ${process.platform}`;
  if (process.getuid?.() !== 0) return "network namespaces are made by root only";
  const name = `mr-probe-${process.pid}`;
  try {
    ip("netns", "add", name);
    ip("netns", "del", name);
    return undefined;
  } catch (thrown) {
    const said = thrown instanceof Error && "stderr" in thrown ? String(thrown.stderr).trim() : "";
    return `ip netns does not work here: ${said || String(thrown)}`;
  }
}

/** Taken away with the test. */
export function openNamespace(test: Pick<TestContext, "after">): Namespace {
  const id = process.pid % 60_000;
  const [name, ours, theirs] = [`mr-${id}`, `mra${id}`, `mrb${id}`];
  const net = `10.${200 + (id % 50)}.${Math.floor(id / 250) % 250}`;
  const host = `${net}.1`;
  ip("netns", "add", name);
  test.after(() => ip("netns", "del", name));
  ip("link", "add", ours, "type", "veth", "peer", "name", theirs);
  ip("link", "set", theirs, "netns", name);
  ip("addr", "add", `${host}/30`, "dev", ours);
  ip("link", "set", ours, "up");
  const inside = ["ip", "netns", "exec", name];
  ip("netns", "exec", name, "ip", "addr", "add", `${net}.2/30`, "dev", theirs);
  for (const device of [theirs, "lo"]) ip("netns", "exec", name, "ip", "link", "set", device, "up");
  return {
    host,
    inside,
    cut: () => void ip("link", "set", ours, "down"),
    mend: () => void ip("link", "set", ours, "up"),
  };
}
