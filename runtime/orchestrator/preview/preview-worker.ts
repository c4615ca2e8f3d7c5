/** The worker thread that reads values and files for previews: a table of gigabytes must not hold up the orchestrator. */
import { isMainThread, parentPort } from "node:worker_threads";
import { toError } from "../../protocol/errors.ts";
import { type PreviewTask, previewValue } from "./preview-value.ts";
import type { PreviewAnswer } from "./previews.ts";

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  port.on("message", ({ id, task }: { readonly id: number; readonly task: PreviewTask }) => {
    const answer = (message: PreviewAnswer): void => port.postMessage(message);
    previewValue(task).then(
      (preview) => answer({ id, preview }),
      (thrown: unknown) => answer({ id, failure: toError(thrown).message }),
    );
  });
}
