/** What the page of a block shows: what the host knows of blocks, the form, saving and testing. */
import { batch, computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { BlockDocument, BlockTest, BlockType } from "../../runtime/protocol/blocks.ts";
import type { BlockName, HostCalls, KnownBlocks, PageEvent, PageIdentity } from "../../runtime/protocol/pages.ts";
import { isObject } from "../form/schema.ts";
import { withoutForgotten } from "../form/secrets.ts";
import { type Host, HostProblem } from "../kit/host.ts";
import { type BlockForm, createBlockForm } from "./block-form.ts";

export type BlockIdentity = Extract<PageIdentity, { readonly page: "block" }>;
export type Users = HostCalls["blockUsers"]["answer"];

export type Testing =
  | { readonly state: "running"; readonly since: number }
  | { readonly state: "done"; readonly at: number; readonly test: BlockTest }
  /** It could not be tested at all. */
  | { readonly state: "refused"; readonly message: string };

export type Phase = "loading" | "unread" | "gallery" | "form" | "untyped" | "gone";

export interface BlockState {
  readonly identity: BlockIdentity;
  readonly blocks: ReadonlySignal<KnownBlocks | null>;
  readonly phase: ReadonlySignal<Phase>;
  readonly form: ReadonlySignal<BlockForm | null>;
  /** The saved document; of a new block none. */
  readonly document: ReadonlySignal<BlockDocument | null>;
  readonly isSaving: ReadonlySignal<boolean>;
  /** Why saving did not work, where no field says it. */
  readonly problem: ReadonlySignal<string | null>;
  /** It was changed elsewhere since this page read it. */
  readonly isBehind: ReadonlySignal<boolean>;
  readonly testing: ReadonlySignal<Testing | null>;
  /** The values were changed since they were tested. */
  readonly isTestOld: ReadonlySignal<boolean>;
  readonly users: ReadonlySignal<Users | null>;
  /** Typed secrets that went with a reload of the window. */
  readonly forgotten: ReadonlySignal<readonly string[]>;
  choose(slug: string | null): void;
  /** False when something is wrong with the values: it is told then. `force`: over what was changed elsewhere. */
  save(options?: { readonly force?: boolean }): Promise<boolean>;
  test(): Promise<boolean>;
  cancelTest(): void;
  /** Takes what is saved, in place of what was typed. */
  discard(): void;
  names(slug: string): readonly string[];
  typeOf(slug: string): BlockType | undefined;
}

export interface BlockStateOptions {
  readonly host: Host;
  readonly now?: () => number;
  readonly later?: (work: () => void, ms: number) => void;
}

/** From the last letter typed until the host keeps it. */
const keepAfter = 150;

export function createBlockState({ host, now = Date.now, later = setTimeout }: BlockStateOptions): BlockState {
  const { identity: given } = host;
  if (given.page !== "block") throw new Error(`This is the page of a block, not of ${given.page}.`);
  const identity: BlockIdentity = given;
  const known = host.known?.blocks ?? null;
  const blocks = signal<KnownBlocks | null>(known !== null && known.types.length > 0 ? known : null);
  const slug = signal<string | null>(identity.slug);
  const form = signal<BlockForm | null>(null);
  const isSaving = signal(false);
  const problem = signal<string | null>(null);
  const testing = signal<Testing | null>(null);
  const tested = signal<unknown>(null);
  const users = signal<Users | null>(null);
  const forgotten = signal<readonly string[]>([]);
  const conflict = signal(false);
  let keeping = false;
  let isKept = false;
  let wantsTest = false;
  let usersAsked = "";

  const isSaved = identity.name !== null;
  const document = computed(() => (isSaved ? (blocks.value?.document ?? null) : null));
  const typeOf = (wanted: string) => blocks.value?.types.find((type) => type.slug === wanted);
  const names = (wanted: string) =>
    (blocks.value?.names ?? []).filter((block) => block.slug === wanted).map((block) => block.name);

  const phase = computed((): Phase => {
    const all = blocks.value;
    if (all === null) return "loading";
    if (all.types.length === 0) return all.problem === null ? "loading" : "unread";
    if (slug.value === null) return "gallery";
    if (isSaved && all.document === null) return form.value === null ? "gone" : "form";
    const type = typeOf(slug.value);
    if (type === undefined || document.value?.type_known === false) return isSaved ? "untyped" : "gallery";
    return "form";
  });

  /** The form of what is there now; what was typed into an earlier one is lost with it. */
  function begin(): void {
    const type = slug.value === null ? undefined : typeOf(slug.value);
    const saved = document.value;
    if (type === undefined || (isSaved && saved === null)) return;
    const isCopy = !isSaved && identity.copy_of !== null && slug.value === identity.slug;
    batch(() => {
      form.value = createBlockForm({
        type,
        document: isSaved ? saved : isCopy ? (blocks.value?.document ?? null) : null,
        isCopy,
        name: identity.name ?? identity.suggested ?? "",
        taken: () => names(type.slug),
      });
      conflict.value = false;
      problem.value = null;
    });
  }

  function take(next: KnownBlocks): void {
    batch(() => {
      blocks.value = next;
      const current = form.value;
      if (current === null) begin();
      // What nobody has touched follows what is saved.
      else if (isSaved && next.document !== null && next.document.version !== current.version) {
        if (current.isDirty.value) conflict.value = true;
        else begin();
      }
    });
    readUsers();
    if (wantsTest && form.value !== null) {
      wantsTest = false;
      void state.test();
    }
  }

  function readUsers(): void {
    const saved = document.value;
    if (saved === null || identity.slug === null) return;
    const all = JSON.stringify(blocks.value?.names);
    if (usersAsked === all) return;
    usersAsked = all;
    const block: BlockName = { slug: identity.slug, name: saved.name };
    host.call("blockUsers", block).then(
      (found) => {
        users.value = found;
      },
      // It is told again when blocks change; until then nothing is claimed.
      () => {
        usersAsked = "";
      },
    );
  }

  function takeDraft(event: Extract<PageEvent, { readonly type: "draft" }>): void {
    const { draft } = event;
    batch(() => {
      if (slug.value !== draft.slug) {
        slug.value = draft.slug;
        form.value = null;
      }
      if (form.value === null || form.value.type.slug !== draft.slug) begin();
      const current = form.value;
      if (current === null) return;
      const data = withoutForgotten(draft.data, new Set(event.forgotten), current.form.values.value);
      current.form.fill(isObject(data) ? data : {});
      current.name.value = draft.name;
      forgotten.value = event.forgotten;
      conflict.value = draft.version !== null && draft.version !== current.version;
    });
    isKept = true;
  }

  host.onEvent((event) => {
    if (event.type === "blocks") take(event.blocks);
    else if (event.type === "draft") takeDraft(event);
    else if (event.type === "test") {
      if (form.value === null) wantsTest = true;
      else void state.test();
    }
  });

  /** What is typed is kept by the host: this script ends whenever the page is covered. */
  effect(() => {
    const current = form.value;
    if (current === null) return;
    const isDirty = current.isDirty.value;
    void current.form.values.value;
    void current.name.value;
    const title = current.name.value || (isSaved ? (identity.name ?? "") : `New ${current.type.name}`);
    host.setTitle(`${isDirty ? "● " : ""}${title}`);
    if (keeping || (!isDirty && !isKept)) return;
    keeping = true;
    later(() => {
      keeping = false;
      const shown = form.peek();
      if (shown === null || isSaving.peek()) return;
      isKept = shown.isDirty.peek();
      host.call("keepDraft", { draft: isKept ? shown.draft() : null }).catch(() => {});
    }, keepAfter);
  });

  const messageOf = (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown));
  const isCancelled = (thrown: unknown) => thrown instanceof HostProblem && thrown.code === "cancelled";

  /** What fields can say they say. */
  function tellRefusal(current: BlockForm, thrown: unknown): string | null {
    if (!(thrown instanceof HostProblem) || thrown.fields.length === 0) return messageOf(thrown);
    const ofName = thrown.fields.find(({ path }) => path === "name" && current.version === null);
    if (ofName !== undefined) current.tellName(ofName.message);
    current.form.tell(thrown.fields.filter((field) => field !== ofName));
    return null;
  }

  const state: BlockState = {
    identity,
    blocks,
    phase,
    form,
    document,
    isSaving,
    problem,
    isBehind: conflict,
    testing,
    isTestOld: computed(() => form.value !== null && tested.value !== form.value.form.values.value),
    users,
    forgotten,
    names,
    typeOf,
    choose(next) {
      batch(() => {
        slug.value = next;
        form.value = null;
        testing.value = null;
        problem.value = null;
        begin();
      });
      if (next === null) {
        host.setTitle("New Block");
        isKept = false;
        host.call("keepDraft", { draft: null }).catch(() => {});
      }
    },
    async save({ force = false } = {}) {
      const current = form.value;
      if (current === null || isSaving.value) return true;
      const draft = await current.submit({ withName: true });
      if (draft === null) return false;
      isSaving.value = true;
      problem.value = null;
      try {
        const saved = await host.call("saveBlock", { draft, force });
        isKept = false;
        batch(() => {
          forgotten.value = [];
          if (isSaved && blocks.value !== null) blocks.value = { ...blocks.value, document: saved };
          if (isSaved) begin();
        });
        return true;
      } catch (thrown) {
        const behind = thrown instanceof HostProblem && thrown.code === "conflict" && isSaved;
        if (behind) conflict.value = true;
        else if (!isCancelled(thrown)) problem.value = tellRefusal(current, thrown);
        return behind || problem.value !== null;
      } finally {
        isSaving.value = false;
      }
    },
    async test() {
      const current = form.value;
      if (current === null || testing.value?.state === "running") return true;
      const draft = await current.submit({ withName: false });
      if (draft === null) return false;
      tested.value = current.form.values.value;
      testing.value = { state: "running", since: now() };
      try {
        const test = await host.call("testBlock", { draft });
        testing.value = { state: "done", at: now(), test };
      } catch (thrown) {
        if (isCancelled(thrown)) testing.value = null;
        else {
          const message = tellRefusal(current, thrown);
          testing.value = message === null ? null : { state: "refused", message };
          return message !== null;
        }
      }
      return true;
    },
    cancelTest() {
      host.call("cancelTest", {}).catch(() => {});
    },
    discard() {
      forgotten.value = [];
      begin();
    },
  };
  if (blocks.value !== null) {
    begin();
    queueMicrotask(readUsers);
  }
  return state;
}
