import { blockReference } from "../block-reference.ts";
import { bucketKey } from "../bucket-keys.ts";
import type { Z } from "../define.ts";
import { GcpCredentials } from "./gcp-credentials.ts";

export function gcsBucketSchema(z: Z) {
  return z.object({
    bucket: z
      .string()
      .min(3)
      .regex(/^[a-z0-9][a-z0-9._-]+[a-z0-9]$/, "a bucket's name has small letters, digits, dots, - and _, no gs://")
      .describe("Name of the bucket, without gs://."),
    gcpCredentials: blockReference(z, GcpCredentials)
      .optional()
      .describe("Who signs in. Application default credentials when left out."),
    bucketFolder: z
      .string()
      .default("")
      .refine((folder) => isKey(folder), "a folder is relative, as 'raw/2021'")
      .describe("A folder of the bucket that all keys are under."),
    resumableFromMiB: z
      .number()
      .min(0)
      .max(256)
      .default(5)
      .describe("Files of this size and more are sent so that a cut connection does not begin them anew.")
      .meta({ advanced: true }),
    retries: z
      .int()
      .min(0)
      .max(20)
      .default(6)
      .describe("Times in a row that a request is tried again when the service or the network fails.")
      .meta({ advanced: true }),
    timeoutSeconds: z
      .number()
      .min(1)
      .max(3600)
      .default(60)
      .describe("Seconds without a byte after which a connection counts as dead and the request is sent again.")
      .meta({ advanced: true }),
    endpoint: z
      .url()
      .optional()
      .describe("Where the service is, when it is not Google's: for emulators.")
      .meta({ advanced: true }),
  });
}

function isKey(folder: string): boolean {
  try {
    bucketKey(folder);
    return true;
  } catch {
    return false;
  }
}
