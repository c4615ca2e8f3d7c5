/**
 * Profiles: homes and remote orchestrators by name. They lie beside all homes, in the user's configuration folder:
 * profiles.json, and tokens.json with mode 0600. What is chosen: --home, --profile, MILLRACE_HOME, MILLRACE_PROFILE, the
 * profile in use, ~/.millrace - the first that is given.
 */
import fs from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { MillraceError, toError } from "../protocol/errors.ts";
import { homeFolder } from "../protocol/home.ts";
import { didYouMean } from "../protocol/near-names.ts";

export type Profile =
  | { readonly name: string; readonly home: string }
  /** An orchestrator that listens for others: `millrace orchestrator start --listen`. */
  | { readonly name: string; readonly url: string };

export interface Profiles {
  /** The one in use; null for ~/.millrace. */
  readonly active: string | null;
  readonly profiles: readonly Profile[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The name of what there is without any profile. */
export const defaultProfile = "default";

export function configurationFolder(environment: Environment = process.env): string {
  const chosen = environment["MILLRACE_CONFIG"];
  if (chosen) return path.resolve(chosen);
  const base =
    process.platform === "win32"
      ? (environment["APPDATA"] ?? path.join(homedir(), "AppData", "Roaming"))
      : environment["XDG_CONFIG_HOME"] || path.join(homedir(), ".config");
  return path.join(base, "millrace");
}

const profilesFile = (environment?: Environment): string =>
  path.join(configurationFolder(environment), "profiles.json");
const tokensFile = (environment?: Environment): string => path.join(configurationFolder(environment), "tokens.json");

/** @throws MillraceError "bad-file" when somebody has written something else there. */
export function readProfiles(environment?: Environment): Profiles {
  const file = profilesFile(environment);
  const read = readJson(file);
  if (read === undefined) return { active: null, profiles: [] };
  const active: unknown = Reflect.get(read, "active") ?? null;
  const list: unknown = Reflect.get(read, "profiles") ?? [];
  if (!Array.isArray(list) || !list.every(isProfile) || (active !== null && typeof active !== "string")) {
    throw new MillraceError(
      "bad-file",
      `${file} is no list of profiles any more: put it right, or remove it and make them again with millrace profiles create.`,
    );
  }
  return { active, profiles: list };
}

export function writeProfiles(profiles: Profiles, environment?: Environment): void {
  writePrivately(profilesFile(environment), profiles);
}

/** The token of a profile's remote orchestrator. @throws MillraceError "unauthorized" when it is not there. */
export function tokenOf(url: string, environment?: Environment): string {
  const file = tokensFile(environment);
  const token: unknown = Reflect.get(readJson(file) ?? {}, url);
  if (typeof token === "string" && token !== "") return token;
  throw new MillraceError(
    "unauthorized",
    `${file} has no token for ${url}. Give it again: millrace profiles create NAME --url ${url}`,
  );
}

/** `undefined` forgets it. */
export function keepToken(url: string, token: string | undefined, environment?: Environment): void {
  const file = tokensFile(environment);
  const others = Object.entries(readJson(file) ?? {}).filter(([key]) => key !== url);
  const left = token === undefined ? others : [...others, [url, token] as const];
  if (left.length === 0) fs.rmSync(file, { force: true });
  else writePrivately(file, Object.fromEntries(left));
}

/** @throws MillraceError "not-found" with near names. */
export function findProfile(name: string, environment?: Environment): Profile {
  const { profiles } = readProfiles(environment);
  const found = profiles.find((one) => one.name === name);
  if (found !== undefined) return found;
  if (name === defaultProfile) return { name, home: homeFolder({}) };
  const names = [defaultProfile, ...profiles.map((one) => one.name)];
  throw new MillraceError(
    "not-found",
    `There is no profile "${name}".${didYouMean(name, names) || ` There are ${names.join(", ")}.`} millrace profiles create makes one.`,
  );
}

export const placeOf = (profile: Profile): string => ("url" in profile ? profile.url : profile.home);
export const isRemote = (place: string): boolean => /^https?:\/\//.test(place);

/** A home folder, or the address of a remote orchestrator. @throws MillraceError for a profile that is not there. */
export function chosenPlace(
  { home, profile }: { readonly home?: string | undefined; readonly profile?: string | undefined },
  environment: Environment = process.env,
): string {
  if (home !== undefined) return home;
  if (profile !== undefined) return placeOf(findProfile(profile, environment));
  if (environment["MILLRACE_HOME"]) return homeFolder(environment);
  const named = environment["MILLRACE_PROFILE"] || readProfiles(environment).active;
  return named === null ? homeFolder(environment) : placeOf(findProfile(named, environment));
}

function isProfile(value: unknown): value is Profile {
  if (typeof value !== "object" || value === null) return false;
  const has = (key: string) => typeof Reflect.get(value, key) === "string";
  return has("name") && (has("home") || has("url"));
}

function readJson(file: string): object | undefined {
  let text: string;
  try {
    text = fs.readFileSync(file, "utf8");
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return undefined;
    throw new MillraceError("bad-file", `${file} cannot be read: ${toError(thrown).message}`, { cause: thrown });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Told below.
  }
  throw new MillraceError("bad-file", `${file} is no JSON object any more: put it right, or remove it.`);
}

/** Whole or not at all, and readable by nobody else from the first moment. */
function writePrivately(file: string, value: unknown): void {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  fs.writeFileSync(temporary, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  fs.renameSync(temporary, file);
}
