/** The form of one block, saved or not: its values, its name, and what a draft of it is. */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { blockNameProblem } from "../../runtime/protocol/block-names.ts";
import { type BlockDocument, type BlockType, hiddenSecret } from "../../runtime/protocol/blocks.ts";
import type { BlockDraft } from "../../runtime/protocol/pages.ts";
import { createForm, type Form } from "../form/form-state.ts";
import { splitSecrets } from "../form/secrets.ts";
import { getAt, sameJson, type Values } from "../form/values.ts";
import { migrated } from "./migrate.ts";

export interface BlockForm {
  readonly type: BlockType;
  readonly form: Form;
  readonly name: Signal<string>;
  /** Why the name cannot be; told once it was left or saving was tried. */
  readonly nameProblem: ReadonlySignal<string | null>;
  readonly version: number | null;
  /** Something was typed that is not saved. */
  readonly isDirty: ReadonlySignal<boolean>;
  /** Whether a secret is saved in the field with this key. */
  isSaved(key: string): boolean;
  touchName(): void;
  tellName(problem: string): void;
  draft(): BlockDraft;
  /** The draft to send; null when something is wrong, which is told then. */
  submit(options: { readonly withName: boolean }): Promise<BlockDraft | null>;
}

export interface BlockFormOptions {
  readonly type: BlockType;
  /** What it begins with: the saved document, or the one that it is a copy of. */
  readonly document: BlockDocument | null;
  readonly isCopy: boolean;
  readonly name: string;
  /** Names of its type that are taken. */
  readonly taken: () => readonly string[];
}

export function createBlockForm({ type, document, isCopy, name: first, taken }: BlockFormOptions): BlockForm {
  const start: Values = document === null ? {} : migrated(document);
  const isNew = document === null || isCopy;
  const form = createForm({ schema: type.schema.fields, initial: start });
  // What a form adds by itself (a box that is not ticked) nobody has typed.
  const base = form.values.peek();
  const name = signal(first);
  const isTouched = signal(false);
  const refused = signal<{ readonly name: string; readonly problem: string } | null>(null);
  const own = computed(() => {
    const typed = name.value;
    if (!isNew) return null;
    if (typed === "") return "A name is needed.";
    if (refused.value?.name === typed) return refused.value.problem;
    const problem = blockNameProblem(typed);
    if (problem !== undefined) return problem;
    return taken().includes(typed) ? `There is a block named "${typed}" of this type already.` : null;
  });

  function draft(): BlockDraft {
    const { data, secrets } = splitSecrets(form.fields.value ?? [], form.values.value);
    return { slug: type.slug, name: name.value, data, secrets, version: isNew ? null : (document?.version ?? null) };
  }

  return {
    type,
    form,
    name,
    version: isNew ? null : (document?.version ?? null),
    nameProblem: computed(() => (isTouched.value ? own.value : null)),
    isDirty: computed(() => !sameJson(form.values.value, base) || form.drafts.value.size > 0 || name.value !== first),
    isSaved: (key) =>
      getAt(
        start,
        key.split(/[.[\]]/).filter((part) => part !== ""),
      ) === hiddenSecret,
    touchName() {
      isTouched.value = true;
    },
    tellName(problem) {
      isTouched.value = true;
      refused.value = { name: name.value, problem };
    },
    draft,
    async submit({ withName }) {
      if (withName) isTouched.value = true;
      const values = await form.submit();
      if (values === null || (withName && own.value !== null)) return null;
      const { data, secrets } = splitSecrets(form.fields.value ?? [], values);
      return { ...draft(), data, secrets };
    },
  };
}
