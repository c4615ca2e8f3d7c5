/** One schedule: when it fires, in words and dates, and what becomes of times that are missed or overlap. */
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { MissedPolicy, OverlapPolicy } from "../../runtime/protocol/deployments.ts";
import type { FieldProblem } from "../../runtime/protocol/errors.ts";
import { HostProblem } from "../kit/host.ts";
import { usePage } from "../kit/host-context.tsx";
import { Link } from "../kit/link.tsx";
import { Button, Checkbox, type Choice, RadioGroup, TextArea } from "../kit/toolkit.ts";
import { type ScheduleDraft, scheduleOf } from "./draft.ts";
import { ChoiceRow, Labelled, problemAt, TextRow } from "./fields.tsx";
import { NextTimes, type Preview } from "./next-times.tsx";

export interface ScheduleCardProps {
  readonly schedule: ScheduleDraft;
  readonly place: number;
  readonly problems: readonly FieldProblem[];
  readonly readOnly: boolean;
  readonly onChange: (change: Partial<ScheduleDraft>) => void;
  readonly onRemove: () => void;
}

const kinds: readonly Choice[] = [
  { value: "cron", label: "At times of the calendar" },
  { value: "interval", label: "Every so often" },
];
const missedWords: Readonly<Record<MissedPolicy, string>> = {
  latest: "Run the latest of them once",
  skip: "Leave them out",
  all: "Run each of them",
};
const overlapWords: Readonly<Record<OverlapPolicy, string>> = {
  queue: "Wait until it has ended",
  skip: "Leave this time out",
  cancel: "Cancel the earlier run",
  allow: "Run beside it",
};
const choicesOf = (words: Readonly<Record<string, string>>): readonly Choice[] =>
  Object.entries(words).map(([value, label]) => ({ value, label }));
const keyOf = <Key extends string>(words: Readonly<Record<Key, string>>, value: string): Key | undefined => {
  const isKey = (text: string): text is Key => Object.hasOwn(words, text);
  return isKey(value) ? value : undefined;
};

/** From the last letter typed until the times are asked for. */
const askAfter = 200;
const zones = "millrace-timezones";

