// 100,000 tasks in one run: what the last 1,000 cost against the first 1,000, and the memory at the peak.
// Usage: node long.mjs SDK_URL → one JSON line.
const { flow, task } = await import(process.argv[2]);
const add = task({ name: "add", run: async (n) => n + 1 });
const thousands = [];
let peak = 0;
const long = flow({
  name: "long",
  async run({ count }) {
    for (let thousand = 0; thousand < count / 1000; thousand++) {
      const before = performance.now();
      // Twenty at a time: the disk's share stays small beside the engine's, so growth would show.
      for (let start = 0; start < 1000; start += 20) {
        await Promise.all(Array.from({ length: 20 }, (_, n) => add(thousand * 1000 + start + n)));
      }
      thousands.push(performance.now() - before);
      peak = Math.max(peak, process.memoryUsage().rss);
    }
  },
});
await long({ count: 100_000 });
console.log(JSON.stringify({ thousands, peak: process.resourceUsage().maxRSS * 1024, sampled: peak }));
