/**
 * The edges of the graph, a byte or two each: how far back in the run's list of task runs an input stands, as a
 * variable-length number. 0 says that another form follows: a length byte and the id's text (a task run not known in
 * this run).
 */
export function encodeInputs(
  key: number,
  ids: readonly string[],
  keyOf: (id: string) => number | undefined,
): Uint8Array {
  const bytes: number[] = [];
  for (const id of ids) {
    const distance = key - (keyOf(id) ?? key);
    if (distance > 0 && distance < 2 ** 28) {
      pushNumber(bytes, distance);
    } else {
      const text = new TextEncoder().encode(id.slice(0, 64));
      bytes.push(0);
      pushNumber(bytes, text.length);
      for (const byte of text) bytes.push(byte);
    }
  }
  return Uint8Array.from(bytes);
}

export function decodeInputs(key: number, bytes: Uint8Array, idAt: (key: number) => string): string[] {
  const ids: string[] = [];
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const distance = next();
    if (distance > 0) {
      ids.push(idAt(key - distance));
    } else {
      const length = next();
      ids.push(new TextDecoder().decode(bytes.subarray(at, at + length)));
      at += length;
    }
  }
  return ids;
}

function pushNumber(bytes: number[], value: number): void {
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
}
