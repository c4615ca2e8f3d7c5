import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errorText, errorView } from "../../../../webviews/kit/error-view.ts";

const stack = [
  'TypeError: page 3: "price" is "n/a"',
  "    at readPage (/w/flows/failures.ts:10:29)",
  "    at async run (/w/flows/failures.ts:24:50)",
  "    at pipe (/w/node_modules/lib/index.js:3:1)",
  "    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
].join("\n");

describe("errors on pages", () => {
  it("should show the user's own frames and keep the others aside", () => {
    const view = errorView({ name: "TypeError", message: 'page 3: "price" is "n/a"', stack });
    assert.deepEqual(
      view.frames.map(({ name, location }) => [name, location?.file, location?.line]),
      [
        ["readPage", "/w/flows/failures.ts", 10],
        ["run", "/w/flows/failures.ts", 24],
      ],
    );
    assert.equal(view.others.length, 2);
  });

  it("should point at the recorded place when the stack names none of the user's files", () => {
    const location = { file: "/w/a.ts", line: 5, column: 1 };
    assert.deepEqual(errorView({ name: "Error", message: "no", location }).frames, [{ name: "", location, text: "" }]);
  });

  it("should tell causes below what they caused, on the page and in the copied text", () => {
    const error = {
      name: "Error",
      message: "outer",
      stack: "Error: outer",
      cause: { name: "Error", message: "inner" },
    };
    assert.equal(errorView(error).cause?.message, "inner");
    assert.equal(errorText(error), "Error: outer\nCaused by: Error: inner");
  });
});
