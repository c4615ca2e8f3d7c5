/** Between rows in memory and columns: ids, states, optional values. Pure. */
import { makeState, type State, stateNames, stateTypes } from "../../../protocol/states.ts";
import type { SqlValue } from "./database.ts";

const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const digits = new Uint8Array(128);
for (const [value, digit] of [..."0123456789abcdef"].entries()) digits[digit.charCodeAt(0)] = value;
/** Where the bytes of an id begin in its text. */
const places = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/** An id as its 16 bytes, which sort as its text does; an id of another form (imported) stays a text. */
export function idValue(id: string): Uint8Array | string {
  if (!shape.test(id)) return id;
  const bytes = new Uint8Array(16);
  for (let index = 0; index < 16; index++) {
    const place = places[index] ?? 0;
    bytes[index] = ((digits[id.charCodeAt(place)] ?? 0) << 4) | (digits[id.charCodeAt(place + 1)] ?? 0);
  }
  return bytes;
}

export function optionalId(id: string | undefined): SqlValue {
  return id === undefined ? null : idValue(id);
}

export function idText(value: SqlValue | undefined): string {
  if (!(value instanceof Uint8Array)) return String(value ?? "");
  let text = "";
  for (let index = 0; index < 16; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += "-";
    text += hex[value[index] ?? 0];
  }
  return text;
}

export function optionalIdText(value: SqlValue | undefined): string | undefined {
  return value === null || value === undefined ? undefined : idText(value);
}

export function numberOf(value: SqlValue | undefined): number {
  return typeof value === "number" ? value : 0;
}

export function optionalNumber(value: SqlValue | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

export function optionalText(value: SqlValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export const namesPerType = 16;

/** Type and name as one small number: type × 16 + name. Those of a newer version are -1 and stand in `more`. */
export function stateCode(state: State): number {
  const type = stateTypes.indexOf(state.type);
  const names: readonly string[] = stateNames[state.type] ?? [];
  const name = names.indexOf(state.name);
  return type < 0 || name < 0 ? -1 : type * namesPerType + name;
}

/** The state for a code; undefined for one that is not known here. */
export function codedState(code: number): Pick<State, "type" | "name"> | undefined {
  const type = stateTypes[Math.floor(code / namesPerType)];
  if (code < 0 || type === undefined) return undefined;
  const name = stateNames[type][code % namesPerType];
  return name === undefined ? undefined : makeState(type, 0, { name });
}

/** What a state has beyond type, name and time; undefined when nothing. */
export function stateRest(state: State): object | undefined {
  if (stateCode(state) < 0) return state;
  if (state.message === undefined && state.details === undefined) return undefined;
  return {
    ...(state.message === undefined ? {} : { message: state.message }),
    ...(state.details === undefined ? {} : { details: state.details }),
  };
}
