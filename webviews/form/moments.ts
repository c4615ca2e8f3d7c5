/** Dates and times between JSON (ISO 8601, UTC) and the browser's own inputs (local, without a zone). Pure. */

/** "2026-11-21T09:00:00" in local time, for `<input type="datetime-local">`; null when the text is no time. */
export function toLocalInput(iso: string): string | null {
  if (iso === "") return "";
  const time = Date.parse(iso);
  if (Number.isNaN(time)) return null;
  const at = new Date(time);
  const two = (part: number) => String(part).padStart(2, "0");
  const year = String(at.getFullYear()).padStart(4, "0");
  return `${year}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** What the input gives → ISO in UTC; "" stays. */
export function fromLocalInput(text: string): string {
  const time = new Date(text).getTime();
  return text === "" || Number.isNaN(time) ? "" : new Date(time).toISOString().replace(".000Z", "Z");
}

/** A date that `<input type="date">` can show. */
export function isDateText(text: string): boolean {
  return text === "" || /^\d{4}-\d{2}-\d{2}$/.test(text);
}
