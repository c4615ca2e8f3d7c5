import assert from "node:assert/strict";
import { test } from "node:test";
import { failureText, showForgotten } from "../../../../webviews/kit/failure.ts";
import { HostProblem } from "../../../../webviews/kit/host.ts";

const full = new HostProblem({ code: "internal", message: "The disk is full." });
const changedMind = new HostProblem({ code: "cancelled", message: "Cancelled." });

function page() {
  const target = new EventTarget();
  const shown: string[] = [];
  const end = showForgotten(target as unknown as Window, (text) => shown.push(text));
  return {
    shown,
    end,
    reject(reason: unknown): boolean {
      const event = Object.assign(new Event("unhandledrejection", { cancelable: true }), { reason });
      target.dispatchEvent(event);
      return event.defaultPrevented;
    },
  };
}

test("should say why what was clicked did not work, also where nobody waits for it", () => {
  const { shown, reject } = page();
  assert.equal(reject(full), true);
  assert.deepEqual(shown, ["The disk is full."]);
});

test("should say nothing to somebody who changed their mind", () => {
  const { shown, reject } = page();
  assert.equal(reject(changedMind), true);
  assert.deepEqual(shown, []);
  assert.equal(failureText(changedMind), null);
});

test("should leave faults of the page itself to the console", () => {
  const { shown, reject } = page();
  assert.equal(reject(new TypeError("x is undefined")), false);
  assert.deepEqual(shown, []);
});

test("should end", () => {
  const { shown, reject, end } = page();
  end();
  reject(full);
  assert.deepEqual(shown, []);
});
