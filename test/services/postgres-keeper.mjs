// Runs one Postgres for a test and ends with it: its standard input is a pipe from the test's process, which the system
// closes however that process ends. Arguments: the folder to remove at the end, then the server's command line.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import process from "node:process";

const [folder, command, ...args] = process.argv.slice(2);
const server = spawn(command, args, {
  stdio: ["ignore", "inherit", "inherit"],
  ...JSON.parse(process.env.KEEPER_USER),
});
const stop = () => server.kill("SIGINT"); // "fast": ends sessions, rolls back, writes what is there
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
process.stdin.on("end", stop).on("error", stop).resume();
server.once("error", (error) => {
  console.error(String(error));
  process.exitCode = 1;
  process.stdin.destroy();
});
server.once("exit", (code) => {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(code ?? 1);
});
