/** A bucket as the service tells of it, through the client of @google-cloud/storage; retries and fresh tokens are ours. */
import type { Storage } from "@google-cloud/storage";
import type { BlobPage, BucketFacts, CreateBucketOptions } from "../bucket.ts";
import type { GcpCredentials } from "./gcp-credentials.ts";
import type { MediaLink } from "./media.ts";
import { type ObjectFacts, objectFacts } from "./object-facts.ts";
import { statusOf } from "./problems.ts";
import { type Patience, retrying, within } from "./retrying.ts";

export const googleStorage = "https://storage.googleapis.com";

export interface StorageLink extends MediaLink {
  /** Undefined when there is no such object. */
  facts(name: string, patience: Patience): Promise<ObjectFacts | undefined>;
  list(query: ListQuery, patience: Patience): Promise<ObjectPage>;
  /** Nothing happens when there is none. */
  remove(name: string, patience: Patience): Promise<void>;
  bucketFacts(patience: Patience): Promise<BucketFacts>;
  createBucket(options: CreateBucketOptions, patience: Patience): Promise<BucketFacts>;
  /** Those of the permissions that the account has. */
  permissions(asked: readonly string[], patience: Patience): Promise<string[]>;
  /** @param seconds how long it holds, from now on. */
  signedUrl(name: string, seconds: number): Promise<string>;
}

export interface ListQuery {
  readonly prefix: string;
  readonly size: number;
  readonly next?: string | undefined;
}

export interface ObjectPage {
  readonly objects: readonly ObjectFacts[];
  readonly next: BlobPage["next"];
}

export interface StorageAddress extends Pick<MediaLink, "bucket" | "endpoint" | "timeout"> {
  readonly credentials: GcpCredentials;
}

export function createStorageLink({ bucket, endpoint, timeout, credentials }: StorageAddress): StorageLink {
  let storage: Promise<Storage> | undefined;
  const open = () => {
    storage ??= makeClient(endpoint, credentials).catch((thrown: unknown) => {
      storage = undefined;
      throw thrown;
    });
    return storage;
  };

  /** `operation` must be one that may be repeated. */
  async function call<T>(patience: Patience, operation: (client: Storage) => Promise<T>): Promise<T> {
    return retrying(patience, async () => {
      // The client knows no signal, and waits for ever for an answer.
      const inTime = <R>(work: Promise<R>) => within(work, patience.signal, timeout);
      const client = await inTime(open());
      try {
        return await inTime(operation(client));
      } catch (thrown) {
        if (statusOf(thrown) !== 401) throw thrown;
        await credentials.forgetToken();
        return inTime(operation(client));
      }
    });
  }

  const link: StorageLink = {
    endpoint,
    bucket,
    timeout,
    client: () => credentials.authClient(),
    forgetToken: () => credentials.forgetToken(),
    facts: (name, patience) =>
      call(patience, async (client) => {
        try {
          const [metadata] = await client.bucket(bucket).file(name).getMetadata();
          return objectFacts(metadata);
        } catch (thrown) {
          // A bucket that is not there is another matter.
          if (statusOf(thrown) === 404 && !isAboutBucket(thrown)) return undefined;
          throw thrown;
        }
      }),
    list: ({ prefix, size, next }, patience) =>
      call(patience, async (client) => {
        const [files, , answer] = await client.bucket(bucket).getFiles({
          prefix,
          maxResults: size,
          autoPaginate: false,
          ...(next === undefined ? {} : { pageToken: next }),
        });
        return { objects: files.map(({ metadata }) => objectFacts(metadata)), next: nextOf(answer) };
      }),
    remove: (name, patience) =>
      call(patience, async (client) => {
        try {
          await client.bucket(bucket).file(name).delete();
        } catch (thrown) {
          if (statusOf(thrown) !== 404 || isAboutBucket(thrown)) throw thrown;
        }
      }),
    bucketFacts: (patience) =>
      call(patience, async (client) => {
        const [{ location, timeCreated }] = await client.bucket(bucket).getMetadata();
        return { name: bucket, location: location ?? "", created: new Date(timeCreated ?? 0) };
      }),
    async createBucket(options, patience) {
      const project = await credentials.project();
      await call(patience, async (client) => {
        try {
          await client.createBucket(bucket, { ...options, projectId: project });
        } catch (thrown) {
          // There already: ours, when it can be read; else the name is somebody else's, and reading it says so.
          if (statusOf(thrown) !== 409) throw thrown;
        }
      });
      return link.bucketFacts(patience);
    },
    permissions: (asked, patience) =>
      call(patience, async (client) => {
        const [held] = await client.bucket(bucket).iam.testPermissions([...asked]);
        return asked.filter((permission) => held[permission] === true);
      }),
    async signedUrl(name, seconds) {
      const client = await open();
      const expires = Date.now() + seconds * 1000;
      const [url] = await client.bucket(bucket).file(name).getSignedUrl({ version: "v4", action: "read", expires });
      return url;
    },
  };
  return link;
}

/**
 * Without the client's own retries: an upload of its own that fails would switch them off for everything else, they
 * know no signal, and they do not ask for a token anew.
 */
async function makeClient(endpoint: string, credentials: GcpCredentials): Promise<Storage> {
  const { Storage } = await import("@google-cloud/storage");
  return new Storage({
    authClient: await credentials.googleAuth(),
    projectId: await credentials.project().catch(() => "none"),
    retryOptions: { autoRetry: false, maxRetries: 0 },
    ...(endpoint === googleStorage ? {} : { apiEndpoint: endpoint, useAuthWithCustomEndpoint: true }),
  });
}

export function isAboutBucket(thrown: unknown): boolean {
  return thrown instanceof Error && /bucket does not exist/i.test(thrown.message);
}

function nextOf(answer: unknown): string | undefined {
  const token: unknown = answer instanceof Object ? Reflect.get(answer, "nextPageToken") : undefined;
  return typeof token === "string" ? token : undefined;
}
