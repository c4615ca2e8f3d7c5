/** The journal as the engine sees it: hides secrets, tells the terminal, and knows whether the root run has ended. */
import type { JournalWriter } from "../../journal/types.ts";
import { MillraceError, toError } from "../../protocol/errors.ts";
import type { JournalRecord } from "../../protocol/records.ts";
import { isTerminal } from "../../protocol/states.ts";
import { knowsSecrets } from "../../system/redaction.ts";
import { cleanRecord } from "./clean-record.ts";

export interface WatchedJournal extends JournalWriter {
  /** The root run has a final state (written, not necessarily durable yet). */
  readonly ended: boolean;
}

export interface WatchedJournalOptions {
  readonly onRecord?: ((record: JournalRecord) => void) | undefined;
  /** The root's final state is about to be written: what else belongs to the run comes before it. */
  readonly beforeEnd: () => Promise<void>;
  /** What must be durable besides, before anything is acknowledged. */
  readonly alsoDurable: Promise<unknown>;
}

export function watchJournal(journal: JournalWriter, options: WatchedJournalOptions): WatchedJournal {
  const { runId } = journal;
  let ended = false;

  let waitFor: Promise<unknown> | undefined = options.alsoDurable.then(() => {
    waitFor = undefined;
  });
  // A home that takes the journal and not the entry beside it: commits say so, and whoever looks at the run later.
  waitFor.catch((error: unknown) => journal.abandon(asLoss(error)));

  const isEnd = (record: JournalRecord): boolean =>
    record.kind === "flow-run-state" && record.id === runId && isTerminal(record.state.type);
  const prepare = (record: JournalRecord): JournalRecord => {
    if (record.kind === "flow-run-state" && record.id === runId) ended = isTerminal(record.state.type);
    const clean = knowsSecrets() ? cleanRecord(record) : record;
    options.onRecord?.(clean);
    return clean;
  };

  async function commitEnd(record: JournalRecord): Promise<void> {
    await options.beforeEnd();
    await commitBoth(record);
  }

  /** The journal gives one promise to all of a batch, so what waits for both is one promise too. */
  let both: { readonly committed: Promise<void>; readonly all: Promise<void> } | undefined;
  function commitBoth(record: JournalRecord): Promise<void> {
    const committed = journal.commit(prepare(record));
    if (waitFor === undefined) return committed;
    if (both?.committed !== committed) {
      both = { committed, all: Promise.all([committed, waitFor]).then(() => undefined) };
    }
    return both.all;
  }

  return {
    runId,
    segment: journal.segment,
    get synced() {
      return journal.synced;
    },
    get ended() {
      return ended;
    },
    append: (record) => journal.append(prepare(record)),
    queue: (record) => journal.queue(prepare(record)),
    write: journal.write,
    // No async function: a promise of its own for each of a thousand completions is a tenth of what they cost.
    commit: (record) => (isEnd(record) ? commitEnd(record) : commitBoth(record)),
    flush: journal.flush,
    onSynced: journal.onSynced,
    onFailed: journal.onFailed,
    abandon: journal.abandon,
    close: journal.close,
  };
}

function asLoss(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  return new MillraceError("journal-failed", toError(error).message, { cause: error });
}
