import assert from "node:assert/strict";
import { test } from "node:test";
import { parametersOf } from "../../../runtime/orchestrator/automations/hooks.ts";
import { contentOf, isParameterName, namesFor, valuesOf } from "../../../runtime/orchestrator/automations/messages.ts";
import { renderText, renderValue, templateProblems } from "../../../runtime/protocol/templates.ts";
import { run, start } from "./sample.ts";

const failed = run("r-1", "FAILED", "Failed", start + 90_000, {
  name: "quick-otter",
  flow_name: "etl",
  parameters: { month: 3, list: [1, 2] },
  start_time: new Date(start).toISOString(),
  end_time: new Date(start + 90_000).toISOString(),
  error: { name: "TypeError", message: "<!channel> & {{ flow_run.id }}" },
});
const firing = {
  automation: { id: "a-1", name: "tell" },
  reason: "the run is Failed",
  run: failed,
  deployment: undefined,
  at: start + 90_000,
};

test("should fill in what happened, and leave what a run has said as it is", () => {
  const values = valuesOf(firing);
  assert.equal(renderText("{{flow.name}} took {{ flow_run.duration }}", values), "etl took 1m 30s");
  assert.equal(renderText("{{ error.message }}", values), "<!channel> & {{ flow_run.id }}");
  assert.equal(renderText("[{{ deployment.name }}]", values), "[]");
  assert.deepEqual(
    renderValue({ month: "{{ flow_run.parameters.month }}", text: ["m{{ flow_run.parameters.month }}"] }, values),
    {
      month: 3,
      text: ["m3"],
    },
  );
  for (const name of namesFor(true)) assert.ok(values.has(name), name);
});

test("should refuse names that there are not, and braces that do not pair", () => {
  const problems = (text: string, aboutRun = true) => templateProblems(text, namesFor(aboutRun), isParameterName);
  assert.deepEqual(problems("{{ flow_run.parameters.month }} {{ reason }}"), []);
  assert.match(
    problems("{{ flow_run.nme }}")[0] ?? "",
    /no \{\{ flow_run\.nme \}\} here\. Did you mean "flow_run\.name"/,
  );
  assert.match(problems("{{ flow_run.name }")[0] ?? "", /do not pair/);
  assert.match(problems("{{ flow_run.name }}", false)[0] ?? "", /There are automation\.name, reason, time/);
  assert.match(problems("{{ constructor }}")[0] ?? "", /no \{\{ constructor \}\}/);
});

test("should not let a message call a whole channel, nor a subject add headers", () => {
  const options = { id: "d", chain: [] };
  const slack = contentOf({ type: "slack", block: "team", message: "<!here> {{ error.message }}" }, firing, options);
  assert.equal(slack?.type === "slack" && slack.text, "<!here> &lt;!channel&gt; &amp; {{ flow_run.id }}");
  const error = { name: "E", message: "a\r\nBcc: x@example.com" };
  const bad = { ...firing, run: { ...failed, error } };
  const mail = contentOf({ type: "email", block: "m", subject: "{{ error.message }}" }, bad, options);
  assert.equal(mail?.type === "email" && mail.subject, "a Bcc: x@example.com");
  assert.equal(contentOf({ type: "pause-deployment" }, firing, options), undefined);
});

test("should take parameters from a body as a whole, by place or in one parameter", () => {
  const body = { ref: "main", commits: [{ id: "c1" }] };
  assert.deepEqual(parametersOf({ map: {}, body_parameter: null }, body), body);
  assert.deepEqual(parametersOf({ map: { commit: "commits.0.id" }, body_parameter: "event" }, body), {
    commit: "c1",
    event: body,
  });
  assert.throws(() => parametersOf({ map: { branch: "reff" }, body_parameter: null }, body), {
    code: "bad-parameters",
    message: /reff: is missing in the body.*Did you mean "ref"/,
  });
  assert.throws(() => parametersOf({ map: { x: "constructor.name" }, body_parameter: null }, body), /is missing/);
  assert.throws(() => parametersOf({ map: {}, body_parameter: null }, [1]), /must be an object/);
});
