import { blockReference } from "../block-reference.ts";
import type { Z } from "../define.ts";
import { GcpCredentials } from "../gcp/gcp-credentials.ts";

export function bigQuerySchema(z: Z) {
  return z.object({
    gcpCredentials: blockReference(z, GcpCredentials)
      .optional()
      .describe("Who signs in; the application default credentials of the machine when left out."),
    project: z.string().min(1).optional().describe("Project that jobs run in. That of the credentials when left out."),
    dataset: z
      .string()
      .regex(/^\w+$/, "letters, digits and _ only")
      .optional()
      .describe("Dataset of tables that are named without one."),
    location: z
      .string()
      .min(1)
      .optional()
      .describe('Where jobs run, as "EU" or "europe-west6". Where the dataset is when left out.'),
    apiEndpoint: z
      .url()
      .optional()
      .describe("Where requests go, when not to Google: for emulators and private endpoints.")
      .meta({ advanced: true }),
  });
}
