/** The Cloud Storage test server for one test, and blocks that talk to it. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { TestContext } from "node:test";
import { GcpCredentials } from "../../runtime/blocks/gcp/gcp-credentials.ts";
import type { TestSteps } from "../../runtime/blocks/test-steps.ts";
import { toError } from "../../runtime/protocol/errors.ts";
import { type GcsServer, startGcsServer } from "../services/gcs/server.ts";
import { temporaryFolder } from "./places.ts";

export interface Cloud {
  readonly server: GcsServer;
  readonly folder: string;
  readonly keyFile: string;
  readonly credentials: GcpCredentials;
}

export async function startCloud(test: TestContext): Promise<Cloud> {
  const folder = temporaryFolder(test);
  const server = await startGcsServer({ folder: path.join(folder, "cloud") });
  test.after(() => server.stop());
  const keyFile = path.join(folder, "service-account.json");
  writeFileSync(keyFile, JSON.stringify(server.key));
  return { server, folder, keyFile, credentials: new GcpCredentials({ serviceAccountFile: keyFile }) };
}

export interface TakenStep {
  readonly name: string;
  readonly state: "ok" | "failed" | "skipped";
  readonly message: string;
}

/** Runs a block's test as the runner does: what a step throws is its failure, and ends the test. */
export async function takeSteps(block: { test(steps: TestSteps): Promise<void> }): Promise<TakenStep[]> {
  const taken: TakenStep[] = [];
  const steps: TestSteps = {
    signal: new AbortController().signal,
    skip: (name, reason) => void taken.push({ name, state: "skipped", message: reason }),
    async step(name, look) {
      try {
        taken.push({ name, state: "ok", message: (await look()) ?? "" });
      } catch (thrown) {
        taken.push({ name, state: "failed", message: toError(thrown).message });
        throw thrown;
      }
    },
  };
  await block.test(steps).catch(() => {});
  return taken;
}
