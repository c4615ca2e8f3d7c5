/** A home for tests of blocks, and a search of everything in it. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";

/** A module of a user's with two block classes. */
export const crmModule = `import { writeFileSync } from "node:fs";
import { blockReference, defineBlock, secret } from "millrace/blocks";
export class Login extends defineBlock({
  slug: "login", title: "Login", description: "Who we are.", category: "Credentials",
  schema: (z) => z.object({ user: z.string(), password: secret(z), tokens: z.array(z.object({ host: z.string(), token: secret(z) })).optional() }),
}) {
  async test(steps) {
    await steps.step("length", () => this.settings.password.get().length + " letters");
    await steps.step("leak", () => { if (this.settings.user === "leaky") throw new Error("refused " + this.settings.password.get()); });
    if (this.settings.user === "slow") writeFileSync("test.pid", String(process.pid));
    if (this.settings.user === "slow") await steps.step("wait", () => new Promise((resolve) => setTimeout(resolve, 600_000)));
  }
}
export class Crm extends defineBlock({
  slug: "crm", title: "CRM", description: "Our customers.", category: "Databases",
  schema: (z) => z.object({ baseUrl: z.url(), pageSize: z.int().min(1).default(10), login: blockReference(z, Login).optional() })
    .refine((value) => value.baseUrl !== "https://forbidden.example", { error: "is forbidden", path: ["baseUrl"] }),
}) {}
`;

/** Files below the folder that hold one of the texts, also packed. */
export function filesWith(folder: string, texts: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => path.join(folder, String(name)))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)
    .flatMap((file) => {
      const bytes = readFileSync(file);
      const content = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
      return texts.filter((text) => content.includes(text)).map((text) => `${path.relative(folder, file)}: ${text}`);
    });
}
