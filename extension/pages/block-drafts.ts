/**
 * What is typed into pages of blocks and not saved: kept while a page is hidden, and, without the secrets, through a
 * reload of the window. Secrets stay in memory, and are filled in here; no page gets them back.
 */
import type * as Vscode from "vscode";
import type { BlockDraft } from "../../runtime/protocol/pages.ts";

export interface KeptDraft {
  /** With an empty `secrets`. */
  readonly draft: BlockDraft;
  /** Keys of typed secrets that went with the window. */
  readonly forgotten: readonly string[];
}

export interface BlockDrafts {
  find(page: Vscode.Uri): KeptDraft | undefined;
  keep(page: Vscode.Uri, draft: BlockDraft): void;
  forget(page: Vscode.Uri): void;
  /** The block of a page is called otherwise now. */
  move(from: Vscode.Uri, to: Vscode.Uri, renamed: { readonly name: string; readonly version: number }): void;
  /** The data with its secrets: those that the page has told now, else those that it told before. */
  fill(page: Vscode.Uri, draft: BlockDraft): Readonly<Record<string, unknown>>;
}

const key = "millrace.blockDrafts";
/** More than these nobody has open. */
const kept = 20;

interface Entry {
  readonly draft: BlockDraft;
  readonly secrets: Readonly<Record<string, string>>;
}

export function createBlockDrafts(state: Pick<Vscode.Memento, "get" | "update">): BlockDrafts {
  const entries = new Map<string, Entry>(readStored(state.get<unknown>(key)));

  function store(): void {
    for (const page of [...entries.keys()].slice(0, -kept)) entries.delete(page);
    void state.update(
      key,
      [...entries].map(([page, { draft }]) => [page, draft]),
    );
  }

  return {
    find(page) {
      const entry = entries.get(page.toString());
      if (entry === undefined) return undefined;
      const { draft, secrets } = entry;
      return { draft, forgotten: enteredKeys(draft.data).filter((name) => !Object.hasOwn(secrets, name)) };
    },
    keep(page, { secrets, ...draft }) {
      const before = entries.get(page.toString());
      const all = { ...before?.secrets, ...secrets };
      const needed = enteredKeys(draft.data).filter((name) => Object.hasOwn(all, name));
      entries.delete(page.toString());
      entries.set(page.toString(), {
        draft: { ...draft, secrets: {} },
        secrets: Object.fromEntries(needed.map((name) => [name, all[name] ?? ""])),
      });
      store();
    },
    forget(page) {
      if (entries.delete(page.toString())) store();
    },
    move(from, to, { name, version }) {
      const entry = entries.get(from.toString());
      if (entry === undefined) return;
      entries.delete(from.toString());
      entries.set(to.toString(), { ...entry, draft: { ...entry.draft, name, version } });
      store();
    },
    fill(page, { data, secrets }) {
      const all = { ...entries.get(page.toString())?.secrets, ...secrets };
      const filled: unknown = fillIn(data, all);
      return isRecord(filled) ? filled : {};
    },
  };
}

/** What stands for a secret that nobody has is left out: then the field says that it is missing. */
function fillIn(value: unknown, secrets: Readonly<Record<string, string>>): unknown {
  if (Array.isArray(value)) return value.map((item) => fillIn(item, secrets));
  if (!isRecord(value)) return value;
  const name = enteredKey(value);
  if (name !== undefined) return Object.hasOwn(secrets, name) ? secrets[name] : undefined;
  const fields = Object.entries(value).map(([field, inner]): [string, unknown] => [field, fillIn(inner, secrets)]);
  return Object.fromEntries(fields.filter(([, inner]) => inner !== undefined));
}

function enteredKeys(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(enteredKeys);
  if (!isRecord(value)) return [];
  const name = enteredKey(value);
  return name === undefined ? Object.values(value).flatMap(enteredKeys) : [name];
}

function enteredKey(value: Readonly<Record<string, unknown>>): string | undefined {
  const name = Object.keys(value).length === 1 ? value["$entered"] : undefined;
  return typeof name === "string" ? name : undefined;
}

function readStored(stored: unknown): [string, Entry][] {
  if (!Array.isArray(stored)) return [];
  return stored.flatMap((entry: unknown): [string, Entry][] => {
    if (!Array.isArray(entry)) return [];
    const [page, draft]: readonly unknown[] = entry;
    return typeof page === "string" && isDraft(draft) ? [[page, { draft, secrets: {} }]] : [];
  });
}

function isDraft(value: unknown): value is BlockDraft {
  return (
    isRecord(value) &&
    typeof value["slug"] === "string" &&
    typeof value["name"] === "string" &&
    isRecord(value["data"]) &&
    (value["version"] === null || typeof value["version"] === "number")
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
