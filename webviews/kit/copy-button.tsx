import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { usePage } from "./host-context.tsx";
import { Button } from "./toolkit.ts";

export interface CopyButtonProps {
  /** Asked when it is pressed. */
  readonly text: () => string;
  /** "run id", "error": the tooltip says "Copy run id". */
  readonly what: string;
}

export function CopyButton({ text, what }: CopyButtonProps): VNode {
  const { host, announce } = usePage();
  const done = useSignal(false);
  const copy = async () => {
    await host.call("copy", { text: text(), what });
    done.value = true;
    announce(`Copied ${what}`);
    setTimeout(() => {
      done.value = false;
    }, 1500);
  };
  return (
    <Button
      kind="icon"
      icon={done.value ? "check" : "copy"}
      title={done.value ? `Copied ${what}` : `Copy ${what}`}
      onClick={() => void copy()}
    />
  );
}
