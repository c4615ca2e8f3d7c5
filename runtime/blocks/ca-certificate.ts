import type { Z } from "./define.ts";

/** A field of blocks that speak TLS. Node ignores a text without a certificate, and then trusts nobody without saying why. */
export function caCertificate(z: Z) {
  return z
    .string()
    .refine((text) => /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END/.test(text), {
      error: 'is no certificate; it begins with "-----BEGIN CERTIFICATE-----" (PEM)',
    })
    .optional()
    .describe("The certificate (PEM) of the authority that signed the server's, where it is no public one.");
}
