/** A certificate authority of a test and a server's certificate signed by it, made with the machine's openssl. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

export interface Certificates {
  /** The authority as text (PEM). */
  readonly authority: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Why no certificates can be made here, for `skip`; false when they can. */
export function noOpenssl(): string | false {
  return spawnSync("openssl", ["version"]).status === 0
    ? false
    : "no openssl command on this machine to make certificates";
}

/** @param days for which the server's certificate is valid from now on; below zero, until when it was. */
export function makeCertificates(folder: string, host: string, days = 2): Certificates {
  const file = (name: string) => path.join(folder, name);
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync("openssl", args, { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`openssl ${args.join(" ")}:\n${stderr}`);
  };
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    "ca.key",
    "-out",
    "ca.crt",
    "-days",
    "2",
    "-subj",
    "/CN=Test authority",
  );
  openssl("req", ...newKey, "-keyout", "server.key", "-out", "server.csr", "-subj", `/CN=${host}`);
  writeFileSync(file("names"), `subjectAltName=DNS:${host}\n`);
  openssl(
    ...["x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"],
    ...["-days", String(days), "-out", "server.crt", "-extfile", "names"],
  );
  return {
    authority: readFileSync(file("ca.crt"), "utf8"),
    certificateFile: file("server.crt"),
    keyFile: file("server.key"),
  };
}
