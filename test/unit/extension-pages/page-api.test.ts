import assert from "node:assert/strict";
import { test } from "node:test";
import { askApi } from "../../../extension/pages/page-api.ts";
import { fakeContext } from "../../support/fake-context.ts";

test("should bring the service up for a page that is read, but not after somebody has stopped it", async (t) => {
  const { context, known, dispose } = fakeContext({ answers: { "POST /api/describe": () => ({ flows: [] }) } });
  t.after(dispose);
  const ask = (wasStopped: boolean) =>
    askApi(
      { vscode: context.vscode, service: Object.assign(Object.create(context.service), { wasStopped }) },
      "deployment",
      "POST /api/describe",
      { body: { file: "/work/etl.ts" } },
    );
  known.state = "stopped";
  await assert.rejects(ask(true), { code: "not-answering", message: /starts with the next run/ });
  assert.equal(known.starts, 0);
  await ask(false);
  assert.equal(known.starts, 1);
});
