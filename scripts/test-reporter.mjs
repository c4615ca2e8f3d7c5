// A short reporter for node:test: a line per file, failures in full, counts to a file for the closing line.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { inspect } from "node:util";

export default async function* report(source) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const files = new Map();
  for await (const { type, data } of source) {
    if (type === "test:stderr" || type === "test:stdout") continue;
    if (type !== "test:pass" && type !== "test:fail") continue;
    if (data.details?.type === "suite") continue;
    const file = path.relative(process.cwd(), data.file ?? data.name);
    // The runner reports a whole file as one more test when it has no test inside or dies.
    const isFile = data.nesting === 0 && data.file && path.resolve(data.name) === path.resolve(data.file);
    if (isFile && type === "test:pass") continue;
    const row = files.get(file) ?? { passed: 0, failed: 0, skipped: 0 };
    files.set(file, row);
    if (data.skip !== undefined) {
      counts.skipped++;
      row.skipped++;
      yield `skipped: ${data.name}${typeof data.skip === "string" ? ` (${data.skip})` : ""}\n`;
    } else if (type === "test:pass") {
      counts.passed++;
      row.passed++;
    } else {
      counts.failed++;
      row.failed++;
      const error = data.details?.error;
      yield `\n✖ ${file}: ${data.name}\n${inspect(error?.cause ?? error, { depth: 4 })}\n`;
    }
  }
  for (const [file, row] of files) if (row.failed > 0) yield `✖ ${file}: ${row.failed} failed\n`;
  yield `${files.size} files: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped (Node ${process.versions.node})\n`;
  const summary = process.env.MILLRACE_TEST_SUMMARY;
  if (summary) {
    mkdirSync(path.dirname(summary), { recursive: true });
    writeFileSync(summary, JSON.stringify({ ...counts, files: Object.fromEntries(files) }));
  }
}
