import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../support/places.ts";

test("should write no known secret raw, whoever shows the output", () => {
  const module = (file: string) => JSON.stringify(path.join(projectRoot, "runtime", file));
  const program = `
    import { captureOutput } from ${module("runner/capture-output.ts")};
    import { rememberSecret } from ${module("system/redaction.ts")};
    const capture = captureOutput(false);
    process.stdout.write("before s3cret-word\\n");
    rememberSecret("s3cret-word");
    const captured = [];
    capture.handTo((stream, chunk) => captured.push(String(chunk)) > 0);
    process.stdout.write("a s3cret-word b\\n");
    process.stderr.write(Buffer.from("c s3cret-word d\\n"));
    capture.release();
    console.log(JSON.stringify(captured));
  `;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--experimental-strip-types", "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", program],
    { encoding: "utf8" },
  );
  assert.equal(stderr, "c ******** d\n");
  assert.equal(stdout, `before s3cret-word\na ******** b\n${JSON.stringify(["a ******** b\n", "c ******** d\n"])}\n`);
});
