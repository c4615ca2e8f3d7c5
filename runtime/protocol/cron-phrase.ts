/** Cron texts in words. Apart from the check of a text, which needs all of a cron reader. Pure. */
import { cronAliases, cronFields, numberOf } from "./cron-fields.ts";

const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const months = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
];

/** The words for a text that is known to be a cron text; undefined when it is too involved for a short sentence. */
export function cronPhrase(text: string): string | undefined {
  const plain = text.trim().toLowerCase();
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = (cronAliases[plain] ?? plain).split(/\s+/);
  const time = timeWords(minute, hour);
  const date = dateWords(day, weekday);
  const inMonth = month === "*" ? "" : listWords(month, 3, (value) => months[value - 1]);
  if (time === undefined || date === undefined || inMonth === undefined) return undefined;
  return [time, date, inMonth === "" ? "" : `in ${inMonth}`].filter((part) => part !== "").join(" ");
}

function timeWords(minute: string, hour: string): string | undefined {
  const every = (text: string) => /^\*\/(\d+)$/.exec(text)?.[1];
  const two = (text: string) => text.padStart(2, "0");
  if (minute === "*" && hour === "*") return "every minute";
  if (every(minute) !== undefined && hour === "*") return `every ${every(minute)} minutes`;
  if (!/^\d+$/.test(minute)) return undefined;
  if (hour === "*") return minute === "0" ? "every hour" : `every hour at ${two(minute)} minutes past`;
  if (every(hour) !== undefined) return `every ${every(hour)} hours at ${two(minute)} minutes past`;
  if (/^\d+(?:,\d+)*$/.test(hour)) return `at ${words(hour.split(",").map((each) => `${two(each)}:${two(minute)}`))}`;
  return undefined;
}

function dateWords(day: string, weekday: string): string | undefined {
  const [anyDay, anyWeekday] = [day === "*" || day === "?", weekday === "*" || weekday === "?"];
  if (anyDay && anyWeekday) return "";
  if (anyDay) {
    const names = listWords(weekday, 4, (value) => days[value % 7]);
    return names === undefined ? undefined : `on ${names}`;
  }
  if (!anyWeekday) return undefined;
  if (day === "l") return "on the last day of the month";
  return /^\d+(?:,\d+)*$/.test(day) ? `on day ${words(day.split(","))} of the month` : undefined;
}

/** "1-5" → "Monday to Friday" */
function listWords(text: string, at: number, name: (value: number) => string | undefined): string | undefined {
  const field = cronFields[at];
  if (field === undefined) return undefined;
  const one = (part: string) => {
    const value = numberOf(part, field);
    return value === undefined ? undefined : name(value);
  };
  const items = text.split(",").map((item) => {
    const ends = item.split("-").map(one);
    return ends.length > 2 || ends.includes(undefined) ? undefined : ends.join(" to ");
  });
  return items.includes(undefined) ? undefined : words(items.map(String));
}

function words(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
