/** The page of one block: what it is, its fields, and what can be done with it. */
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { BlockFieldsProvider } from "../form/block-fields.ts";
import { FormView, focusFirstBad } from "../form/form-view.tsx";
import { usePage } from "../kit/host-context.tsx";
import { KeyHint } from "../kit/key-hint.tsx";
import { Link } from "../kit/link.tsx";
import { Menu, type MenuItem } from "../kit/menu.tsx";
import { Button } from "../kit/toolkit.ts";
import type { BlockForm } from "./block-form.ts";
import { BlockNotices } from "./block-notices.tsx";
import type { BlockState } from "./block-state.ts";
import { Logo } from "./logo.tsx";
import { NameField } from "./name-field.tsx";
import { blockFieldsOf } from "./reference-fields.tsx";
import { Side } from "./side.tsx";
import { TestPanel } from "./test-panel.tsx";

/** Begins the ids of the fields. */
const prefix = "block";

export function BlockView({ state, block }: { readonly state: BlockState; readonly block: BlockForm }): VNode {
  const { host, surroundings, announce } = usePage();
  const { type, form } = block;
  const { trusted, service } = surroundings.value;
  const isNew = state.identity.name === null;
  const readOnly = service !== "connected" || (!trusted && !type.is_protected);
  const saved = state.document.value;
  const canSave = !readOnly && !state.isSaving.value && (isNew || block.isDirty.value || saved?.drift != null);
  const isTesting = state.testing.value?.state === "running";

  const focusBad = () => {
    if (block.nameProblem.value !== null) document.getElementById(`${prefix}-name`)?.focus();
    else focusFirstBad(form, prefix);
  };
  const save = async () => {
    if (!canSave) return;
    if (!(await state.save())) focusBad();
    else if (state.problem.value === null && !state.isBehind.value) announce("Saved");
  };
  const test = async () => {
    if (readOnly || !trusted || isTesting || !type.testable) return;
    if (!(await state.test())) focusBad();
  };
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey)
        return;
      event.preventDefault();
      void save();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  });

  return (
    <div class="block-page">
      <Header state={state} block={block} />
      <BlockNotices state={state} />
      <div class="block-columns">
        <div class="block-main">
          {isNew ? <NameField block={block} id={`${prefix}-name`} /> : null}
          <BlockFieldsProvider value={blockFieldsOf(state, block, host)}>
            <FormView
              form={form}
              id={prefix}
              what="fields"
              readOnly={readOnly}
              onRun={() => void test()}
              empty={<p class="muted">This type has no fields.</p>}
            />
          </BlockFieldsProvider>
          <div class="block-actions">
            <Button kind="primary" disabled={!canSave} onClick={() => void save()}>
              {state.isSaving.value ? "Saving…" : "Save"}
            </Button>
            <KeyHint keys="Mod+S" />
            {type.testable ? (
              <Button
                icon="beaker"
                disabled={readOnly || !trusted || isTesting}
                title={trusted ? "Tests these values, saved or not" : "Testing needs a trusted folder"}
                onClick={() => void test()}
              >
                Test Connection
              </Button>
            ) : null}
          </div>
          <TestPanel state={state} />
        </div>
        <Side state={state} type={type} name={block.name.value} />
      </div>
    </div>
  );
}

function Header({ state, block }: { readonly state: BlockState; readonly block: BlockForm }): VNode {
  const { host, surroundings, attempt } = usePage();
  const { type, name, isDirty } = block;
  const isNew = state.identity.name === null;
  const isOffline = surroundings.value.service !== "connected";
  const which = { slug: type.slug, name: state.identity.name ?? "" };
  const items: readonly MenuItem[] = [
    { title: "Rename…", run: () => attempt(host.call("renameBlock", which)), disabled: isOffline },
    { title: "Duplicate", run: () => attempt(host.call("duplicateBlock", which)), disabled: isOffline },
    { title: "Delete…", run: () => attempt(host.call("deleteBlock", which)), disabled: isOffline, begins: true },
  ];
  return (
    <header class="block-header">
      <Logo type={type} size={28} />
      <div class="block-title">
        <h1 class="ellipsis">{isNew ? `New ${type.name}` : name.value}</h1>
        <p class="muted">
          {isNew ? type.description : type.name}
          {!isNew && isDirty.value ? " · not saved" : ""}
        </p>
      </div>
      {isNew ? (
        state.identity.slug === null ? (
          <Link onClick={() => state.choose(null)}>Other type…</Link>
        ) : null
      ) : (
        <Menu title="More Actions" items={items} />
      )}
    </header>
  );
}
