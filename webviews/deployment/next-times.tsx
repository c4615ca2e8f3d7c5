/** The next times of a schedule, in its own time zone and in that of whoever looks. */
import type { VNode } from "preact";

export interface Preview {
  readonly words: string | null;
  readonly times: readonly string[];
  readonly notes: readonly string[];
}

export function NextTimes({
  preview,
  timezone,
}: {
  readonly preview: Preview | null;
  readonly timezone: string;
}): VNode | null {
  if (preview === null || (preview.words === null && preview.times.length === 0)) return null;
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const own = clockOf(timezone);
  const local = clockOf(here);
  // Two zones may show the same clock.
  const isElsewhere = own !== null && local !== null && preview.times.some((time) => own(time) !== local(time));
  return (
    <div class="deploy-times" role="status">
      {preview.words === null ? null : <p class="deploy-words">{capital(preview.words)}</p>}
      {preview.times.length === 0 ? (
        <p class="muted">There is no time to come.</p>
      ) : (
        <details>
          <summary>
            Next: {own?.(preview.times[0] ?? "")}
            {isElsewhere ? <span class="muted"> · {local?.(preview.times[0] ?? "")} here</span> : null}
          </summary>
          <table>
            <thead class={isElsewhere ? undefined : "visually-hidden"}>
              <tr>
                <th scope="col">{timezone}</th>
                {isElsewhere ? <th scope="col">Here ({here})</th> : null}
              </tr>
            </thead>
            <tbody>
              {preview.times.map((time) => (
                <tr key={time}>
                  <td>{own?.(time)}</td>
                  {isElsewhere ? <td class="muted">{local?.(time)}</td> : null}
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
      {preview.notes.map((note) => (
        <p key={note} class="deploy-note">
          {note}
        </p>
      ))}
    </div>
  );
}

/** "Tue 1 Dec 2026, 05:00"; null for a zone that there is not. */
function clockOf(timeZone: string): ((time: string) => string) | null {
  try {
    const format = new Intl.DateTimeFormat("en-GB", {
      ...{ timeZone, weekday: "short", day: "numeric", month: "short", year: "numeric" },
      ...{ hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    });
    const seconds = new Intl.DateTimeFormat("en-GB", { timeZone, second: "2-digit" });
    return (time) => {
      const at = new Date(time);
      if (Number.isNaN(at.getTime())) return "";
      const rest = seconds.format(at).padStart(2, "0");
      return `${format.format(at)}${rest === "00" ? "" : `:${rest}`}`;
    };
  } catch {
    return null;
  }
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
