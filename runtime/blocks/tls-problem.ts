/** What is wrong with a connection's TLS, told so that one sees what to change. */
import { toError } from "../protocol/errors.ts";

export interface TlsAttempt {
  /** The name that the certificate must be for. */
  readonly host: string;
  /** Whether an authority of one's own was given, in place of the public ones. */
  readonly hasAuthority: boolean;
}

/** Undefined when it is no matter of TLS. Looks at the causes too: clients wrap what the network said. */
export function tlsProblem(thrown: unknown, attempt: TlsAttempt): string | undefined {
  for (let at: unknown = thrown, depth = 0; at !== undefined && at !== null && depth < 5; depth++) {
    const error = toError(at);
    // Some clients put a code of their own in the place of the code, and leave the text.
    const told = `${Reflect.get(error, "code")} ${error.message}`;
    const rule = rules.find(([pattern]) => pattern.test(told));
    if (rule !== undefined) return rule[1](attempt, error);
    at = error.cause;
  }
  return undefined;
}

/** Codes of Node, which are those of OpenSSL for certificates, and what stands in the messages. */
const rules: readonly (readonly [RegExp, (attempt: TlsAttempt, error: Error) => string])[] = [
  [
    /ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate's altnames/,
    ({ host }, error) =>
      `the certificate is for ${namesOf(error)}, not for "${host}"; connect by a name of the certificate`,
  ],
  [
    /CERT_HAS_EXPIRED|certificate has expired/,
    () => "the certificate has expired; the server needs a new one (or this machine's clock is wrong)",
  ],
  [
    /CERT_NOT_YET_VALID|certificate is not yet valid/,
    () => "the certificate is not valid yet; see whether this machine's clock is right",
  ],
  [/CERT_REVOKED|certificate revoked/, () => "the certificate was revoked; the server needs a new one"],
  [
    // A signature that fails is one of an authority with the same name and another key.
    /SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY_LEAF|GET_ISSUER)|CERT_(?:SIGNATURE_FAILURE|UNTRUSTED)|INVALID_CA|self.signed certificate|unable to (?:verify the first|get (?:local )?issuer) certificate|certificate signature failure/,
    ({ hasAuthority }) =>
      hasAuthority
        ? "the certificate is signed by another authority than the one in caCertificate; give the certificate of the one that signed it"
        : "the certificate is signed by an authority that is not known here; give that authority's certificate in caCertificate, or name its file in NODE_EXTRA_CA_CERTS",
  ],
  [/wrong version number|packet length too long/i, () => "the server speaks no TLS on this port"],
  [/unsupported protocol|alert protocol version/i, () => "the server speaks only old versions of TLS (before 1.2)"],
  [
    /alert certificate required|alert handshake failure|alert bad certificate/i,
    () => "the server refused the connection: it wants a certificate of the client, or speaks other ciphers",
  ],
  [
    /before secure TLS connection was established/,
    () => "the server hung up before anything was encrypted; it may speak no TLS on this port",
  ],
];

/** The names that the certificate of the error is for: "db.example.com, 10.0.0.7". */
function namesOf(error: Error): string {
  const certificate: unknown = Reflect.get(error, "cert");
  const names: unknown =
    typeof certificate === "object" && certificate !== null ? Reflect.get(certificate, "subjectaltname") : undefined;
  return typeof names === "string" && names !== "" ? names.replace(/\b(?:DNS|IP Address):/g, "") : "another name";
}
