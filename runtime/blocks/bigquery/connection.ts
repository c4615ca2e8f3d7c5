/** What a warehouse does its work over: the client, opened at first use, retries, and where jobs run. */
import { currentRun } from "../../sdk/current-run.ts";
import { GcpCredentials } from "../gcp/gcp-credentials.ts";
import { statusOf } from "../gcp/problems.ts";
import { type Client, openClient } from "./client.ts";
import { requestError } from "./errors.ts";
import type { JobContext } from "./jobs.ts";
import type { QueryOptions } from "./queries.ts";
import { createRetry } from "./retries.ts";

export interface ConnectionSettings {
  readonly gcpCredentials?: GcpCredentials | undefined;
  readonly project?: string | undefined;
  readonly dataset?: string | undefined;
  readonly location?: string | undefined;
  readonly apiEndpoint?: string | undefined;
}

type Work<T> = (client: Client, retry: JobContext["retry"]) => Promise<T>;

export function connectionOf(settings: ConnectionSettings) {
  const { gcpCredentials, location, dataset } = settings;
  const endpoint = settings.apiEndpoint ?? gcpCredentials?.settings.apiEndpoint;
  const opened = remembered(async (): Promise<Client> => {
    const credentials = gcpCredentials ?? applicationDefault();
    const authClient = await credentials.authClient();
    const project = settings.project ?? (await credentials.project());
    return openClient({ project, location, apiEndpoint: endpoint, authClient });
  });
  const ownLocation = remembered(async () => (dataset === undefined ? undefined : locationOf(dataset)));

  function context(client: Client, { timeout }: Pick<QueryOptions, "timeout"> = {}): JobContext {
    const { signal } = currentRun();
    return {
      bigquery: client.bigquery,
      // A job outside of US and EU is found again only by who says where it is.
      location: async () => location ?? (await ownLocation()),
      signal,
      retry: createRetry(signal, () => (gcpCredentials ?? applicationDefault()).forgetToken()),
      timeout,
    };
  }

  async function request<T>(what: string, work: Work<T>): Promise<T> {
    const client = await opened();
    const { retry, signal } = context(client);
    try {
      return await work(client, retry);
    } catch (thrown) {
      throw signal.aborted ? signal.reason : requestError(thrown, what);
    }
  }

  function locationOf(name: string): Promise<string | undefined> {
    return request(`dataset "${name}"`, async (client, retry) => {
      const [metadata] = await retry(() => client.dataset({ project: undefined, dataset: name }).getMetadata());
      return typeof metadata.location === "string" ? metadata.location : undefined;
    });
  }

  return {
    endpoint,
    get credentials(): GcpCredentials {
      return gcpCredentials ?? applicationDefault();
    },
    open: opened,
    context,
    request,
    locationOf,
    /** Nothing happens when it is there. */
    create(what: string, work: (client: Client) => Promise<unknown>): Promise<void> {
      return request(what, async (client, retry) => {
        try {
          await retry(() => work(client));
        } catch (thrown) {
          if (statusOf(thrown) !== 409) throw thrown;
        }
      });
    },
  };
}

/** Done once; what has failed may go well the next time: credentials that were wrong, say. */
function remembered<T>(work: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined;
  return () => {
    known ??= work().catch((thrown: unknown) => {
      known = undefined;
      throw thrown;
    });
    return known;
  };
}

let whoever: GcpCredentials | undefined;
function applicationDefault(): GcpCredentials {
  whoever ??= new GcpCredentials({});
  return whoever;
}
