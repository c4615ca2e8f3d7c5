import type { SqlDatabase } from "./database.ts";
import { numberOf } from "./values.ts";

/** Texts that many rows share, by small numbers. Entries are never removed: they are few by their nature. */
export interface Dictionary {
  keyOf(text: string): number;
  textOf(key: number): string;
  /** After a transaction was rolled back. */
  forget(): void;
}

export function createDictionary(database: SqlDatabase): Dictionary {
  const find = database.prepare("SELECT key FROM dictionary WHERE value = ?");
  const read = database.prepare("SELECT value FROM dictionary WHERE key = ?");
  const add = database.prepare("INSERT INTO dictionary (value) VALUES (?) RETURNING key");
  const keys = new Map<string, number>();
  const texts = new Map<number, string>();
  const remember = (text: string, key: number): void => {
    if (keys.size >= 50_000) forget();
    keys.set(text, key);
    texts.set(key, text);
  };
  const forget = (): void => {
    keys.clear();
    texts.clear();
  };
  return {
    keyOf(text) {
      const known = keys.get(text);
      if (known !== undefined) return known;
      const key = numberOf((find.first([text]) ?? add.first([text]))?.[0]);
      remember(text, key);
      return key;
    },
    textOf(key) {
      const known = texts.get(key);
      if (known !== undefined) return known;
      const text = String(read.first([key])?.[0] ?? "");
      remember(text, key);
      return text;
    },
    forget,
  };
}