export function ScheduleCard({ schedule, place, problems, readOnly, onChange, onRemove }: ScheduleCardProps): VNode {
  const shows = useSignal(false);
  const preview = usePreview(schedule);
  const at = `schedules[${place}]`;
  const id = `deploy-${at}`;
  const told = preview.value?.problems ?? [];
  const wrong = (path: string): string | null => problemAt([...told, ...problems], `${at}.${path}`);
  const isCron = schedule.kind === "cron";
  return (
    <fieldset class="deploy-card">
      <legend class="visually-hidden">Schedule {place + 1}</legend>
      <div class="deploy-card-head">
        <RadioGroup
          label="Kind of schedule"
          value={schedule.kind}
          choices={kinds}
          readOnly={readOnly}
          onChange={(kind) => onChange({ kind: kind === "interval" ? "interval" : "cron" })}
        />
        <Button kind="icon" icon="trash" title="Remove This Schedule" disabled={readOnly} onClick={onRemove} />
      </div>
      <div class="deploy-pair">
        {isCron ? (
          <TextRow
            id={`${id}-cron`}
            label="Cron"
            value={schedule.cron}
            problem={wrong("schedule.cron")}
            help="Minute, hour, day, month, weekday; or @hourly, @daily, @weekly, @monthly."
            readOnly={readOnly}
            onChange={(cron) => onChange({ cron })}
          />
        ) : (
          <TextRow
            id={`${id}-every`}
            label="Every"
            value={schedule.every}
            problem={wrong("schedule.interval")}
            help='"15m", "2h", "1d": counted from full hours, whatever clocks do.'
            readOnly={readOnly}
            onChange={(every) => onChange({ every })}
          />
        )}
        <Labelled id={`${id}-timezone`} label="Time zone" problem={wrong("schedule.timezone")}>
          <input
            id={`${id}-timezone`}
            class={wrong("schedule.timezone") === null ? "input" : "input invalid"}
            list={zones}
            value={schedule.timezone}
            readOnly={readOnly}
            spellcheck={false}
            onInput={({ currentTarget }) => onChange({ timezone: currentTarget.value })}
          />
        </Labelled>
      </div>
      <NextTimes preview={preview.value} timezone={schedule.timezone} />
      <Link
        expanded={shows.value}
        onClick={() => {
          shows.value = !shows.value;
        }}
      >
        {policyWords(schedule)}
      </Link>
      {shows.value ? (
        <div class="deploy-more">
          <div class="deploy-pair">
            <ChoiceRow
              id={`${id}-missed`}
              label="Times missed while nothing could run"
              value={schedule.missed}
              choices={choicesOf(missedWords)}
              help="The computer slept, or nothing kept the schedule."
              readOnly={readOnly}
              onChange={(value) => onChange({ missed: keyOf(missedWords, value) ?? "latest" })}
            />
            <ChoiceRow
              id={`${id}-overlap`}
              label="When an earlier run goes on"
              value={schedule.overlap}
              choices={choicesOf(overlapWords)}
              readOnly={readOnly}
              onChange={(value) => onChange({ overlap: keyOf(overlapWords, value) ?? "queue" })}
            />
          </div>
          {schedule.missed === "all" ? (
            <TextRow
              id={`${id}-missed-limit`}
              label="At most"
              value={schedule.missedLimit}
              problem={wrong("missed_limit")}
              help="Runs; the newest ones."
              readOnly={readOnly}
              onChange={(missedLimit) => onChange({ missedLimit })}
            />
          ) : null}
          <div class="deploy-pair">
            <TextRow
              id={`${id}-start`}
              label="From"
              value={schedule.start}
              problem={wrong("start_date")}
              placeholder="2026-12-01T00:00:00Z"
              readOnly={readOnly}
              onChange={(start) => onChange({ start })}
            />
            <TextRow
              id={`${id}-end`}
              label="Until"
              value={schedule.end}
              problem={wrong("end_date")}
              placeholder="2027-12-01T00:00:00Z"
              readOnly={readOnly}
              onChange={(end) => onChange({ end })}
            />
          </div>
          <TextRow
            id={`${id}-slug`}
            label="Name"
            value={schedule.slug}
            problem={wrong("slug")}
            help="Tells several schedules of a deployment apart; a changed schedule keeps its place by it."
            readOnly={readOnly}
            onChange={(slug) => onChange({ slug })}
          />
          <Labelled
            id={`${id}-parameters`}
            label="Own parameters"
            help="As JSON, over those of the deployment."
            problem={problemAt(problems, `${at}.parameters`, true)}
          >
            <TextArea
              id={`${id}-parameters`}
              label="Parameters of this schedule as JSON"
              code
              rows={3}
              placeholder="{ }"
              value={schedule.parameters}
              invalid={problemAt(problems, `${at}.parameters`, true) !== null}
              readOnly={readOnly}
              onChange={(parameters) => onChange({ parameters })}
            />
          </Labelled>
          <Checkbox
            label="This schedule is on"
            value={schedule.active}
            readOnly={readOnly}
            onChange={(active) => onChange({ active })}
          />
        </div>
      ) : null}
    </fieldset>
  );
}

function policyWords({ missed, overlap, active, start, end }: ScheduleDraft): string {
  const missedTimes = {
    latest: "the latest missed time is made up for",
    skip: "missed times are left out",
    all: "missed times are made up for",
  };
  const others = {
    queue: "a run waits for the one before",
    skip: "a time is left out while a run goes on",
    cancel: "a run that goes on is cancelled",
    allow: "runs may go on beside each other",
  };
  const words = [missedTimes[missed], others[overlap], start || end ? "within dates" : "", active ? "" : "off"];
  const text = words.filter(Boolean).join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** The next times of what is typed, and what is wrong with it; what was told last stays until the next answer. */
function usePreview(draft: ScheduleDraft) {
  const { host } = usePage();
  const preview = useSignal<(Preview & { readonly problems: readonly FieldProblem[] }) | null>(null);
  const schedule = scheduleOf(draft);
  const dates = {
    ...(Number.isNaN(Date.parse(draft.start)) ? {} : { start_date: draft.start }),
    ...(Number.isNaN(Date.parse(draft.end)) ? {} : { end_date: draft.end }),
  };
  const asked = JSON.stringify([schedule, dates]);
  useEffect(() => {
    if (schedule === undefined) {
      preview.value = null;
      return;
    }
    let isGone = false;
    const timer = setTimeout(() => {
      host.api("POST /api/schedules/preview", { body: { schedule, ...dates } }).then(
        (answer) => {
          if (!isGone) preview.value = { ...answer, problems: [] };
        },
        (thrown: unknown) => {
          if (isGone) return;
          const problems = thrown instanceof HostProblem ? thrown.fields : [];
          preview.value = problems.length === 0 ? null : { words: null, times: [], notes: [], problems };
        },
      );
    }, askAfter);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [asked, host]);
  return preview;
}

/** Once per page, for the fields above. */
export function TimeZones(): VNode {
  return (
    <datalist id={zones}>
      {["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => (
        <option key={zone} value={zone} />
      ))}
    </datalist>
  );
}
