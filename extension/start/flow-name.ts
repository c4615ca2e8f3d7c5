/** From what somebody types as the name of a flow to a file and an export. Pure. */
import { nearNames } from "../../runtime/protocol/near-names.ts";

export interface FlowName {
  /** The file's name without its ending: "daily-report". */
  readonly file: string;
  /** The export: "dailyReport". */
  readonly identifier: string;
}

export type NameVerdict =
  | { readonly kind: "ok"; readonly name: FlowName }
  | { readonly kind: "bad"; readonly problem: string };

/** What JavaScript keeps for itself, and what the starter imports or declares. */
const taken: ReadonlySet<string> = new Set(
  (
    "abstract arguments artifact as async await boolean break case catch class const continue count debugger default delete do " +
    "else enum eval export extends false finally flow for from function get if implements import in instanceof interface let " +
    "new null of package private protected public report return set sleep static super switch symbol task this throw true try " +
    "type typeof undefined var void while with words yield z"
  ).split(" "),
);
const windowsDevices = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i;
const longest = 60;

export function readFlowName(typed: string): NameVerdict {
  const text = typed.trim().normalize("NFC");
  if (text === "") return bad("Type a name, for example: daily report");
  const strange = /[^\p{L}\p{M}\p{N} _-]/u.exec(text)?.[0];
  if (strange !== undefined) return bad(`A name has letters, digits, spaces and dashes; "${strange}" is none of them.`);
  const words = wordsOf(text);
  if (words.length === 0) return bad("A name needs a letter or a digit.");
  if (text.length > longest) return bad(`That is long for a name: at most ${longest} characters.`);
  const file = words.join("-").toLowerCase();
  if (windowsDevices.test(file)) return bad(`Windows keeps "${file}" for itself; choose another name.`);
  return { kind: "ok", name: { file, identifier: identifierOf(words) } };
}

/** "etlParent 2021_taxi" → etl, Parent, 2021, taxi */
function wordsOf(text: string): readonly string[] {
  return text.replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2").match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

function identifierOf(words: readonly string[]): string {
  const camel = words
    .map((word) => word.toLowerCase())
    .map((word, index) => (index === 0 ? word : word.slice(0, 1).toUpperCase() + word.slice(1)))
    .join("");
  // Some letters and digits of the world are none for JavaScript.
  const plain = camel.replace(/\P{ID_Continue}/gu, "");
  if (!/^\p{ID_Start}/u.test(plain)) return `flow${plain}`;
  return taken.has(plain) ? `${plain}Flow` : plain;
}

export interface KnownFlow {
  readonly name: string;
  /** As it is shown: "flows/etl.ts". */
  readonly place: string;
}

/** A sentence about flows that have this name or nearly this one; undefined when none has. */
export function nameLikeOthers({ file, identifier }: FlowName, flows: readonly KnownFlow[]): string | undefined {
  const same = flows.find(({ name }) => name === identifier || name === file);
  if (same !== undefined)
    return `${same.place} has a flow "${same.name}" already: the two would be hard to tell apart.`;
  const [near] = nearNames(
    identifier,
    flows.map(({ name }) => name).filter((name) => Math.abs(name.length - identifier.length) <= 2),
  );
  const other = flows.find(({ name }) => name === near);
  return other === undefined ? undefined : `Nearly the same name as "${other.name}" in ${other.place}.`;
}

function bad(problem: string): NameVerdict {
  return { kind: "bad", problem };
}
