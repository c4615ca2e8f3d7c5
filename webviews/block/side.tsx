/** Beside the form: how code loads the block, and what uses it. */
import type { VNode } from "preact";
import { importLine, loadLine } from "../../runtime/protocol/block-snippet.ts";
import type { BlockType } from "../../runtime/protocol/blocks.ts";
import { CopyButton } from "../kit/copy-button.tsx";
import { relativePath } from "../kit/format.ts";
import { usePage } from "../kit/host-context.tsx";
import { Link } from "../kit/link.tsx";
import { Button } from "../kit/toolkit.ts";
import type { BlockState, Users } from "./block-state.ts";

/** Long lines scroll, with the keys too. */
const reachable = { tabIndex: 0, role: "region", "aria-label": "Code that loads the block" } as const;

export function Side({
  state,
  type,
  name,
}: {
  readonly state: BlockState;
  readonly type: BlockType;
  readonly name: string;
}): VNode {
  return (
    <aside class="block-side">
      <Snippet type={type} name={name} isSaved={state.document.value !== null} />
      {state.document.value === null ? null : <UsedBy users={state.users.value} />}
    </aside>
  );
}

function Snippet(props: { readonly type: BlockType; readonly name: string; readonly isSaved: boolean }): VNode {
  const { type, name, isSaved } = props;
  const { host, surroundings, attempt } = usePage();
  const { module, slug } = type;
  const isFile = /^(?:\/|[A-Za-z]:[\\/])/.test(module);
  const specifier = isFile ? `./${relativePath(module, surroundings.value.folders).replaceAll("\\", "/")}` : module;
  const lines = `${importLine(type, specifier)}\n\n${loadLine(type, name === "" ? "NAME" : name)}`;
  return (
    <section aria-label="Code that loads it">
      <div class="block-side-head">
        <h2>Use in code</h2>
        {isSaved ? (
          <span class="toolbar">
            <CopyButton text={() => lines} what="the code that loads it" />
            <Button
              kind="icon"
              icon="insert"
              title="Insert at the cursor of the code"
              onClick={() => attempt(host.call("insertBlockSnippet", { slug, name }))}
            />
          </span>
        ) : null}
      </div>
      <pre class="block-snippet" {...reachable}>
        {lines}
      </pre>
    </section>
  );
}

function UsedBy({ users }: { readonly users: Users | null }): VNode {
  const { host, surroundings } = usePage();
  const count = users === null ? 0 : users.blocks.length + users.places.length + users.others.length;
  return (
    <section aria-label="Used by">
      <h2>Used by</h2>
      {users === null ? (
        <p class="muted">Looking…</p>
      ) : count === 0 ? (
        <p class="muted">Nothing in this workspace loads it, and nothing else names it.</p>
      ) : (
        <ul class="block-users">
          {users.blocks.map((block) => (
            <li key={`${block.slug}/${block.name}`}>
              <Link onClick={() => void host.call("openBlock", block)}>{block.name}</Link>
              <span class="muted">{block.slug}</span>
            </li>
          ))}
          {users.others.map(({ title, field, deployment_id: id }) => (
            <li key={`${title} ${field}`}>
              {id === undefined ? (
                title
              ) : (
                <Link onClick={() => void host.call("openDeployment", { deployment_id: id })}>{title}</Link>
              )}
              <span class="muted">{field}</span>
            </li>
          ))}
          {users.places.map(({ file, line, column, within }) => (
            <li key={`${file}:${line}:${column}`}>
              <Link onClick={() => void host.call("openSource", { file, line, column })} title={`${file}:${line}`}>
                {relativePath(file, surroundings.value.folders)}:{line}
              </Link>
              {within === null ? null : <span class="muted">{within}</span>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
