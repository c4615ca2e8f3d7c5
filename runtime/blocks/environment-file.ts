import path from "node:path";
import { MillraceError } from "../protocol/errors.ts";
import { didYouMean } from "../protocol/near-names.ts";
import { readEnvironmentFile } from "../system/environment-file.ts";
import { defineBlock } from "./define.ts";
import type { TestSteps } from "./test-steps.ts";

/**
 * A file with variables (`.env`). What looks like a secret in it is taken out of logs as soon as it is read.
 *
 * ```ts
 * const file = await EnvironmentFile.load("staging");
 * const { API_URL } = file.variables();
 * ```
 */
export class EnvironmentFile extends defineBlock({
  slug: "environment-file",
  title: "Environment File",
  description: "A file with variables, one NAME=VALUE a line (.env). It is read when the block is used.",
  category: "General",
  logo: "environment-file",
  schema: (z) =>
    z.object({
      path: z
        .string()
        .min(1)
        .default(".env")
        .describe("Path of the file. A relative one is taken from the working directory of the run."),
    }),
}) {
  /** The file's variables, read afresh. The process's own are not touched. @throws MillraceError "bad-file" */
  variables(): Readonly<Record<string, string>> {
    const name = this.blockName === undefined ? "" : ` "${this.blockName}"`;
    return readEnvironmentFile(path.resolve(this.settings.path), `It is named by the EnvironmentFile block${name}.`);
  }

  /** One variable. @throws MillraceError "not-found" with near names. */
  get(name: string): string {
    const variables = this.variables();
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value !== undefined) return value;
    const hint = didYouMean(name, Object.keys(variables));
    throw new MillraceError("not-found", `${path.resolve(this.settings.path)} has no variable ${name}.${hint}`);
  }

  /** Sets the variables in this process, except those that are set already. */
  apply(): void {
    for (const [name, value] of Object.entries(this.variables())) process.env[name] ??= value;
  }

  override async test(steps: TestSteps): Promise<void> {
    await steps.step("file", () => path.resolve(this.settings.path));
    await steps.step("variables", () => Object.keys(this.variables()).join(", ") || "none");
  }
}
