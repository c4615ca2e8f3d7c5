/** What the view says when there is no flow to show. */
import type { VNode } from "preact";
import { usePage } from "../kit/host-context.tsx";
import { Link } from "../kit/link.tsx";
import { Button } from "../kit/toolkit.ts";

export function NoFlow({ workspaceFlows }: { readonly workspaceFlows: number }): VNode {
  const { host, surroundings } = usePage();
  const command = (name: "newFlow" | "example" | "openFolder") => () => void host.call("command", { command: name });
  const title = <h1 class="visually-hidden">Flow</h1>;
  if (surroundings.value.folders.length === 0) {
    return (
      <div class="panel-empty">
        {title}
        <p>Open a folder to write flows in, or try the example.</p>
        <Button kind="primary" onClick={command("openFolder")}>
          Open Folder
        </Button>
        <Link onClick={command("example")}>Try the taxi example</Link>
      </div>
    );
  }
  if (workspaceFlows > 0) {
    return (
      <div class="panel-empty">
        {title}
        <p>No flow in this editor. Open a file that has one, from the Flows view below, or write a new one.</p>
        <Link onClick={command("newFlow")}>New Flow</Link>
      </div>
    );
  }
  return (
    <div class="panel-empty">
      {title}
      <p>There are no flows in this folder yet. A flow is a function whose steps are recorded, retried and resumed.</p>
      <Button kind="primary" onClick={command("newFlow")}>
        New Flow
      </Button>
      <Link onClick={command("example")}>Try the taxi example</Link>
    </div>
  );
}
