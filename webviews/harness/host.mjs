// The editor's end of the conversation with pages: the extension's own parts where they need no editor, and a
// console line for what does.
import { fileURLToPath } from "node:url";
import { createConversation } from "../../extension/pages/conversation.ts";
import { createLiveFeed } from "../../extension/pages/live-feed.ts";
import { newId } from "../../runtime/protocol/ids.ts";
import { pageRoutes } from "../../runtime/protocol/pages.ts";
import { blockCalls } from "./blocks.mjs";

export function createHost({ client, folder }) {
  const open = new Set();
  const calls = [];
  const feed = createLiveFeed({
    listen(onEvent) {
      const subscription = client.subscribe({ onEvent });
      return () => subscription.close();
    },
    parentOf: async (id) => (await client.request("GET /api/flow_runs/:id", { params: { id } })).parent_flow_run_id,
  });
  const byId = (route, id, body) => client.request(route, { params: { id }, ...(body === undefined ? {} : { body }) });

  /** name → what is done, or the address of the page to go to. */
  const doing = {
    startRun: async ({ target, parameters, run_id }) => {
      const run = await client.request("POST /api/flow_runs", {
        body: {
          ...(run_id === undefined ? {} : { id: run_id }),
          file: fileURLToPath(target.uri),
          ...(target.export === null ? {} : { flow: target.export }),
          parameters,
          trigger: "editor",
          cwd: folder,
        },
      });
      return { run_id: run.id };
    },
    cancelRun: ({ run_id }) => byId("POST /api/flow_runs/:id/cancel", run_id, {}),
    resumeRun: ({ run_id, options }) => byId("POST /api/flow_runs/:id/resume", run_id, options),
    continueRun: ({ run_id, ...body }) => byId("POST /api/flow_runs/:id/continue", run_id, body),
    rerunTask: async ({ task_run_id }) => {
      const run = await byId("POST /api/task_runs/:id/rerun", task_run_id, {});
      return { go: `/run?id=${run.id}` };
    },
    forgetResult: ({ task_run_id }) => byId("POST /api/task_runs/:id/forget", task_run_id),
    deleteRun: ({ run_id }) => byId("DELETE /api/flow_runs/:id", run_id),
    openRun: ({ run_id }) => ({ go: `/run?id=${run_id}` }),
    openHistory: (filter) => ({
      go: `/history?${new URLSearchParams({
        ...(filter.flow_file ? { file: filter.flow_file } : {}),
        ...(filter.flow_export ? { flow: filter.flow_export } : {}),
      })}`,
    }),
    openGraph: ({ uri, export: flow }) => ({
      go: `/graph?${new URLSearchParams({ file: fileURLToPath(uri), flow: flow ?? "" })}`,
    }),
    runAgain: async ({ run_id }) => {
      const run = await byId("GET /api/flow_runs/:id", run_id);
      const address = { id: newId(), again: run_id, file: run.flow_file, flow: run.flow_export ?? "" };
      return { go: `/run?${new URLSearchParams(address)}` };
    },
    staticGraph: () => null,
    ...blockCalls(client),
  };
  const answered = new Set(["startRun", "staticGraph", ...Object.keys(blockCalls(client))]);

  async function call(page, name, input) {
    calls.push({ name, input });
    if (name === "follow") {
      const { seq } = await client.request("GET /api/health");
      page.followed.get(input.flow_run_id)?.();
      page.followed.set(
        input.flow_run_id,
        feed.follow(input.flow_run_id, (event) => page.conversation.tell({ type: "live", event })),
      );
      return { seq };
    }
    if (name === "unfollow") {
      page.followed.get(input.flow_run_id)?.();
      page.followed.delete(input.flow_run_id);
      return null;
    }
    console.log(name, JSON.stringify(input));
    const done = await doing[name]?.(input);
    if (done?.go !== undefined) page.post({ type: "harness-go", to: done.go });
    return answered.has(name) && done?.go === undefined ? done : null;
  }

  return {
    calls,
    /** Tells all open pages something unasked. */
    tell(event) {
      for (const page of open) page.conversation.tell(event);
    },
    open(socket, { surroundings, panel }) {
      const page = { followed: new Map(), post: (message) => socket.send(JSON.stringify(message)) };
      page.conversation = createConversation({
        post: page.post,
        async answer(asked) {
          if (asked.type === "call") return call(page, asked.name, asked.input);
          if (!pageRoutes.includes(asked.route)) throw new Error(`Pages may not ask for ${asked.route}.`);
          return client.request(asked.route, asked.input);
        },
        problem: (thrown) => ({
          code: thrown.code ?? "internal",
          message: thrown.message,
          ...(thrown.fields?.length > 0 ? { fields: thrown.fields } : {}),
        }),
        // Reloading goes to a new address here.
        otherThan: () => undefined,
        started(isRepeated) {
          if (isRepeated) return;
          for (const end of page.followed.values()) end();
          page.followed.clear();
        },
        title: (title, state) => page.post({ type: "harness-title", title, state }),
        later(milliseconds, callback) {
          const timer = setTimeout(callback, milliseconds);
          return () => clearTimeout(timer);
        },
      });
      open.add(page);
      page.conversation.tell({ type: "surroundings", surroundings });
      void panel?.().then((event) => page.conversation.tell(event));
      socket.on("message", (data) => page.conversation.receive(JSON.parse(data.toString())));
      socket.on("close", () => {
        open.delete(page);
        for (const end of page.followed.values()) end();
        page.conversation.dispose();
      });
    },
  };
}
