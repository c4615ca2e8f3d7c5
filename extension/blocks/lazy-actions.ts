/** The actions of blocks, whose code is loaded with the first of them: no start of the editor waits for it. */
import type { BlockActions, Context } from "../context.ts";
import type { LastEditor } from "./follow-editors.ts";

export function createBlockActions(context: Omit<Context, "blockActions">, editors: LastEditor): BlockActions {
  let loaded: Promise<BlockActions> | undefined;
  const load = (): Promise<BlockActions> => {
    loaded ??= import("./actions.ts").then((actions) => actions.createBlockActions(context, editors));
    return loaded;
  };
  return {
    save: async (...given) => (await load()).save(...given),
    test: async (...given) => (await load()).test(...given),
    rename: async (...given) => (await load()).rename(...given),
    duplicate: async (...given) => (await load()).duplicate(...given),
    remove: async (...given) => (await load()).remove(...given),
    users: async (...given) => (await load()).users(...given),
    copySnippet: async (...given) => (await load()).copySnippet(...given),
    insertSnippet: async (...given) => (await load()).insertSnippet(...given),
    register: async (...given) => (await load()).register(...given),
  };
}
