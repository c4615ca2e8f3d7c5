/** Keys of service accounts: JSON text → what is needed of it, or exactly what is wrong. Never a word of the key itself. */

import { MillraceError, toError } from "../../protocol/errors.ts";
import { lazyNode } from "../../system/lazy-node.ts";
import { rememberSecret } from "../../system/redaction.ts";
import { isRecord } from "../documents.ts";

export interface ServiceAccountKey {
  readonly clientEmail: string;
  readonly privateKey: string;
  readonly privateKeyId: string | undefined;
  readonly projectId: string | undefined;
  /** Where tokens are asked for. */
  readonly tokenUri: string | undefined;
  readonly universeDomain: string | undefined;
}

/** A key file has about 2,400 characters; far more is another file. */
const longest = 64 * 1024;

/**
 * @param owner stands before each message: 'serviceAccountFile "/keys/zoom.json"'.
 * @throws MillraceError "bad-parameters"
 */
export function parseServiceAccountKey(text: string, owner: string): ServiceAccountKey {
  const refuse = (problem: string, cause?: unknown) =>
    new MillraceError("bad-parameters", `${owner}: ${problem}`, cause === undefined ? {} : { cause });
  if (text.length > longest) {
    const size = Math.round(text.length / 1024).toLocaleString("en-US");
    throw refuse(`it has ${size} KiB, a service account's key has about 2; this is another file`);
  }
  if (text.trim() === "") throw refuse("it is empty");
  let key: unknown;
  try {
    key = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw refuse(`it is no JSON${hintOf(text)}; take the key file as Google's console downloads it`);
  }
  if (!isRecord(key)) throw refuse("it is no JSON object; take the key file as Google's console downloads it");
  const { type } = key;
  if (type !== "service_account") throw refuse(typeProblem(type));
  const field = (name: string): string => {
    const value = key[name];
    if (typeof value === "string" && value.trim() !== "") return value;
    throw refuse(`its "${name}" is ${value === undefined ? "missing" : "no text"}; download the key again`);
  };
  const optional = (name: string) => (typeof key[name] === "string" ? key[name] : undefined);
  const clientEmail = field("client_email");
  if (!clientEmail.includes("@")) throw refuse('its "client_email" is no address of a service account');
  const privateKey = field("private_key");
  rememberSecret(privateKey);
  try {
    lazyNode.crypto.createPrivateKey(privateKey);
  } catch (thrown) {
    const reason = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(privateKey)
      ? 'its "private_key" cannot be read: a part is missing or was changed'
      : 'its "private_key" is no PEM text ("-----BEGIN PRIVATE KEY-----")';
    throw refuse(`${reason}; download the key again`, new Error(toError(thrown).message));
  }
  return {
    clientEmail,
    privateKey,
    privateKeyId: optional("private_key_id"),
    projectId: optional("project_id"),
    tokenUri: optional("token_uri"),
    universeDomain: optional("universe_domain"),
  };
}

function hintOf(text: string): string {
  const start = text.trimStart();
  if (start.startsWith("-----BEGIN")) return " but a bare private key";
  if (/^[\w./\\:~-]+\.json\s*$/.test(start)) return " but a path: that belongs into serviceAccountFile";
  if (/^[A-Za-z0-9+/=\s]+$/.test(start)) return " but looks like base64: decode it first";
  return start.startsWith("{") ? " (its end may be missing)" : "";
}

function typeProblem(type: unknown): string {
  const login = "to sign in with that, leave the key out: application default credentials take it";
  switch (type) {
    case "authorized_user":
      return `it is the login of a person ("authorized_user"), not a service account's key; ${login}`;
    case "external_account":
    case "impersonated_service_account":
      return `it is of the type "${type}", not a service account's key; ${login}, with GOOGLE_APPLICATION_CREDENTIALS naming the file`;
    case undefined:
      return 'it has no "type"; a service account\'s key has "type": "service_account"';
    default:
      return 'its "type" is not "service_account"';
  }
}
