/** V4 signed URLs: the signature is checked with the public key of the account that is named in it. */
import { createHash, type KeyObject, verify } from "node:crypto";
import { ApiError, type Call } from "./api.ts";

/** @throws ApiError 400 or 403 unless the URL was signed for this very request and holds now. */
export function checkSignedUrl(
  { request, query }: Call,
  url: URL,
  publicKey: (email: string) => KeyObject | undefined,
): void {
  const field = (name: string) => {
    const value = query.get(`X-Goog-${name}`);
    if (value === null) throw new ApiError(400, "invalid", `MissingSecurityHeader: X-Goog-${name}`);
    return value;
  };
  const [algorithm, credential, date, expires, signedHeaders, signature] = [
    field("Algorithm"),
    field("Credential"),
    field("Date"),
    Number(field("Expires")),
    field("SignedHeaders"),
    field("Signature"),
  ];
  if (algorithm !== "GOOG4-RSA-SHA256") throw new ApiError(400, "invalid", "Invalid algorithm");
  const [email = "", ...scope] = credential.split("/");
  const begin = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (!(begin <= Date.now() + 60_000) || begin + expires * 1000 < Date.now()) {
    throw new ApiError(400, "expired", "ExpiredToken: The provided token has expired.");
  }
  const names = [...query.keys()].filter((name) => name !== "X-Goog-Signature").sort();
  const canonical = [
    request.method,
    url.pathname,
    names.map((name) => `${encode(name)}=${encode(query.get(name) ?? "")}`).join("&"),
    ...signedHeaders.split(";").map((name) => `${name}:${signedValue(name, request.headers[name])}`),
    "",
    signedHeaders,
    String(request.headers["x-goog-content-sha256"] ?? "UNSIGNED-PAYLOAD"),
  ].join("\n");
  const hash = createHash("sha256").update(canonical).digest("hex");
  const toSign = [algorithm, date, scope.join("/"), hash].join("\n");
  const key = publicKey(email);
  if (key === undefined || !verify("RSA-SHA256", Buffer.from(toSign), key, Buffer.from(signature, "hex"))) {
    throw new ApiError(403, "forbidden", "SignatureDoesNotMatch: Access denied.");
  }
}

/** The service's own addresses have no port; the client signs the name alone also where there is one. */
function signedValue(name: string, value: string | string[] | undefined): string {
  const text = String(value ?? "").trim();
  return name === "host" ? text.replace(/:\d+$/, "") : text;
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
