import { MillraceError } from "../protocol/errors.ts";
import { defineBlock } from "./define.ts";
import { labelOf } from "./http-call.ts";
import { reachServer, serverOf } from "./network.ts";
import { secret } from "./secret-text.ts";
import type { TestSteps } from "./test-steps.ts";

/**
 * A repository from which a deployment takes its code.
 *
 * ```ts
 * const repository = await GitHubRepository.load("flows");
 * ```
 */
export class GitHubRepository extends defineBlock({
  slug: "github-repository",
  title: "GitHub Repository",
  description: "A repository on GitHub, or on any server that speaks Git over HTTPS, that code is taken from.",
  category: "Storage",
  logo: "github-repository",
  schema: (z) =>
    z.object({
      repositoryUrl: z.url({ protocol: /^https?$/ }).describe("Address over HTTPS, as https://github.com/owner/name."),
      reference: z.string().min(1).optional().describe("Branch or tag; the repository's own default when left out."),
      accessToken: secret(z).optional().describe("A token that may read the repository; public ones need none."),
      includeSubmodules: z.boolean().default(false),
    }),
}) {
  /** Branches and tags of the repository, as Git has them ("refs/heads/main"). @throws MillraceError "not-found", "unauthorized". */
  async references(): Promise<readonly string[]> {
    const { repositoryUrl, accessToken } = this.settings;
    const address = `${repositoryUrl.replace(/\/+$/, "").replace(/(\.git)?$/, ".git")}/info/refs?service=git-upload-pack`;
    // Git's own way to sign in with a token: any name will do.
    const basic = Buffer.from(`x-access-token:${accessToken?.get() ?? ""}`).toString("base64");
    const response = await fetch(address, {
      headers: {
        "user-agent": "git/millrace",
        ...(accessToken === undefined ? {} : { authorization: `Basic ${basic}` }),
      },
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    if (!response.ok) throw this.#refused(response.status);
    return [...text.matchAll(/[0-9a-f]{40,64} (refs\/(?:heads|tags)\/[^\s\0^]+)/g)].map(([, name = ""]) => name);
  }

  #refused(status: number): MillraceError {
    const { repositoryUrl, accessToken } = this.settings;
    const where = `${labelOf(this, "GitHubRepository")}: ${new URL(repositoryUrl).host} answered ${status}`;
    if (status === 401 || status === 403 || status === 404) {
      const why =
        accessToken === undefined
          ? "there is no such repository, or it is private: give an access token"
          : "the access token is not valid, has expired, or may not read this repository";
      return new MillraceError(status === 404 ? "not-found" : "unauthorized", `${where}: ${why}`);
    }
    return new MillraceError("task-failed", where);
  }

  override async test(steps: TestSteps): Promise<void> {
    const { repositoryUrl, reference } = this.settings;
    await reachServer(steps, serverOf(new URL(repositoryUrl)));
    let found: readonly string[] = [];
    await steps.step("repository", async () => {
      found = await this.references();
      return `${found.length} branches and tags`;
    });
    if (reference === undefined) return steps.skip("reference", "the repository's own default is taken");
    await steps.step("reference", () => {
      const name = found.find((each) => each === `refs/heads/${reference}` || each === `refs/tags/${reference}`);
      if (name === undefined) throw new Error(`there is no branch or tag "${reference}"`);
      return name;
    });
  }
}
