import { recordArtifact, recordProgress } from "../engine/artifacts.ts";

export interface ArtifactOptions {
  /** Shown beside the artifact; Markdown. */
  readonly description?: string;
}

/**
 * Something a run leaves for people to look at. Artifacts with one key are the versions of one thing; a key has
 * lower-case letters, digits and dashes. They are kept with the run, and written again when a resume runs the code
 * again. Outside a run they do nothing.
 *
 * @throws TypeError for a key or a percentage that is none.
 */
export const artifact = {
  /**
   * A text in Markdown.
   * @example
   * await artifact.markdown("summary", `# ${month}\n${rows} rows`);
   */
  markdown(key: string, markdown: string, options: ArtifactOptions = {}): Promise<void> {
    return recordArtifact("markdown", key, markdown, options.description);
  },

  /**
   * A table: a list of rows as objects, or a list of rows as lists with the headings first.
   * @example
   * await artifact.table("row-counts", [{ month: 1, rows: 1_369_769 }]);
   */
  table(
    key: string,
    rows: readonly Readonly<Record<string, unknown>>[] | readonly (readonly unknown[])[],
    options: ArtifactOptions = {},
  ): Promise<void> {
    return recordArtifact("table", key, rows, options.description);
  },

  /**
   * A link.
   * @example
   * await artifact.link("report", "https://example.com/report", { text: "The report" });
   */
  link(key: string, url: string | URL, options: ArtifactOptions & { readonly text?: string } = {}): Promise<void> {
    return recordArtifact("link", key, { url: String(url), text: options.text ?? String(url) }, options.description);
  },

  /**
   * An image by its address (https: or data:).
   * @example
   * await artifact.image("chart", "https://example.com/chart.png");
   */
  image(key: string, url: string | URL, options: ArtifactOptions = {}): Promise<void> {
    return recordArtifact("image", key, { url: String(url) }, options.description);
  },

  /**
   * How far something is, in percent (0 to 100). Each report replaces the one before; at most ten a second are
   * written, and always the last one.
   * @example
   * for (const [index, file] of files.entries()) {
   *   await load(file);
   *   artifact.progress("files", (100 * (index + 1)) / files.length);
   * }
   */
  progress(key: string, percent: number, options: ArtifactOptions = {}): void {
    recordProgress(key, percent, options.description);
  },
};
