// Measures tasks inside one recorded run per block, beside a loop of append + fdatasync of the same bytes.
// Usage: node tasks.mjs SDK_URL FOLDER → one JSON line.
import { closeSync, fdatasyncSync, openSync, readdirSync, statSync, writeSync } from "node:fs";
import path from "node:path";

const [sdk, folder] = process.argv.slice(2);
const { flow, task } = await import(sdk);
const home = process.env.MILLRACE_HOME;
const fibonacci = (n) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));

const add = task({ name: "add", run: async (n) => n + 1 });
const fib = task({ name: "fib", run: async (n) => fibonacci(10) + n });
let took = 0;
const sequential = flow({
  name: "sequential",
  async run({ count }) {
    const before = performance.now();
    for (let n = 0; n < count; n++) await add(n);
    took = performance.now() - before;
  },
});
const atOnce = flow({
  name: "at-once",
  async run({ count }) {
    const before = performance.now();
    await Promise.all(Array.from({ length: count }, (_, n) => add(n)));
    took = performance.now() - before;
  },
});
const fibs = flow({
  name: "fibs",
  async run() {
    const before = performance.now();
    for (let n = 0; n < 40; n++) await fib(n);
    took = performance.now() - before;
  },
});
async function measure(body, parameters) {
  await body(parameters);
  return took;
}

/** Bytes of the newest run's journal: what the floor has to write. */
function journalBytes() {
  const files = readdirSync(path.join(home, "runs"), { recursive: true }).filter((name) =>
    /journal\.1\.ndjson$/.test(name),
  );
  const newest = files
    .map((name) => path.join(home, "runs", name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  return statSync(newest).size;
}

function floor(count, bytesPerTask) {
  const file = openSync(path.join(folder, `floor-${performance.now()}`), "w");
  const line = Buffer.alloc(bytesPerTask, 97);
  const before = performance.now();
  for (let n = 0; n < count; n++) {
    writeSync(file, line);
    fdatasyncSync(file);
  }
  const spent = performance.now() - before;
  closeSync(file);
  return spent;
}

const rounds = Number(process.argv[4] ?? 9);
await measure(sequential, { count: 200 });
await measure(atOnce, { count: 1000 });
const result = { sequential: [], floor: [], atOnce: [], fibs: [], bytesPerTask: 0 };
for (let round = 0; round < rounds; round++) {
  result.sequential.push(await measure(sequential, { count: 1000 }));
  result.bytesPerTask = Math.round(journalBytes() / 1000);
  result.floor.push(floor(1000, result.bytesPerTask));
  result.atOnce.push(await measure(atOnce, { count: 1000 }));
  result.fibs.push(await measure(fibs, {}));
}
console.log(JSON.stringify(result));
