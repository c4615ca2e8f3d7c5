/** Clients that sign requests to Google in: by a service account's key, by application default credentials, or not at all. */
import type { AuthClient, GoogleAuth } from "google-auth-library";
import type { ServiceAccountKey } from "./service-account-key.ts";

export interface SignIn {
  readonly key: ServiceAccountKey | undefined;
  readonly project: string | undefined;
  readonly tokenEndpoint: string | undefined;
  /** Requests are not signed in at all, as for emulators. */
  readonly isAnonymous: boolean;
}

export interface SignedIn {
  readonly client: AuthClient;
  /** The same for libraries that sign with it too. */
  readonly auth: GoogleAuth;
  readonly project: string | undefined;
  /** Who signs in, as far as it is known: "taxi@project.iam.gserviceaccount.com". */
  readonly account: string;
}

/** Storage and BigQuery, and what people do with the client themselves. */
const scopes = ["https://www.googleapis.com/auth/cloud-platform"];

/** The library asks here whatever a key says; its other implementations go where the key's `token_uri` points. */
const googleTokens = "https://oauth2.googleapis.com/token";

export async function signIn({ key, project, tokenEndpoint, isAnonymous }: SignIn): Promise<SignedIn> {
  const library = await import("google-auth-library");
  if (isAnonymous) {
    const client = new library.PassThroughClient();
    return { client, auth: new library.GoogleAuth({ authClient: client }), project, account: "nobody" };
  }
  const tokens = tokenEndpoint ?? key?.tokenUri ?? googleTokens;
  const transporter = new library.gaxios.Gaxios();
  if (tokens !== googleTokens) {
    transporter.interceptors.request.add({
      resolved: async (config) => {
        if (config.url.href === googleTokens) config.url = new URL(tokens);
        return config;
      },
    });
  }
  const claims = tokens === googleTokens ? {} : { additionalClaims: { aud: tokens } };
  if (key !== undefined) {
    const client = new library.JWT({
      email: key.clientEmail,
      key: key.privateKey,
      scopes,
      transporter,
      ...claims,
      ...(key.privateKeyId === undefined ? {} : { keyId: key.privateKeyId }),
      ...(key.universeDomain === undefined ? {} : { universeDomain: key.universeDomain }),
    });
    const known = project ?? key.projectId;
    if (known !== undefined) client.projectId = known;
    const auth = new library.GoogleAuth({ authClient: client });
    auth.jsonContent = { client_email: key.clientEmail, private_key: key.privateKey };
    return { client, auth, project: known, account: key.clientEmail };
  }
  const auth = new library.GoogleAuth({
    scopes,
    clientOptions: { transporter },
    ...(project === undefined ? {} : { projectId: project }),
  });
  const client = await auth.getClient();
  if (client instanceof library.JWT && tokens !== googleTokens) client.additionalClaims = { aud: tokens };
  const account = client instanceof library.JWT ? (client.email ?? "a service account") : "application default";
  return { client, auth, project: project ?? (await auth.getProjectId().catch(() => undefined)), account };
}
