import "./parts.css";
import type { VNode } from "preact";
import { keyNames } from "./key-names.ts";

/** "Ctrl+Enter" as keys, in the words of this computer's keyboard. */
export function KeyHint({ keys }: { readonly keys: string }): VNode {
  const names = keyNames(keys, /Mac/.test(navigator.platform));
  return (
    <span class="key-hint">
      {names.map((name) => (
        <kbd key={name}>{name}</kbd>
      ))}
    </span>
  );
}
