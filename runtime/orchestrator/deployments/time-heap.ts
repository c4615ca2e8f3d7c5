/** A heap of times: the earliest is at hand however many there are, and each key stands in it once. */

export interface TimeHeap {
  /** Puts the key at this time, wherever it stood before. */
  put(key: string, time: number): void;
  remove(key: string): void;
  timeOf(key: string): number | undefined;
  first(): { readonly key: string; readonly time: number } | undefined;
  readonly size: () => number;
}

interface Entry {
  readonly key: string;
  time: number;
  place: number;
}

export function createTimeHeap(): TimeHeap {
  const heap: Entry[] = [];
  const byKey = new Map<string, Entry>();

  const set = (entry: Entry, place: number): void => {
    heap[place] = entry;
    entry.place = place;
  };
  const up = (entry: Entry): void => {
    let { place } = entry;
    while (place > 0) {
      const parent = heap[(place - 1) >> 1];
      if (parent === undefined || parent.time <= entry.time) break;
      set(parent, place);
      place = (place - 1) >> 1;
    }
    set(entry, place);
  };
  const down = (entry: Entry): void => {
    let { place } = entry;
    for (;;) {
      const [left, right] = [heap[2 * place + 1], heap[2 * place + 2]];
      const child = right !== undefined && left !== undefined && right.time < left.time ? right : left;
      if (child === undefined || child.time >= entry.time) break;
      const next = child.place;
      set(child, place);
      place = next;
    }
    set(entry, place);
  };

  return {
    put(key, time) {
      const known = byKey.get(key);
      if (known === undefined) {
        const entry = { key, time, place: heap.length };
        byKey.set(key, entry);
        heap.push(entry);
        up(entry);
        return;
      }
      const earlier = time < known.time;
      known.time = time;
      if (earlier) up(known);
      else down(known);
    },
    remove(key) {
      const entry = byKey.get(key);
      const last = heap.pop();
      if (entry === undefined || last === undefined) {
        if (last !== undefined) heap.push(last);
        return;
      }
      byKey.delete(key);
      if (last === entry) return;
      set(last, entry.place);
      up(last);
      down(last);
    },
    timeOf: (key) => byKey.get(key)?.time,
    first: () => heap[0],
    size: () => heap.length,
  };
}
