/** `millrace profiles …`: homes and remote orchestrators by name. */
import { homedir } from "node:os";
import path from "node:path";
import {
  defaultProfile,
  findProfile,
  isRemote,
  keepToken,
  type Profile,
  placeOf,
  readProfiles,
  tokenOf,
  writeProfiles,
} from "../../client/profiles.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { homeFolder } from "../../protocol/home.ts";
import { askSecret } from "../blocks/ask-secret.ts";
import type { CommandContext, CommandHandler, Io } from "../command.ts";
import { printJson } from "../json.ts";
import { usage } from "../parse.ts";
import { layoutColumns } from "../terminal/columns.ts";

interface Listed {
  readonly name: string;
  readonly home: string | null;
  readonly url: string | null;
  readonly active: boolean;
}

function listed({ environment }: Io): readonly Listed[] {
  const { active, profiles } = readProfiles(environment);
  const inUse = active ?? defaultProfile;
  const own = profiles.some(({ name }) => name === defaultProfile);
  const all: readonly Profile[] = own ? profiles : [{ name: defaultProfile, home: homeFolder({}) }, ...profiles];
  return all.map((one) => ({
    name: one.name,
    home: "home" in one ? one.home : null,
    url: "url" in one ? one.url : null,
    active: one.name === inUse,
  }));
}

export const profilesListHandler: CommandHandler = async ({ io, json }) => {
  const all = listed(io);
  const place = ({ home, url }: Listed): string => home ?? url ?? "";
  if (json) printJson(io, all);
  else if (!io.terminal) io.out(all.map((one) => `${one.active ? "*" : ""}\t${one.name}\t${place(one)}\n`).join(""));
  else {
    const columns = [{ title: "" }, { title: "PROFILE" }, { title: "HOME OR ADDRESS", shrinkTo: 20 }] as const;
    const rows = all.map((one) => [one.active ? "*" : "", one.name, place(one)]);
    io.out(`${layoutColumns(columns, rows, io.columns(), io.style.dim).join("\n")}\n`);
  }
  return exitCodes.completed;
};

export const profilesShowHandler: CommandHandler = async ({ input, io, json }) => {
  const all = listed(io);
  const wanted = input.arguments[0] ?? all.find(({ active }) => active)?.name ?? defaultProfile;
  const { name } = findProfile(wanted, io.environment);
  const found = all.find((one) => one.name === name);
  if (found === undefined) throw new MillraceError("not-found", `There is no profile "${name}".`);
  const hasToken = found.url !== null && hasTokenFor(found.url, io);
  if (json) printJson(io, { ...found, ...(found.url === null ? {} : { has_token: hasToken }) });
  else {
    const lines = [
      `${io.style.bold(found.name)}${found.active ? "  in use" : ""}`,
      found.home === null ? `  address: ${found.url}` : `  home: ${found.home}`,
      ...(found.url === null ? [] : [`  token: ${hasToken ? "kept" : "missing; give it again with profiles create"}`]),
    ];
    io.out(`${lines.join("\n")}\n`);
  }
  return exitCodes.completed;
};

function hasTokenFor(url: string, { environment }: Io): boolean {
  try {
    return tokenOf(url, environment) !== "";
  } catch {
    return false;
  }
}

export const profilesCreateHandler: CommandHandler = async (context) => {
  const { input, io, json, command } = context;
  const { environment } = io;
  const [name = ""] = input.arguments;
  if (!/^[\w][\w.-]{0,63}$/.test(name) || name === defaultProfile) {
    throw usage(
      command,
      `"${name}" is no name for a profile: letters, digits, . _ and -, and not "${defaultProfile}".`,
    );
  }
  const [folder, url] = [input.text("folder"), input.text("url")];
  if (folder !== undefined && url !== undefined) throw usage(command, "--folder and --url: say one of them.");
  if (url !== undefined && !isRemote(url))
    throw usage(command, `--url: "${url}" does not begin with http:// or https://.`);
  const profile: Profile =
    url === undefined
      ? { name, home: folder === undefined ? path.join(homedir(), `.millrace-${name}`) : path.resolve(io.cwd, folder) }
      : { name, url: url.replace(/\/$/, "") };
  if ("url" in profile) keepToken(profile.url, await tokenFrom(context), environment);
  const { active, profiles } = readProfiles(environment);
  const others = profiles.filter((one) => one.name !== name);
  const use = input.flag("use");
  writeProfiles({ active: use ? name : active, profiles: [...others, profile] }, environment);
  if (json) printJson(io, { ...profile, active: use || active === name });
  else
    io.out(
      `The profile ${io.style.bold(name)} is ${placeOf(profile)}${use ? ", in use from now on" : `. Use it: millrace profiles use ${name}`}\n`,
    );
  return exitCodes.completed;
};

async function tokenFrom({ io, command }: CommandContext): Promise<string> {
  let text = "";
  if (io.interactive) text = await askSecret("Token");
  else for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
  if (text.trim() === "") {
    throw usage(
      command,
      "The token is missing: write it into the standard input (it stands in no argument, where others could read it).",
    );
  }
  return text.trim();
}

export const profilesUseHandler: CommandHandler = async ({ input, io, json }) => {
  const { environment } = io;
  const profile = findProfile(input.arguments[0] ?? "", environment);
  const { profiles } = readProfiles(environment);
  writeProfiles({ active: profile.name === defaultProfile ? null : profile.name, profiles }, environment);
  const over = ["MILLRACE_HOME", "MILLRACE_PROFILE"].find((variable) => environment[variable]);
  if (json) printJson(io, { ...profile, active: true });
  else {
    io.out(`${io.style.bold(profile.name)} is in use: ${placeOf(profile)}\n`);
    if (over !== undefined) io.err(`${over} is set in this terminal and goes before it.\n`);
  }
  return exitCodes.completed;
};

export const profilesRemoveHandler: CommandHandler = async ({ input, io, json }) => {
  const { environment } = io;
  const [name = ""] = input.arguments;
  if (name === defaultProfile) throw new MillraceError("bad-usage", `"${defaultProfile}" is ~/.millrace and stays.`);
  const profile = findProfile(name, environment);
  const { active, profiles } = readProfiles(environment);
  const left = profiles.filter((one) => one.name !== name);
  writeProfiles({ active: active === name ? null : active, profiles: left }, environment);
  if ("url" in profile && !left.some((one) => "url" in one && one.url === profile.url)) {
    keepToken(profile.url, undefined, environment);
  }
  if (json) printJson(io, { name, removed: true });
  else io.out(`The profile ${name} is forgotten${"home" in profile ? `; ${profile.home} stays` : ""}.\n`);
  return exitCodes.completed;
};
