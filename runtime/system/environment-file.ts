/** Files with environment variables (.env): which one belongs to a folder, what it sets, which of its values are secrets. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { parseEnv } from "node:util";
import { MillraceError, toError } from "../protocol/errors.ts";
import { rememberSecret } from "./redaction.ts";

/**
 * The .env beside the nearest millrace.json at or above `from`; where there is none, the one in `otherwise`. Undefined
 * when there is no such file.
 */
export function nearestEnvironmentFile(from: string, otherwise: string = from): string | undefined {
  let folder = from;
  while (!existsSync(path.join(folder, "millrace.json"))) {
    if (folder === path.dirname(folder)) {
      folder = otherwise;
      break;
    }
    folder = path.dirname(folder);
  }
  const file = path.join(folder, ".env");
  return existsSync(file) ? file : undefined;
}

/**
 * Sets what the file says, except what is set already: as with every tool that reads such files. From then on its
 * secrets are taken out of logs and journals.
 * @throws MillraceError "bad-file" when it cannot be read.
 */
export function applyEnvironmentFile(file: string, target: NodeJS.ProcessEnv = process.env): void {
  const wayOut = "It is named by --dotenv or MILLRACE_ENV_FILE, in the editor by the setting millrace.envFile.";
  for (const [name, value] of Object.entries(readEnvironmentFile(file, wayOut))) target[name] ??= value;
}

/**
 * The variables of the file; its secrets are known from then on.
 * @throws MillraceError "bad-file" when it cannot be read; `wayOut` says where its name comes from.
 */
export function readEnvironmentFile(file: string, wayOut: string): Record<string, string> {
  let variables: NodeJS.Dict<string>;
  try {
    variables = parseEnv(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new MillraceError(
      "bad-file",
      `The file with environment variables, ${file}, cannot be read: ${toError(cause).message}. ${wayOut}`,
      { cause },
    );
  }
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) continue;
    read[name] = value;
    for (const secret of secretsIn(name, value)) rememberSecret(secret);
  }
  return read;
}

const secretName = /KEY|TOKEN|SECRET|PASS|PWD|CREDENTIAL|PRIVATE|AUTH|DSN/i;

/** Values under this length are ordinary words, unless the name says otherwise. */
const shortest = 8;

/** What a log needs to be read, and what is secret of nobody. */
const ordinary: readonly RegExp[] = [
  /^(true|false|yes|no|on|off|null|none)$/i,
  // Numbers, durations, sizes, dates, times, versions.
  /^[\d.,:+\-TZ ]+$/,
  /^\d+(\.\d+)?\s?[a-z]{1,5}$/i,
  // Paths.
  /^(\.{0,2}|~|[a-z]:)[\\/]/i,
  // Names: "zoomcamp", "ny_taxi", "europe-west1", "Yellow.Trips". Mixed cases inside a word are no word's.
  /^(?:[a-z]{1,16}|[A-Z]{1,16}|[A-Z][a-z]{1,15})(?:[-_. ](?:[a-z]{1,16}|[A-Z]{1,16}|[A-Z][a-z]{1,15}))*\d{0,2}$/,
  // Hosts with their ports, addresses of mail.
  /^(?:localhost|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,})(?::\d+)?$/i,
  /^[^\s@]+@[\w.-]+\.[a-z]{2,}$/i,
];

/**
 * The whole value of a variable that is called like a secret, of an address with a password only the password, and any
 * longer value that is plainly no word, number, path or address.
 */
export function secretsIn(name: string, value: string): readonly string[] {
  if (secretName.test(name)) return [value];
  const url = URL.parse(value);
  if (url !== null && /^[a-z][a-z+.-]*:\/\//i.test(value)) return passwordsOf(url);
  if (value.length < shortest || ordinary.some((each) => each.test(value))) return [];
  return [value];
}

function passwordsOf({ password }: URL): readonly string[] {
  if (password === "") return [];
  try {
    return [...new Set([password, decodeURIComponent(password)])];
  } catch {
    // A bare percent sign: clients take the password as it stands.
    return [password];
  }
}
