/** Any thrown value as a page is told of it. */

import type { ApiProblem } from "../../runtime/protocol/api.ts";
import { MillraceError, toError } from "../../runtime/protocol/errors.ts";
import { CancelledByUser, NotTrusted } from "../problems.ts";

/** Code "cancelled": the user changed his mind, and nothing is shown. */
export function toProblem(thrown: unknown): ApiProblem {
  if (thrown instanceof CancelledByUser) return { code: "cancelled", message: thrown.message };
  if (thrown instanceof NotTrusted) return { code: "untrusted", message: thrown.message };
  if (thrown instanceof MillraceError) {
    const { code, message, fields } = thrown;
    return { code, message, ...(fields.length === 0 ? {} : { fields }) };
  }
  return { code: "internal", message: toError(thrown).message };
}

/** Whether the problem is one of this program, which belongs into its log, rather than one that the user can mend. */
export function isUnexpected(problem: ApiProblem): boolean {
  return problem.code === "internal";
}
