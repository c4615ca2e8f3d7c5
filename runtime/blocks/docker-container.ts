import { defineBlock } from "./define.ts";
import type { TestSteps } from "./test-steps.ts";

/**
 * How a run's container is made: infrastructure of a deployment.
 *
 * ```ts
 * const container = await DockerContainer.load("zoom");
 * ```
 */
export class DockerContainer extends defineBlock({
  slug: "docker-container",
  title: "Docker Container",
  description: "Runs of a deployment happen in a container that is made like this.",
  category: "Infrastructure",
  logo: "docker-container",
  schema: (z) =>
    z.object({
      image: z.string().min(1).describe('The image, as "node:22-slim" or "ghcr.io/me/flows:1.2".'),
      imagePullPolicy: z
        .enum(["ifNotPresent", "always", "never"])
        .default("ifNotPresent")
        .describe("When the image is fetched from its registry."),
      command: z.array(z.string()).optional().describe("In the place of the image's own command."),
      env: z.record(z.string(), z.string()).default({}).describe("Variables of the container."),
      volumes: z
        .array(z.string().regex(/^[^:]+(:|\\).+$/))
        .default([])
        .describe('Folders, as "/data:/data:ro".'),
      networks: z.array(z.string().min(1)).default([]).describe("Networks that the container joins."),
      memoryLimit: z
        .string()
        .regex(/^\d+[bkmg]?$/i)
        .optional()
        .describe('As Docker takes it: "512m", "2g".'),
      autoRemove: z.boolean().default(true).describe("Remove the container when its run has ended."),
      privileged: z.boolean().default(false),
    }),
}) {
  override async test(steps: TestSteps): Promise<void> {
    await steps.step(
      "docker",
      async () => `server ${await docker(["version", "--format", "{{.Server.Version}}"], steps.signal)}`,
    );
    const { image, imagePullPolicy } = this.settings;
    await steps.step("image", async () => {
      try {
        return `${image} is here: ${await docker(["image", "inspect", "--format", "{{.Id}}", image], steps.signal)}`;
      } catch (thrown) {
        if (imagePullPolicy === "never")
          throw new Error(`${image} is not on this machine, and is never fetched`, { cause: thrown });
        await docker(["manifest", "inspect", image], steps.signal);
        return `${image} is in its registry and will be fetched`;
      }
    });
  }
}

/** What the docker command says. @throws Error with its own last words, or that there is no such command. */
async function docker(args: readonly string[], signal: AbortSignal): Promise<string> {
  const { execFile } = await import("node:child_process");
  return new Promise((resolve, reject) => {
    execFile("docker", [...args], { signal, windowsHide: true, timeout: 10_000 }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout.trim());
      const missing = error.code === "ENOENT";
      const said = stderr.trim().split("\n").at(-1) ?? "";
      reject(new Error(missing ? "there is no docker command on the PATH: install Docker" : said || error.message));
    });
  });
}
