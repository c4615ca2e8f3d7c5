/**
 * Where the lines of an earlier text stand now. A line that was edited stands nowhere: what was known of it is no longer
 * true. Pure.
 */

/** Beyond so many comparisons only lines that occur once are used as landmarks. */
const mostCells = 1_000_000;

/** For each line (from 0) of `before` its line in `now`, or undefined when it was edited or removed. */
export function alignLines(before: readonly string[], now: readonly string[]): readonly (number | undefined)[] {
  const places: (number | undefined)[] = new Array(before.length).fill(undefined);
  let start = 0;
  while (start < before.length && start < now.length && before[start] === now[start]) {
    places[start] = start;
    start++;
  }
  let endBefore = before.length;
  let endNow = now.length;
  while (endBefore > start && endNow > start && before[endBefore - 1] === now[endNow - 1]) {
    endBefore--;
    endNow--;
    places[endBefore] = endNow;
  }
  const left = before.slice(start, endBefore);
  const right = now.slice(start, endNow);
  const pairs = left.length * right.length <= mostCells ? longestCommon(left, right) : landmarks(left, right);
  for (const [one, other] of pairs) places[start + one] = start + other;
  return places;
}

export function linesOf(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}

type Pair = readonly [before: number, now: number];

/** The longest common subsequence, by the table of its lengths. */
function longestCommon(left: readonly string[], right: readonly string[]): readonly Pair[] {
  const width = right.length + 1;
  const lengths = new Uint32Array((left.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = left.length - 1; row >= 0; row--) {
    for (let column = right.length - 1; column >= 0; column--) {
      lengths[row * width + column] =
        left[row] === right[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const pairs: Pair[] = [];
  let row = 0;
  let column = 0;
  while (row < left.length && column < right.length) {
    if (left[row] === right[column]) pairs.push([row++, column++]);
    else if (at(row + 1, column) >= at(row, column + 1)) row++;
    else column++;
  }
  return pairs;
}

/** Lines that occur once on both sides, in an order that both have. */
function landmarks(left: readonly string[], right: readonly string[]): readonly Pair[] {
  const inRight = onceEach(right);
  const pairs: Pair[] = [...onceEach(left)].flatMap(([line, row]) => {
    const column = inRight.get(line);
    return column === undefined ? [] : [[row, column] as const];
  });
  pairs.sort(([one], [other]) => one - other);
  // The longest increasing run of columns: piles whose tops increase, with links to the pile before.
  const tops: number[] = [];
  const previous: (number | undefined)[] = [];
  pairs.forEach(([, column], index) => {
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const top = tops[middle];
      if (top !== undefined && (pairs[top]?.[1] ?? 0) < column) low = middle + 1;
      else high = middle;
    }
    previous[index] = tops[low - 1];
    tops[low] = index;
  });
  const chosen: Pair[] = [];
  for (let index = tops.at(-1); index !== undefined; index = previous[index]) {
    const pair = pairs[index];
    if (pair !== undefined) chosen.push(pair);
  }
  return chosen.reverse();
}

function onceEach(lines: readonly string[]): Map<string, number> {
  const seen = new Map<string, number | undefined>();
  for (const [index, line] of lines.entries()) seen.set(line, seen.has(line) ? undefined : index);
  const once = new Map<string, number>();
  for (const [line, index] of seen) if (index !== undefined) once.set(line, index);
  return once;
}
