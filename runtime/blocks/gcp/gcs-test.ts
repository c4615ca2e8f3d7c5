/** What "Test connection" looks at for a bucket: each step finds one kind of mistake, and says which. */
import { lookup } from "node:dns/promises";
import { connect } from "node:tls";
import { MillraceError } from "../../protocol/errors.ts";
import type { TestSteps } from "../test-steps.ts";
import type { GcpCredentials } from "./gcp-credentials.ts";
import { type Attempt, googleProblem, statusOf } from "./problems.ts";
import type { StorageLink } from "./storage-link.ts";

const needed = ["storage.objects.list", "storage.objects.get", "storage.objects.create"];
const forReplacing = "storage.objects.delete";

export async function testBucket(
  steps: TestSteps,
  link: StorageLink,
  credentials: GcpCredentials,
  where: string,
): Promise<void> {
  const { protocol, hostname, port } = new URL(link.endpoint);
  // One retry: somebody is waiting for the answer.
  const patience = { retries: 1, signal: steps.signal };
  const told = async <T>(attempt: Omit<Attempt, "where">, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      throw googleProblem(thrown, { where, ...attempt });
    }
  };

  const proxy = process.env["HTTPS_PROXY"] ?? process.env["https_proxy"];
  if (proxy !== undefined && proxy !== "" && protocol === "https:") {
    for (const name of ["host", "TLS"]) steps.skip(name, "requests go through the proxy that HTTPS_PROXY names");
  } else {
    await steps.step("host", () =>
      told({ doing: `find the address of ${hostname}` }, async () => {
        const { address } = await lookup(hostname.replace(/^\[|\]$/g, ""));
        return `${hostname} is ${address}`;
      }),
    );
    if (protocol === "https:") {
      await steps.step("TLS", () =>
        told({ doing: `connect to ${hostname}` }, () => certificateOf(hostname, Number(port || 443), steps.signal)),
      );
    } else steps.skip("TLS", "the endpoint is plain http");
  }
  await steps.step("sign in", async () => {
    if (credentials.settings.anonymous) return "as nobody";
    await credentials.getAccessToken();
    return undefined;
  });
  const whenMissing = "check its name, or create it with createBucket()";
  await steps.step("bucket", () =>
    told({ doing: `reach the bucket ${link.bucket}`, whenMissing }, async () => {
      try {
        return `${link.bucket} in ${(await link.bucketFacts(patience)).location}`;
      } catch (thrown) {
        if (statusOf(thrown) !== 403) throw thrown;
        // Roles for objects do not let anybody read about the bucket; its list shows that it is there.
        await link.list({ prefix: "", size: 1 }, patience);
        return `${link.bucket} is there (without storage.buckets.get nobody tells where)`;
      }
    }),
  );
  await steps.step("permission", () =>
    told({ doing: "ask for permissions" }, async () => {
      const held = await link.permissions([...needed, forReplacing], patience);
      const missing = needed.filter((permission) => !held.includes(permission));
      if (missing.length > 0) {
        throw new MillraceError(
          "unauthorized",
          `${where}: ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing; give the account the role Storage Object User (roles/storage.objectUser) on ${link.bucket}`,
        );
      }
      return held.includes(forReplacing)
        ? "list, read, write and delete"
        : `list, read and write; without ${forReplacing} what is there cannot be replaced`;
    }),
  );
}

function certificateOf(host: string, port: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, servername: host });
    const stop = () => socket.destroy(new Error("the time is over"));
    signal.addEventListener("abort", stop, { once: true });
    socket
      .once("error", reject)
      .once("close", () => signal.removeEventListener("abort", stop))
      .once("secureConnect", () => {
        resolve(`${socket.getProtocol()}, certificate until ${socket.getPeerCertificate().valid_to}`);
        socket.destroy();
      });
  });
}
