import type { GcpCredentials } from "../gcp/gcp-credentials.ts";
import type { TestSteps } from "../test-steps.ts";
import { requestError } from "./errors.ts";

export interface TestedWarehouse {
  readonly endpoint: string;
  readonly credentials: GcpCredentials;
  readonly dataset: string | undefined;
  project(): Promise<string>;
  locationOf(dataset: string): Promise<string>;
  tryQuery(): Promise<void>;
}

/** Whether the warehouse can be used: what each step finds, up to the one that fails. */
export async function testWarehouse(steps: TestSteps, tested: TestedWarehouse): Promise<void> {
  const { endpoint, credentials, dataset } = tested;
  await steps.step("host", async () => {
    await reach(endpoint, steps.signal);
    return `${new URL(endpoint).host} answers${endpoint.startsWith("https:") ? ", its certificate is trusted" : ""}`;
  });
  await steps.step("sign in", async () => {
    await credentials.forgetToken();
    await credentials.getAccessToken();
    const client = await credentials.authClient();
    return "email" in client && typeof client.email === "string" ? `as ${client.email}` : undefined;
  });
  await steps.step("project", tested.project);
  if (dataset === undefined) steps.skip("dataset", "the block has none");
  else await steps.step("dataset", async () => `${dataset} in ${await tested.locationOf(dataset)}`);
  await steps.step("permission", async () => {
    await tested.tryQuery();
    return "may run queries";
  });
}

/** Any answer will do: what is asked about is the name, the network and the certificate. */
async function reach(endpoint: string, signal: AbortSignal): Promise<void> {
  try {
    const answer = await fetch(endpoint, { method: "HEAD", redirect: "manual", signal });
    await answer.body?.cancel();
  } catch (thrown) {
    throw requestError(thrown, endpoint);
  }
}
