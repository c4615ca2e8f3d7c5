/** The side of `--watch` inside the process of one run: tells which sources it loaded, hears when to stop. */
import { MillraceError } from "../../protocol/errors.ts";
import type { JournalRecord } from "../../protocol/records.ts";

export function joinWatch(): { readonly onRecord: (record: JournalRecord) => void; readonly stop: AbortSignal } {
  const controller = new AbortController();
  process.on("message", (message) => {
    if (message === "stop") controller.abort(new MillraceError("cancelled", "a source file has changed"));
  });
  // The channel must not keep the process up when the run has ended.
  process.channel?.unref();
  return {
    stop: controller.signal,
    onRecord(record) {
      if (record.kind === "sources") process.send?.({ sources: record.files.map(({ file }) => file) });
    },
  };
}
