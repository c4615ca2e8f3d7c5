/**
 * Sealing texts with the home's key: AES-256-GCM. The nonce is made from the text (as in AES-SIV, RFC 5297), so a text
 * sealed twice is one ciphertext: values are kept by their content, and no counter has to survive a crash. What that
 * tells is only which sealed texts are equal.
 */
import { MillraceError, toError } from "../../protocol/errors.ts";

export interface HomeKey {
  readonly bytes: Uint8Array;
  /** Says which key it was without saying anything of it: what was sealed with another is known at once. */
  readonly id: string;
}

/** A sealed text, as it is written down. */
export interface Sealed {
  readonly version: 1;
  /** Id of the key. */
  readonly key: string;
  /** Nonce, tag and ciphertext, base64. */
  readonly box: string;
}

export const keyLength = 32;
const nonceLength = 12;
const tagLength = 16;

/** Loading it takes longer than a small run may. */
const crypto = () => process.getBuiltinModule("node:crypto");

export function homeKey(bytes: Uint8Array): HomeKey {
  return { bytes, id: derive(bytes, "id").toString("hex").slice(0, 16) };
}

/** `purpose` belongs to the ciphertext: what was sealed as one thing cannot be opened as another. */
export function seal(key: HomeKey, text: string, purpose: string): Sealed {
  const plain = Buffer.from(text);
  const nonce = hmac(derive(key.bytes, "nonce"), `${purpose}\0`, plain).subarray(0, nonceLength);
  const cipher = crypto().createCipheriv("aes-256-gcm", derive(key.bytes, "seal"), nonce);
  cipher.setAAD(Buffer.from(purpose));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { version: 1, key: key.id, box: Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64") };
}

/** @throws MillraceError "not-found" when it was sealed with another key, "journal-corrupt" when it was changed. */
export function open(key: HomeKey, sealed: Sealed, purpose: string): string {
  if (sealed.key !== key.id) {
    throw new MillraceError("not-found", "it was saved with another key than the one in secret.key");
  }
  const box = Buffer.from(sealed.box, "base64");
  try {
    const decipher = crypto().createDecipheriv("aes-256-gcm", derive(key.bytes, "seal"), box.subarray(0, nonceLength), {
      authTagLength: tagLength,
    });
    decipher.setAAD(Buffer.from(purpose));
    decipher.setAuthTag(box.subarray(nonceLength, nonceLength + tagLength));
    return Buffer.concat([decipher.update(box.subarray(nonceLength + tagLength)), decipher.final()]).toString("utf8");
  } catch (thrown) {
    throw new MillraceError("journal-corrupt", `its ciphertext is damaged (${toError(thrown).message})`, {
      cause: thrown,
    });
  }
}

export function isSealed(value: unknown): value is Sealed {
  if (typeof value !== "object" || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return fields.get("version") === 1 && typeof fields.get("key") === "string" && typeof fields.get("box") === "string";
}

/** A key of its own for each use. */
function derive(key: Uint8Array, use: string): Buffer {
  return hmac(key, `millrace ${use}`);
}

function hmac(key: Uint8Array, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const made = crypto().createHmac("sha256", key);
  for (const part of parts) made.update(part);
  return made.digest();
}
