import path from "node:path";
import type { BigQuery } from "@google-cloud/bigquery";
import type { Storage } from "@google-cloud/storage";
import type { AuthClient, GoogleAuth } from "google-auth-library";
import { MillraceError, toError } from "../../protocol/errors.ts";
import { lazyNode } from "../../system/lazy-node.ts";
import { rememberSecret } from "../../system/redaction.ts";
import { defineBlock } from "../define.ts";
import { secret } from "../secret-text.ts";
import type { TestSteps } from "../test-steps.ts";
import { googleProblem } from "./problems.ts";
import { parseServiceAccountKey, type ServiceAccountKey } from "./service-account-key.ts";
import { type SignedIn, signIn } from "./sign-in.ts";

/**
 * Who signs in to Google Cloud: a service account by its key (a file, or its JSON kept as a secret), else whom
 * application default credentials name (GOOGLE_APPLICATION_CREDENTIALS, `gcloud auth application-default login`, or
 * the machine's own account).
 *
 * ```ts
 * const credentials = await GcpCredentials.load("zoom-gcp-creds");
 * const storage = await credentials.getCloudStorageClient();
 * ```
 */
export class GcpCredentials extends defineBlock({
  slug: "gcp-credentials",
  title: "GCP Credentials",
  description: "A service account of Google Cloud, or the application default credentials of the machine.",
  category: "Credentials",
  logo: "gcp-credentials",
  schema: (z) =>
    z
      .object({
        serviceAccountFile: z
          .string()
          .min(1)
          .optional()
          .describe(
            "Path of a service account's key file. Without file and JSON, application default credentials are used.",
          ),
        serviceAccountInfo: secret(z).optional().describe("The content of a key file: JSON, kept as a secret."),
        project: z.string().min(1).optional().describe("Project to work in. The key's own when left out."),
        tokenEndpoint: z
          .url()
          .optional()
          .describe("Where tokens are asked for, when not from Google: for emulators.")
          .meta({ advanced: true }),
        apiEndpoint: z
          .url()
          .optional()
          .describe("Where the clients for storage and BigQuery go, when not to Google: for emulators.")
          .meta({ advanced: true }),
        anonymous: z
          .boolean()
          .default(false)
          .describe("Send requests without signing in: for emulators and public buckets.")
          .meta({ advanced: true }),
      })
      .refine(({ serviceAccountFile, serviceAccountInfo }) => !(serviceAccountFile && serviceAccountInfo), {
        path: ["serviceAccountInfo"],
        error: "give serviceAccountFile or serviceAccountInfo, not both",
      }),
}) {
  #signedIn: Promise<SignedIn> | undefined;

  /** The client of google-auth-library that signs requests in. Asks for a token when one is first needed. */
  async authClient(): Promise<AuthClient> {
    return (await this.#signIn()).client;
  }

  /** The same for Google's libraries that sign with it too, as signed URLs are. */
  async googleAuth(): Promise<GoogleAuth> {
    return (await this.#signIn()).auth;
  }

  /** The project to work in. @throws MillraceError "bad-parameters" when neither settings nor credentials name one. */
  async project(): Promise<string> {
    const { project } = await this.#signIn();
    if (project !== undefined) return project;
    throw new MillraceError(
      "bad-parameters",
      `${this.#label()}: no project is known; set "project" to the id of your project`,
    );
  }

  /** A token for requests of your own; it holds an hour at most. */
  async getAccessToken(): Promise<string> {
    const { client, account } = await this.#signIn();
    const { token } = await client.getAccessToken().catch((thrown: unknown) => {
      throw googleProblem(thrown, { where: this.#label(), doing: `sign in as ${account}` });
    });
    if (!token) throw new MillraceError("unauthorized", `${this.#label()}: the sign-in of ${account} gave no token`);
    rememberSecret(token);
    return token;
  }

  /** The client of @google-cloud/storage. */
  async getCloudStorageClient(): Promise<Storage> {
    const { Storage } = await import("@google-cloud/storage");
    return new Storage({ ...(await this.#clientOptions()), authClient: await this.googleAuth() });
  }

  /** The client of @google-cloud/bigquery. */
  async getBigQueryClient(): Promise<BigQuery> {
    const { BigQuery } = await import("@google-cloud/bigquery");
    return new BigQuery(await this.#clientOptions());
  }

  /**
   * From now on a new token is asked for: the service has refused this one although its time is not over. The client
   * stays the same.
   */
  async forgetToken(): Promise<void> {
    const { client } = await this.#signIn();
    client.credentials = { ...client.credentials, expiry_date: 1 };
    // A service account's client keeps the token in a second place.
    if ("gtoken" in client) client.gtoken = undefined;
  }

  override async test(steps: TestSteps): Promise<void> {
    const { serviceAccountFile, serviceAccountInfo, anonymous } = this.settings;
    const hasKey = serviceAccountFile !== undefined || serviceAccountInfo !== undefined;
    if (hasKey && !anonymous) await steps.step("key", async () => (await this.#key())?.clientEmail);
    else steps.skip("key", anonymous ? "requests are not signed in" : "application default credentials are used");
    await steps.step("sign in", async () => {
      const { account } = await this.#signIn();
      if (anonymous) return "as nobody";
      await this.forgetToken();
      await this.getAccessToken();
      return `as ${account}`;
    });
    await steps.step("project", () => this.project());
  }

  #signIn(): Promise<SignedIn> {
    if (this.#signedIn === undefined) {
      const { project, tokenEndpoint, anonymous } = this.settings;
      const signingIn = this.#key()
        .then((key) => signIn({ key, project, tokenEndpoint, isAnonymous: anonymous }))
        .then((signedIn) => {
          signedIn.client.on("tokens", ({ access_token }) => {
            if (access_token) rememberSecret(access_token);
          });
          return signedIn;
        })
        .catch((thrown: unknown) => {
          // A key that was wrong may be right the next time.
          this.#signedIn = undefined;
          throw googleProblem(thrown, { where: this.#label(), doing: "sign in" });
        });
      this.#signedIn = signingIn;
    }
    return this.#signedIn;
  }

  async #key(): Promise<ServiceAccountKey | undefined> {
    const { serviceAccountFile, serviceAccountInfo, anonymous } = this.settings;
    if (anonymous) return undefined;
    if (serviceAccountInfo !== undefined) {
      return parseServiceAccountKey(serviceAccountInfo.get(), `${this.#label()}: serviceAccountInfo`);
    }
    if (serviceAccountFile === undefined) return undefined;
    const file = path.resolve(serviceAccountFile);
    return parseServiceAccountKey(await readKeyFile(file, this.#label()), `${this.#label()}: key file ${file}`);
  }

  async #clientOptions() {
    const { apiEndpoint } = this.settings;
    const { client, project } = await this.#signIn();
    return {
      authClient: client,
      ...(project === undefined ? {} : { projectId: project }),
      ...(apiEndpoint === undefined ? {} : { apiEndpoint, useAuthWithCustomEndpoint: true }),
    };
  }

  #label(): string {
    return this.blockName === undefined ? "GcpCredentials" : `GcpCredentials "${this.blockName}"`;
  }
}

async function readKeyFile(file: string, label: string): Promise<string> {
  try {
    if ((await lazyNode.files.stat(file)).size > 1024 * 1024) {
      throw new MillraceError("bad-parameters", `${label}: ${file} is too large for a key file; name the right one`);
    }
    return await lazyNode.files.readFile(file, "utf8");
  } catch (thrown) {
    if (thrown instanceof MillraceError) throw thrown;
    const cause = toError(thrown);
    const isMissing = "code" in cause && cause.code === "ENOENT";
    const reason = isMissing ? "it is not there" : `it cannot be read (${cause.message})`;
    throw new MillraceError("bad-parameters", `${label}: key file ${file}: ${reason}; set serviceAccountFile`, {
      cause,
    });
  }
}
