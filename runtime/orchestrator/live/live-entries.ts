/** Notices runs that begin: their entries appear in live/. */
import { mkdirSync, watch } from "node:fs";
import { homePaths } from "../../protocol/home.ts";

/** Events of the file system are quick but may be lost; looking again is slow but certain. Milliseconds. */
const lookAgain = 1000;

/** Calls `onChange` soon after a file in live/ changed, with its name, and now and then in any case. */
export function watchLive(home: string, onChange: (name?: string) => void): () => void {
  mkdirSync(homePaths.live(home), { recursive: true, mode: 0o700 });
  const look = setInterval(() => onChange(), lookAgain);
  let close = (): void => {};
  try {
    const watcher = watch(homePaths.live(home), { persistent: false }, (_event, name) => onChange(name ?? undefined));
    watcher.on("error", () => watcher.close());
    close = () => watcher.close();
  } catch {
    // Some file systems give no events (or the system's supply of watches is used up): looking is enough.
  }
  return () => {
    clearInterval(look);
    close();
  };
}
