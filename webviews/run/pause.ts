/** What a paused run asks. Pure. */
import type { ApiState } from "../../runtime/protocol/api.ts";

type Schema = Readonly<Record<string, unknown>>;

export interface PauseQuestion {
  readonly key: string | null;
  /** JSON Schema of the answer; null when any Continue will do. */
  readonly schema: Schema | null;
  /** A form has fields: an answer that is no object becomes its only field, "answer". */
  readonly formSchema: Schema | null;
  unwrap(values: Schema): unknown;
}

export function pauseQuestion(state: Pick<ApiState, "state_details">): PauseQuestion {
  const { pause_key, pause_schema } = state.state_details;
  const key = typeof pause_key === "string" ? pause_key : null;
  const schema = isSchema(pause_schema) ? pause_schema : null;
  if (schema === null) return { key, schema, formSchema: null, unwrap: (values) => values };
  if (schema["type"] === "object" || isSchema(schema["properties"])) {
    return { key, schema, formSchema: schema, unwrap: (values) => values };
  }
  const formSchema = { type: "object", properties: { answer: schema }, required: ["answer"] };
  return { key, schema, formSchema, unwrap: (values) => values["answer"] };
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
