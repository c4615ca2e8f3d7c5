import type { VNode } from "preact";
import type { BlockType } from "../../runtime/protocol/blocks.ts";
import { Icon } from "../kit/icon.tsx";
import { categoryIcon } from "./categories.ts";

/** A type's own picture. As an image nothing in it runs, whoever drew it. */
export function Logo({ type, size = 24 }: { readonly type: BlockType | undefined; readonly size?: number }): VNode {
  if (type === undefined || type.logo === null) {
    return <Icon class="block-logo" name={type === undefined ? "question" : categoryIcon(type.category)} />;
  }
  const address = `data:image/svg+xml;utf8,${encodeURIComponent(type.logo)}`;
  return <img class="block-logo" src={address} alt="" width={size} height={size} />;
}
