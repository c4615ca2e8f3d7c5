/**
 * The environment of one run: what its start names, and a file of variables when MILLRACE_ENV_FILE names one. The runner
 * reads that file itself, so that what stands in it never passes through a request or a record.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { parseEnv } from "node:util";
import { MillraceError, toError } from "../protocol/errors.ts";
import { rememberSecret } from "../system/redaction.ts";

/** Names whose values are kept out of logs. Others are ordinary words ("true", "5432") that a log may need. */
const secretName = /KEY|TOKEN|SECRET|PASS|PWD|CREDENTIAL|PRIVATE|AUTH|DSN/i;

/** @throws MillraceError "bad-file" when the file that is named cannot be read. */
export function applyRunEnvironment(
  named: Readonly<Record<string, string>> | undefined,
  target: NodeJS.ProcessEnv = process.env,
): void {
  Object.assign(target, named);
  const file = named?.["MILLRACE_ENV_FILE"];
  if (file === undefined || file === "") return;
  let variables: NodeJS.Dict<string>;
  try {
    variables = parseEnv(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new MillraceError(
      "bad-file",
      `The file with environment variables, ${file}, cannot be read: ${toError(cause).message}. It is named by ` +
        "MILLRACE_ENV_FILE, in the editor by the setting millrace.envFile.",
      { cause },
    );
  }
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) continue;
    // As with every tool that reads such files: what is set already wins.
    if (target[name] === undefined) target[name] = value;
    for (const secret of secretsIn(name, value)) rememberSecret(secret);
  }
}

/** The whole value of a secret variable; of an address with a password only the password. */
export function secretsIn(name: string, value: string): readonly string[] {
  if (secretName.test(name)) return [value];
  const password = URL.parse(value)?.password;
  if (!password) return [];
  try {
    return [...new Set([password, decodeURIComponent(password)])];
  } catch {
    // A bare percent sign: clients take the password as it stands.
    return [password];
  }
}
