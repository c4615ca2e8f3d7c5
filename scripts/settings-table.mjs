// The README's table of settings, from what package.json contributes. `--check` only says whether it is up to date.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const marks = { begin: "<!-- settings: made by scripts/settings-table.mjs -->", end: "<!-- /settings -->" };

/** @param configuration `contributes.configuration`: one object, or several with a title each */
export function settingsTable(configuration) {
  const rows = [configuration]
    .flat()
    .flatMap(({ properties }) => Object.entries(properties))
    .sort(([, left], [, right]) => (left.order ?? 0) - (right.order ?? 0))
    .map(([name, setting]) => `| \`${name}\` | ${shownDefault(setting)} | ${textOf(setting)} |`);
  return ["| setting | default | what it does |", "|---|---|---|", ...rows].join("\n");
}

/** The README with the table between its marks. @throws Error when it has no such place */
export function withTable(readme, table) {
  const begin = readme.indexOf(marks.begin);
  const end = readme.indexOf(marks.end, begin);
  if (begin < 0 || end < 0) throw new Error(`README.md has no place for the settings: ${marks.begin} … ${marks.end}`);
  return `${readme.slice(0, begin + marks.begin.length)}\n${table}\n${readme.slice(end)}`;
}

function shownDefault({ default: value }) {
  if (value === "") return "empty";
  if (typeof value === "object" && Object.keys(value).length === 0) return "none";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function textOf({ markdownDescription, description, enum: values, markdownEnumDescriptions, enumDescriptions, scope }) {
  const text = markdownDescription ?? description ?? "";
  const meanings = markdownEnumDescriptions ?? enumDescriptions ?? [];
  const choices = (values ?? []).map((value, index) => `\`${value}\`: ${meanings[index] ?? ""}`);
  const where = scope?.startsWith("machine") ? ["For this machine, not for a workspace."] : [];
  return [text, ...choices, ...where].join(" ").replaceAll("|", "\\|").replaceAll("\n", " ");
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const file = path.join(root, "README.md");
  const readme = readFileSync(file, "utf8");
  const { contributes } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  const wanted = withTable(readme, settingsTable(contributes.configuration));
  if (process.argv.includes("--check")) {
    if (wanted !== readme)
      console.error("README.md: its settings are not those of package.json; run `node scripts/settings-table.mjs`");
    process.exit(wanted === readme ? 0 : 1);
  }
  if (wanted !== readme) writeFileSync(file, wanted);
}
