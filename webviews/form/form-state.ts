/** The state of one form: what was given, what is wrong with it, and what of that is told yet. */
import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { FieldProblem } from "../../runtime/protocol/errors.ts";
import { type Field, fieldsOf } from "./fields.ts";
import { mergeProblems, ownProblems, type PlacedProblems, placedFields, placeProblems } from "./problems.ts";
import { isObject, type JsonSchema } from "./schema.ts";
import type { ChosenVariants } from "./unions.ts";
import {
  changeAt,
  defaultAt,
  givenValues,
  initialOf,
  type Path,
  pathText,
  shownValues,
  type Values,
} from "./values.ts";

export interface FormOptions {
  readonly schema: JsonSchema | null;
  /** Asks the flow itself what is wrong; rejects when it cannot be asked, which stops nobody. */
  readonly check?: (values: Values) => Promise<readonly FieldProblem[]>;
  readonly initial?: Values;
  /** Calls back once; gives the function that takes it back. */
  readonly later?: (work: () => void, ms: number) => () => void;
}

export interface JsonView {
  readonly text: string;
  /** Why the text is no object; null when it is one. */
  readonly problem: string | null;
}

export interface Form {
  /** Null: there is nothing to draw fields from, JSON is all there is. */
  readonly fields: ReadonlySignal<readonly Field[] | null>;
  readonly values: ReadonlySignal<Values>;
  /** Null while fields are shown. */
  readonly json: ReadonlySignal<JsonView | null>;
  readonly jsonOnly: ReadonlySignal<boolean>;
  readonly problems: ReadonlySignal<PlacedProblems>;
  /** What fields hold that is no value: key → why. */
  readonly drafts: ReadonlySignal<ReadonlyMap<string, string>>;
  /** The flow is being asked. */
  readonly isChecking: ReadonlySignal<boolean>;
  /** Fields and problems anew; what was given stays. */
  setSchema(schema: JsonSchema | null): void;
  set(path: Path, value: unknown): void;
  /** Which variants of unions were chosen, where the value does not tell. */
  readonly chosen: ReadonlySignal<ChosenVariants>;
  /** Another kind of value, and what it begins with. */
  choose(path: Path, variant: number | undefined, value: unknown): void;
  reset(path: Path, field: Field): void;
  /** What a field cannot turn into a value (half a number, broken JSON); null when it can again. */
  setDraft(key: string, problem: string | null): void;
  /** From now on what is wrong with the field is told; a change does that too, after a pause. */
  touch(key: string): void;
  /** What somebody else has found wrong with these values; told until they change. */
  tell(problems: readonly FieldProblem[]): void;
  /** Other values in place of all there are. */
  fill(values: Values): void;
  showJson(isShown: boolean): void;
  setJson(text: string): void;
  /** The values to send, or null when something is wrong: then all of it is told, and `firstBad` names its field. */
  submit(): Promise<Values | null>;
  readonly firstBad: ReadonlySignal<string | null>;
}

/** From the last letter typed until the flow is asked. */
const quietTime = 150;
/** A run does not wait longer for an answer: it checks its parameters itself. */
const patience = 1500;
/** A default longer than this is too much for fields. */
const longestDefault = 64 * 1024;

const timer = (work: () => void, ms: number) => {
  const id = setTimeout(work, ms);
  return () => clearTimeout(id);
};

