import type { VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { formatPlural } from "../../kit/format.ts";
import { Icon } from "../../kit/icon.tsx";
import type { LogFind } from "./find.ts";

export interface FindBoxProps {
  readonly find: LogFind;
  /** Back to the lines. */
  readonly onClose: () => void;
}

/** Looks and works as the editor's own: Enter goes on, Shift+Enter back, Escape closes. */
export function FindBox({ find, onClose }: FindBoxProps): VNode {
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  const { value: matches } = find.matches;
  const { value: problem } = find.problem;
  const nothing = matches === 0;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") onClose();
    else if (event.key === "Enter" && !event.isComposing) {
      if (event.shiftKey) find.previous();
      else find.next();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const status = problem ?? (matches === null ? "" : nothing ? "No results" : formatPlural(matches, "line"));
  return (
    <search class="log-find" onKeyDown={onKeyDown}>
      <input
        ref={input}
        type="text"
        class={nothing || problem !== null ? "log-find-nothing" : ""}
        value={find.text.value}
        placeholder="Find"
        aria-label="Find in the log"
        spellcheck={false}
        onInput={(event) => find.type(event.currentTarget.value)}
      />
      <span
        class={nothing || problem !== null ? "log-find-status nothing" : "log-find-status"}
        role="status"
        title={status}
      >
        {status}
      </span>
      <FindButton icon="arrow-up" title="Previous Match (Shift+Enter)" disabled={!matches} onClick={find.previous} />
      <FindButton icon="arrow-down" title="Next Match (Enter)" disabled={!matches} onClick={find.next} />
      <FindButton icon="close" title="Close (Escape)" onClick={onClose} />
    </search>
  );
}

function FindButton(props: {
  readonly icon: string;
  readonly title: string;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}): VNode {
  return (
    <button
      type="button"
      class="log-find-button"
      title={props.title}
      aria-label={props.title}
      disabled={props.disabled === true}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
    </button>
  );
}
