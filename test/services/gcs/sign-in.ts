/** The token endpoint: takes assertions that a service account's key has signed, gives tokens that expire. */
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, verify } from "node:crypto";
import { ApiError, answerJson, bodyText, type Call, parseObject, textOf } from "./api.ts";

/** A service account's key as Google's console gives it. */
export interface ServiceAccountKey {
  readonly type: "service_account";
  readonly project_id: string;
  readonly private_key_id: string;
  readonly private_key: string;
  readonly client_email: string;
  readonly client_id: string;
  readonly auth_uri: string;
  readonly token_uri: string;
  readonly universe_domain: string;
}

export interface SignIn {
  /** A new key of the project's service account; the address of the token endpoint stands in it. */
  makeKey(tokenUri: string, name?: string): ServiceAccountKey;
  /** From now on nobody knows this account's key. */
  removeKey(email: string): void;
  /** @throws ApiError 401 unless the request has a token that was issued here and holds. */
  check(call: Pick<Call, "request">): void;
  issue(call: Call, tokenUri: string): Promise<void>;
  /** All tokens are void at once. */
  expireTokens(): void;
  publicKey(email: string): KeyObject | undefined;
  lifetimeSeconds: number;
}

const project = "millrace-test";
const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const scopes = ["devstorage.read_only", "devstorage.read_write", "devstorage.full_control", "cloud-platform"];

export function createSignIn(): SignIn {
  const keys = new Map<string, KeyObject>();
  const tokens = new Map<string, number>();

  return {
    lifetimeSeconds: 3600,
    makeKey(tokenUri, name = "taxi-loader") {
      const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const email = `${name}@${project}.iam.gserviceaccount.com`;
      keys.set(email, createPublicKey(publicKey.export({ type: "spki", format: "pem" })));
      return {
        type: "service_account",
        project_id: project,
        private_key_id: randomBytes(20).toString("hex"),
        private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
        client_email: email,
        client_id: "100000000000000000001",
        auth_uri: "https://accounts.google.com/o/oauth2/auth",
        token_uri: tokenUri,
        universe_domain: "googleapis.com",
      };
    },
    removeKey: (email) => void keys.delete(email),
    expireTokens: () => tokens.clear(),
    publicKey: (email) => keys.get(email),
    check({ request }) {
      const [, token = ""] = /^Bearer (.+)$/.exec(request.headers.authorization ?? "") ?? [];
      const until = tokens.get(token);
      if (token === "") {
        throw new ApiError(
          401,
          "required",
          "Anonymous caller does not have storage.objects.list access to the Google Cloud Storage bucket. Permission 'storage.objects.list' denied on resource (or it may not exist).",
        );
      }
      if (until === undefined || until < Date.now()) {
        throw new ApiError(401, "authError", "Invalid Credentials", {
          "www-authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"',
        });
      }
    },
    async issue(call, tokenUri) {
      const form = new URLSearchParams(await bodyText(call.request));
      const refuse = (error: string, description: string) =>
        answerJson(call, 400, { error, error_description: description });
      if (form.get("grant_type") !== grant) return refuse("unsupported_grant_type", "Invalid grant_type");
      const [header = "", payload = "", signature = ""] = (form.get("assertion") ?? "").split(".");
      const claims = parseObject(Buffer.from(payload, "base64url").toString());
      const { alg } = parseObject(Buffer.from(header, "base64url").toString());
      const key = keys.get(textOf(claims["iss"]) ?? "");
      if (key === undefined) return refuse("invalid_grant", "Invalid grant: account not found");
      if (alg !== "RS256") return refuse("invalid_grant", "Invalid JWT: unsupported algorithm");
      const signed = Buffer.from(`${header}.${payload}`);
      if (!verify("RSA-SHA256", signed, key, Buffer.from(signature, "base64url"))) {
        return refuse("invalid_grant", "Invalid JWT Signature.");
      }
      const now = Date.now() / 1000;
      const [issued, expires] = [Number(claims["iat"]), Number(claims["exp"])];
      if (!(issued < now + 300 && expires > now && expires <= issued + 3600)) {
        return refuse("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes)");
      }
      if (claims["aud"] !== tokenUri) return refuse("invalid_grant", "Invalid JWT: Failed audience check.");
      const asked = (textOf(claims["scope"]) ?? "").split(" ").map((scope) => scope.split("/").at(-1) ?? "");
      if (!asked.some((scope) => scopes.includes(scope) || scope === "bigquery")) {
        return refuse("invalid_scope", "Invalid OAuth scope or ID token audience provided.");
      }
      const token = `ya29.${randomBytes(48).toString("base64url")}`;
      tokens.set(token, Date.now() + this.lifetimeSeconds * 1000);
      answerJson(call, 200, { access_token: token, expires_in: this.lifetimeSeconds, token_type: "Bearer" });
    },
  };
}
