/** The seam to the runner (protocol/blocks-runtime.ts). */
import type { BlockMessage } from "../protocol/blocks.ts";
import type { BlocksRuntime } from "../protocol/blocks-runtime.ts";
import { type FieldProblem, MillraceError } from "../protocol/errors.ts";
import { type AnyBlockClass, noteClass } from "./block-classes.ts";
import { blockClassesIn, describeBlocks } from "./describe-class.ts";
import { openDocument, pathOf } from "./read-document.ts";
import { explain, runTest } from "./run-test.ts";
import type { TestSteps } from "./test-steps.ts";

type Fields = Readonly<Record<string, unknown>>;

export const blocksRuntime: BlocksRuntime = {
  describe: describeBlocks,
  check(namespace, slug, data) {
    const target = classIn(namespace, slug);
    const { values, fromEnvironment, problems } = openDocument(data);
    const elsewhere = [...fromEnvironment.map(pathOf), ...problems.map(({ path }) => path)];
    const isElsewhere = (path: string) =>
      elsewhere.some((known) => path === known || path.startsWith(`${known}.`) || path.startsWith(`${known}[`));
    return refused(target, values).filter(({ path }) => !isElsewhere(path));
  },
  async test(namespace, slug, data, signal) {
    const target = classIn(namespace, slug);
    return runTest(async (steps) => {
      let block: unknown;
      await steps.step("settings", () => {
        block = made(target, data);
      });
      const test: unknown = typeof block === "object" && block !== null ? Reflect.get(block, "test") : undefined;
      if (isTest(test)) await Reflect.apply(test, block, [steps]);
    }, signal);
  },
  async say(namespace, slug, data, message) {
    const block = made(classIn(namespace, slug), data);
    const [name, given] = spoken(message);
    const method: unknown = typeof block === "object" && block !== null ? Reflect.get(block, name) : undefined;
    if (typeof method !== "function") {
      throw new MillraceError("bad-parameters", `a block of the type "${slug}" has no method ${name}: choose another`);
    }
    const answer: unknown = await Reflect.apply(method, block, [given]);
    const status: unknown = typeof answer === "object" && answer !== null ? Reflect.get(answer, "status") : undefined;
    return typeof status === "number" ? `answered ${status}` : "taken";
  },
};

function spoken(message: BlockMessage): readonly [string, unknown] {
  if (message.type === "slack") return ["notify", message.text];
  if (message.type === "webhook") return ["call", message.payload];
  const { type: _type, ...mail } = message;
  return ["send", mail];
}

function isTest(value: unknown): value is (steps: TestSteps) => Promise<void> {
  return typeof value === "function";
}

function made(target: AnyBlockClass, data: Fields): unknown {
  const { values, problems } = openDocument(data);
  if (problems.length > 0) throw new Error(problems.map(({ path, message }) => `${path}: ${message}`).join("; "));
  return Reflect.construct(target, [values]);
}

function refused(target: AnyBlockClass, values: Fields): readonly FieldProblem[] {
  try {
    Reflect.construct(target, [values]);
    return [];
  } catch (thrown) {
    if (thrown instanceof MillraceError && thrown.code === "bad-parameters") return thrown.fields;
    return [{ path: "", message: explain(thrown) }];
  }
}

/** @throws MillraceError "not-found" when the module has no such class any more. */
function classIn(namespace: Fields, slug: string): AnyBlockClass {
  const classes = [...blockClassesIn(namespace).values()];
  // Blocks that refer to each other by document are looked for by slug.
  for (const each of classes) noteClass(String(Reflect.get(each, "slug")), each);
  const found = classes.find((each) => Reflect.get(each, "slug") === slug);
  if (found === undefined)
    throw new MillraceError("not-found", `no block class with the slug "${slug}" is exported there`);
  return found;
}