export function createForm({ schema, check, initial = {}, later = timer }: FormOptions): Form {
  const fields = signal<readonly Field[] | null>(fieldsFor(schema));
  const values = signal<Values>({ ...initialOf(fields.value ?? []), ...initial });
  const jsonText = signal<JsonView | null>(null);
  const drafts = signal<ReadonlyMap<string, string>>(new Map());
  const chosen = signal<ChosenVariants>(new Map());
  const touched = signal<ReadonlySet<string>>(new Set());
  const isSubmitted = signal(false);
  const isChecking = signal(false);
  const told = signal<{ readonly values: Values; readonly problems: readonly FieldProblem[] } | null>(null);
  let cancelTimer: (() => void) | undefined;
  let asked = 0;
  /** Keys that were changed since the flow was asked last. */
  let changed: readonly string[] = [];

  const jsonOnly = computed(() => fields.value === null || isHeavy(fields.value));
  const given = () => givenValues(fields.value ?? [], values.value);
  const own = computed(() => {
    const half = [...drafts.value].map(([path, message]) => ({ path, message }));
    return [...half, ...ownProblems(fields.value ?? [], values.value, chosen.value)];
  });
  const all = computed(() => mergeProblems(own.value, told.value?.problems ?? []));
  const placed = computed(() => placedFields(fields.value ?? [], values.value, chosen.value));
  const problems = computed((): PlacedProblems => {
    const isTold = isSubmitted.value || jsonText.value !== null;
    const { byField, others } = placeProblems(
      placed.value.map(({ key }) => key),
      all.value,
    );
    if (isTold) return { byField, others };
    return {
      byField: new Map([...byField].filter(([key]) => touched.value.has(key))),
      others: touched.value.size > 0 ? others : [],
    };
  });
  const firstBad = computed(() => placed.value.find(({ key }) => problems.value.byField.has(key))?.key ?? null);

  async function ask(): Promise<void> {
    if (check === undefined) return;
    const number = ++asked;
    const now = values.value;
    isChecking.value = true;
    const found = await check(given()).catch(() => null);
    if (number !== asked) return;
    batch(() => {
      isChecking.value = false;
      told.value = found === null ? null : { values: now, problems: found };
    });
  }

  function change(next: Values): void {
    values.value = next;
    // Where nobody is asked, what was told is of the values before.
    if (check === undefined) told.value = null;
    cancelTimer?.();
    cancelTimer = later(() => {
      // Half a word is not wrong yet; what stands there after a pause may be.
      if (changed.length > 0) touched.value = new Set([...touched.value, ...changed]);
      changed = [];
      void ask();
    }, quietTime);
  }

  function replace(next: Values): void {
    batch(() => {
      drafts.value = new Map();
      chosen.value = new Map();
      touched.value = new Set();
      changed = [];
      isSubmitted.value = false;
      told.value = null;
      change({ ...initialOf(fields.value ?? []), ...next });
      if (jsonText.value !== null) jsonText.value = { text: pretty(), problem: null };
    });
  }

  const pretty = () => JSON.stringify(shownValues(fields.value ?? [], values.value), null, 2);

  const form: Form = {
    fields,
    values,
    json: computed(() =>
      jsonText.value === null && jsonOnly.value ? { text: pretty(), problem: null } : jsonText.value,
    ),
    jsonOnly,
    problems,
    drafts,
    chosen,
    isChecking,
    firstBad,
    setSchema(next) {
      batch(() => {
        fields.value = fieldsFor(next);
        values.value = { ...initialOf(fields.value ?? []), ...values.value };
        told.value = null;
      });
      if (touched.value.size > 0) change(values.value);
    },
    set(path, value) {
      changed = [...changed, pathText(path)];
      change(changeAt(fields.value ?? [], values.value, path, value));
    },
    choose(path, variant, value) {
      const key = pathText(path);
      batch(() => {
        const next = new Map([...chosen.value].filter(([other]) => !isWithin(other, key)));
        if (variant !== undefined) next.set(key, variant);
        chosen.value = next;
        // What was half typed in the fields of the other kind went with them.
        const left = [...drafts.value].filter(([other]) => !isWithin(other, key));
        if (left.length < drafts.value.size) drafts.value = new Map(left);
        change(changeAt(fields.value ?? [], values.value, path, value));
      });
    },
    reset(path, field) {
      const known = fields.value ?? [];
      batch(() => {
        form.setDraft(pathText(path), null);
        const initialValue = path.length === 1 ? initialOf([field])[field.name] : undefined;
        change(changeAt(known, values.value, path, initialValue ?? resetValue(known, path, field)));
      });
    },
    setDraft(key, problem) {
      if ((drafts.value.get(key) ?? null) === problem) return;
      const next = new Map(drafts.value);
      if (problem === null) next.delete(key);
      else next.set(key, problem);
      drafts.value = next;
    },
    touch(key) {
      if (!touched.value.has(key)) touched.value = new Set([...touched.value, key]);
    },
    tell(found) {
      batch(() => {
        isSubmitted.value = true;
        told.value = { values: values.value, problems: found };
      });
    },
    fill: replace,
    showJson(isShown) {
      if (isShown) jsonText.value = { text: pretty(), problem: null };
      // A text that is no object would be lost without a word.
      else if (jsonText.value?.problem == null) jsonText.value = null;
    },
    setJson(text) {
      const read = readObject(text);
      batch(() => {
        jsonText.value = { text, problem: typeof read === "string" ? read : null };
        if (typeof read === "string") return;
        drafts.value = new Map();
        change(read);
      });
    },
    async submit() {
      isSubmitted.value = true;
      cancelTimer?.();
      if (jsonText.value?.problem != null) return null;
      const sent = given();
      // What was told of other values is asked again: somebody may have put it right and run at once.
      const isUnasked = told.value === null ? Object.keys(sent).length > 0 : told.value.values !== values.value;
      if (own.value.length === 0 && isUnasked) {
        await Promise.race([ask(), new Promise<void>((done) => later(done, patience))]);
        if (told.value !== null && told.value.values !== values.value) told.value = null;
      }
      return all.value.length === 0 ? sent : null;
    },
  };
  return form;
}

const isWithin = (key: string, around: string): boolean =>
  key === around || key.startsWith(`${around}.`) || key.startsWith(`${around}[`);

/** In an object that has a default as a whole, a field goes back to what that says; else its key goes. */
function resetValue(fields: readonly Field[], path: Path, field: Field): unknown {
  return path.length === 1 ? undefined : defaultAt(fields, path, field);
}

function fieldsFor(schema: JsonSchema | null): readonly Field[] | null {
  return schema === null ? null : fieldsOf(schema);
}

function isHeavy(fields: readonly Field[]): boolean {
  return fields.some(({ fallback }) => (JSON.stringify(fallback)?.length ?? 0) > longestDefault);
}

/** An object, or why the text is none. */
function readObject(text: string): Values | string {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : "Parameters are an object: write { … }.";
  } catch (thrown) {
    return thrown instanceof Error ? `This is no JSON yet: ${thrown.message}` : "This is no JSON yet.";
  }
}
