/** Finds secrets in a text, in all their spellings and in one pass, however many secrets there are. */
import { secretForms } from "./secret-forms.ts";

export interface SecretMatcher {
  /** The length of the longest spelling. */
  readonly longest: number;
  /** The text with `mask` in place of each secret; of those that overlap, in place of all they cover. */
  replace(text: string, mask: string): string;
  /** The secrets that stand in the text. */
  within(text: string): ReadonlySet<string>;
}

interface Form {
  readonly text: string;
  readonly secret: string;
}

/** As many characters of a spelling are looked at first. No secret may be shorter. */
const headLength = 4;
const headMask = 0xffff;

/** Depends on the last four characters only: an earlier one is shifted out. */
function roll(head: number, character: number): number {
  return ((head << 4) ^ character) & headMask;
}

export function secretMatcher(secrets: Iterable<string>): SecretMatcher {
  const heads = new Uint8Array(headMask + 1);
  const byHead = new Map<number, Form[]>();
  let longest = 0;
  for (const secret of secrets) {
    for (const text of secretForms(secret)) {
      let head = 0;
      for (let at = 0; at < headLength; at++) head = roll(head, text.charCodeAt(at));
      const forms = byHead.get(head);
      if (forms === undefined) byHead.set(head, [{ text, secret }]);
      else forms.push({ text, secret });
      heads[head] = 1;
      longest = Math.max(longest, text.length);
    }
  }

  function find(text: string, found: (start: number, form: Form) => void): void {
    let head = 0;
    for (let at = 0; at < text.length; at++) {
      head = roll(head, text.charCodeAt(at));
      if (heads[head] === 0) continue;
      const start = at + 1 - headLength;
      if (start < 0) continue;
      for (const form of byHead.get(head) ?? []) if (text.startsWith(form.text, start)) found(start, form);
    }
  }

  return {
    longest,
    replace(text, mask) {
      let clean = "";
      let covered: { start: number; end: number } | undefined;
      let done = 0;
      const flush = () => {
        if (covered === undefined) return;
        clean += text.slice(done, covered.start) + mask;
        done = covered.end;
      };
      find(text, (start, form) => {
        const end = start + form.text.length;
        if (covered !== undefined && start < covered.end) {
          covered.end = Math.max(covered.end, end);
          return;
        }
        flush();
        covered = { start, end };
      });
      flush();
      return done === 0 ? text : clean + text.slice(done);
    },
    within(text) {
      const secretsFound = new Set<string>();
      find(text, (_, { secret }) => secretsFound.add(secret));
      return secretsFound;
    },
  };
}
