import type { Variables } from "../host.ts";
import type { OrchestratorLink } from "./orchestrator-link.ts";
import type { PublishedFile } from "./published-file.ts";

/** Variables of the home: read from what is published, set through the orchestrator, which publishes them. */
export function makeVariables(published: PublishedFile, link: OrchestratorLink): Variables {
  return {
    async get(name) {
      const { variables } = published.read();
      return Object.hasOwn(variables, name) ? variables[name] : undefined;
    },
    async set(name, value) {
      await link.use((client) => client.request("PUT /api/variables/:name", { params: { name }, body: { value } }));
      // Whoever sets a variable must read it back.
      published.forget();
    },
  };
}
