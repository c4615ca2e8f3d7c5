/** How a bucket reaches the service: opened at first use, ended with the run, errors told with the block's name. */
import { currentRun } from "../../sdk/current-run.ts";
import type { TransferOptions } from "../bucket.ts";
import { GcpCredentials } from "./gcp-credentials.ts";
import { googleProblem } from "./problems.ts";
import type { Patience } from "./retrying.ts";
import { createStorageLink, googleStorage, isAboutBucket, type StorageLink } from "./storage-link.ts";

export interface AccessSettings {
  readonly bucket: string;
  readonly endpoint?: string | undefined;
  readonly gcpCredentials?: GcpCredentials | undefined;
  readonly timeoutSeconds: number;
  readonly retries: number;
}

export interface BucketAccess {
  readonly link: StorageLink;
  readonly credentials: GcpCredentials;
  patience(options: TransferOptions): Patience;
  /** @param doing as "read gs://bucket/key", for errors */
  transfer<T>(doing: string, options: TransferOptions, work: (patience: Patience) => Promise<T>): Promise<T>;
  problem(thrown: unknown, doing: string): Error;
}

/** @param label names the block in errors */
export function bucketAccess(settings: AccessSettings, label: () => string): BucketAccess {
  let opened: Pick<BucketAccess, "link" | "credentials"> | undefined;

  function open() {
    if (opened === undefined) {
      const { bucket, endpoint, gcpCredentials, timeoutSeconds } = settings;
      const credentials = gcpCredentials ?? new GcpCredentials({});
      const address = (endpoint ?? credentials.settings.apiEndpoint ?? googleStorage).replace(/\/+$/, "");
      const link = createStorageLink({ bucket, endpoint: address, timeout: timeoutSeconds * 1000, credentials });
      opened = { link, credentials };
    }
    return opened;
  }

  function patience({ signal }: TransferOptions): Patience {
    const ofRun = currentRun().signal;
    const both = signal === undefined ? ofRun : AbortSignal.any([ofRun, signal]);
    return { retries: settings.retries, signal: both };
  }

  function problem(thrown: unknown, doing: string): Error {
    // What the disk says is no matter of the service.
    if (thrown instanceof Error && "syscall" in thrown && "path" in thrown) return thrown;
    const whenMissing = isAboutBucket(thrown)
      ? "check its name, or create it with createBucket()"
      : "it was removed or replaced meanwhile; run it again";
    return googleProblem(thrown, { where: label(), doing, whenMissing });
  }

  return {
    get link() {
      return open().link;
    },
    get credentials() {
      return open().credentials;
    },
    patience,
    problem,
    async transfer(doing, options, work) {
      const own = patience(options);
      try {
        return await work(own);
      } catch (thrown) {
        own.signal.throwIfAborted();
        throw problem(thrown, doing);
      }
    },
  };
}
