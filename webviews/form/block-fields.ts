/** What a form knows more of when it is that of a block: its saved secrets, and other blocks to refer to. */
import { createContext, type VNode } from "preact";
import { useContext } from "preact/hooks";

export interface BlockFields {
  /** Whether a secret is saved in the field with this key. */
  isSaved(key: string): boolean;
  /** Names of the blocks of a type. */
  names(slug: string): readonly string[];
  typeName(slug: string): string;
  open(slug: string, name: string): void;
  /** The form of a new block of this type; `done` gets its name, or null when nothing was created. */
  create(slug: string, done: (name: string | null) => void): VNode | null;
}

const Context = createContext<BlockFields | null>(null);

export const BlockFieldsProvider = Context.Provider;

/** Null in other forms: there a secret is a text that is not shown. */
export function useBlockFields(): BlockFields | null {
  return useContext(Context);
}
