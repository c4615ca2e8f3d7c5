/** What the home has published for runs without a server: read when first asked for, again when the file changed. */
import { readFileSync, statSync } from "node:fs";
import { homePaths } from "../../protocol/home.ts";
import { emptyPublished, type Published } from "../../protocol/published.ts";

/** Milliseconds for which an answer is good: tasks ask often, the file changes rarely. */
const freshFor = 500;

export interface PublishedFile {
  read(): Published;
  /** The next `read` looks at the file again. */
  forget(): void;
}

export function publishedFile(home: string, monotonic: () => number): PublishedFile {
  const file = homePaths.published(home);
  let known: Published = emptyPublished;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let version = "";
  return {
    read() {
      if (monotonic() - lookedAt < freshFor) return known;
      lookedAt = monotonic();
      const found = statSync(file, { throwIfNoEntry: false });
      const current = found === undefined ? "" : `${found.ino} ${found.mtimeMs} ${found.size}`;
      if (current !== version) {
        known = found === undefined ? emptyPublished : parse(file);
        version = current;
      }
      return known;
    },
    forget() {
      lookedAt = Number.NEGATIVE_INFINITY;
    },
  };
}

function parse(file: string): Published {
  const content: Partial<Published> = JSON.parse(readFileSync(file, "utf8"));
  return { ...emptyPublished, ...content };
}
