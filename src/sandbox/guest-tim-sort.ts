/**
 * The TimSort of V8's array-sort.tq, which makes the same comparisons in the same order. The functions are handed over
 * as text, see guest.ts; none uses a built-in that a program could have changed.
 */

/** What a program gives: it may return anything, so each result is made a number. */
export type ItemOrder = (a: unknown, b: unknown) => number;

/** A sort that is under way. */
export interface Sorting {
  readonly work: unknown[];
  readonly order: ItemOrder;
  /** A list without a prototype, of which a program could have made setters. */
  readonly newList: () => never[];
  /** Runs that are not merged yet, from left to right. */
  readonly bases: number[];
  readonly lengths: number[];
  runs: number;
  minGallop: number;
}

/** Two runs that are being merged; the shorter one lies in `temp`. */
interface Merging {
  readonly temp: unknown[];
  readonly base: number;
  dest: number;
  inTemp: number;
  inWork: number;
  /** How many are left in `temp` and in `work`. */
  temps: number;
  works: number;
}

/** Sorts the first `length` items of `work`. */
export function timSort(s: Sorting, length: number): void {
  let rest = length;
  let extra = 0;
  let least = length;
  for (; least >= 64; least >>= 1) extra |= least & 1;
  least += extra;
  for (let low = 0; rest > 0; ) {
    let run = countRun(s, low, low + rest);
    if (run < least) {
      const forced = least < rest ? least : rest;
      insertBinary(s, low, low + run, low + forced);
      run = forced;
    }
    s.bases[s.runs] = low;
    s.lengths[s.runs++] = run;
    collapse(s);
    low += run;
    rest -= run;
  }
  while (s.runs > 1) mergeAt(s, s.runs - (s.runs > 2 && lengthAt(s, s.runs - 3) < lengthAt(s, s.runs - 1) ? 3 : 2));
}

function lengthAt(s: Sorting, at: number): number {
  return s.lengths[at] as number;
}

/** The length of the run at `low`, which is turned around if it descends. */
function countRun({ work, order }: Sorting, low: number, high: number): number {
  if (low + 1 === high) return 1;
  const descends = +order(work[low + 1], work[low]) < 0;
  let end = low + 2;
  while (end < high && +order(work[end], work[end - 1]) < 0 === descends) end++;
  for (let i = low, j = end - 1; descends && i < j; i++, j--) {
    const item = work[i];
    work[i] = work[j];
    work[j] = item;
  }
  return end - low;
}

function insertBinary({ work, order }: Sorting, low: number, start: number, high: number): void {
  for (let at = start; at < high; at++) {
    const pivot = work[at];
    let left = low;
    let right = at;
    while (left < right) {
      const middle = left + ((right - left) >> 1);
      if (+order(pivot, work[middle]) < 0) right = middle;
      else left = middle + 1;
    }
    for (let i = at; i > left; i--) work[i] = work[i - 1];
    work[left] = pivot;
  }
}

/** Merges until the lengths of the runs fall fast enough from left to right. */
function collapse(s: Sorting): void {
  const holds = (n: number): boolean => n < 2 || lengthAt(s, n - 2) > lengthAt(s, n - 1) + lengthAt(s, n);
  while (s.runs > 1) {
    const n = s.runs - 2;
    if (!holds(n + 1) || !holds(n)) mergeAt(s, lengthAt(s, n - 1) < lengthAt(s, n + 1) ? n - 1 : n);
    else if (lengthAt(s, n) <= lengthAt(s, n + 1)) mergeAt(s, n);
    else break;
  }
}

/** Merges run `i` with the one after it. */
function mergeAt(s: Sorting, i: number): void {
  const { work } = s;
  let a = s.bases[i] as number;
  let lengthA = lengthAt(s, i);
  const b = s.bases[i + 1] as number;
  let lengthB = lengthAt(s, i + 1);
  s.lengths[i] = lengthA + lengthB;
  if (i === s.runs - 3) {
    s.bases[i + 1] = s.bases[i + 2] as number;
    s.lengths[i + 1] = lengthAt(s, i + 2);
  }
  s.runs--;
  const skipped = gallop(s, work, work[b], { base: a, length: lengthA, hint: 0, isRight: true });
  a += skipped;
  lengthA -= skipped;
  if (lengthA === 0) return;
  const key = work[a + lengthA - 1];
  lengthB = gallop(s, work, key, { base: b, length: lengthB, hint: lengthB - 1, isRight: false });
  if (lengthB === 0) return;
  const temp: unknown[] = s.newList();
  const isLow = lengthA <= lengthB;
  for (let at = 0; at < (isLow ? lengthA : lengthB); at++) temp[at] = work[(isLow ? a : b) + at];
  const low = { temp, base: b, dest: a, inTemp: 0, inWork: b, temps: lengthA, works: lengthB };
  const ends = { dest: b + lengthB - 1, inTemp: lengthB - 1, inWork: a + lengthA - 1 };
  const m: Merging = isLow ? low : { temp, base: a, ...ends, temps: lengthB, works: lengthA };
  merge(s, m, isLow ? 1 : -1);
}

interface GallopRange {
  readonly base: number;
  readonly length: number;
  readonly hint: number;
  /** Whether the place after equal items is meant, and not the one before. */
  readonly isRight: boolean;
}

/** Where `key` belongs in a sorted piece of `list`, searched in growing steps from `hint`. */
function gallop(
  { order }: Sorting,
  list: unknown[],
  key: unknown,
  { base, length, hint, isRight }: GallopRange,
): number {
  const isBefore = (at: number): boolean =>
    isRight ? !(+order(key, list[base + at]) < 0) : +order(list[base + at], key) < 0;
  const goesUp = isBefore(hint);
  const most = goesUp ? length - hint : hint + 1;
  let last = 0;
  let step = 1;
  while (step < most && isBefore(goesUp ? hint + step : hint - step) === goesUp) {
    last = step;
    step = step * 2 + 1;
  }
  if (step > most) step = most;
  let low = (goesUp ? hint + last : hint - step) + 1;
  let high = goesUp ? hint + step : hint - last;
  while (low < high) {
    const middle = low + ((high - low) >> 1);
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return high;
}

/** Merges the run in `temp` with its neighbour in `work`: `by` 1 from the left, or -1 from the right. */
function merge(s: Sorting, m: Merging, by: 1 | -1): void {
  moveWork(s, m, by, 1);
  while (m.works > 0 && m.temps > 1) {
    mergeSingly(s, m, by);
    if (m.works > 0 && m.temps > 1) mergeGalloping(s, m, by);
  }
  moveWork(s, m, by, m.works);
  moveTemp(s, m, by, m.temps);
}

function moveWork({ work }: Sorting, m: Merging, by: number, count: number): void {
  for (let left = count; left > 0; left--, m.dest += by, m.inWork += by) work[m.dest] = work[m.inWork];
  m.works -= count;
}

function moveTemp({ work }: Sorting, m: Merging, by: number, count: number): void {
  for (let left = count; left > 0; left--, m.dest += by, m.inTemp += by) work[m.dest] = m.temp[m.inTemp];
  m.temps -= count;
}

/** One by one, until one of the runs has won often. */
function mergeSingly(s: Sorting, m: Merging, by: 1 | -1): void {
  const { order, work } = s;
  const { temp } = m;
  let worksWon = 0;
  let tempsWon = 0;
  while (m.works > 0 && m.temps > 1 && worksWon < s.minGallop && tempsWon < s.minGallop) {
    const inWork = work[m.inWork];
    const inTemp = temp[m.inTemp];
    if (+(by === 1 ? order(inWork, inTemp) : order(inTemp, inWork)) < 0) {
      work[m.dest] = inWork;
      m.inWork += by;
      m.works--;
      worksWon++;
      tempsWon = 0;
    } else {
      work[m.dest] = inTemp;
      m.inTemp += by;
      m.temps--;
      tempsWon++;
      worksWon = 0;
    }
    m.dest += by;
  }
}

/** By whole pieces, as long as they are long. */
function mergeGalloping(s: Sorting, m: Merging, by: 1 | -1): void {
  const isLow = by === 1;
  s.minGallop++;
  for (let [works, temps] = [7, 7]; works >= 7 || temps >= 7; ) {
    s.minGallop = s.minGallop > 2 ? s.minGallop - 1 : 1;
    if (isLow) {
      temps = gallop(s, m.temp, s.work[m.inWork], { base: m.inTemp, length: m.temps, hint: 0, isRight: true });
      moveTemp(s, m, by, temps);
      if (m.temps <= 1) return;
      moveWork(s, m, by, 1);
      if (m.works === 0) return;
      works = gallop(s, s.work, m.temp[m.inTemp], { base: m.inWork, length: m.works, hint: 0, isRight: false });
      moveWork(s, m, by, works);
      if (m.works === 0) return;
      moveTemp(s, m, by, 1);
      if (m.temps === 1) return;
    } else {
      const { base, works: length } = m;
      works = length - gallop(s, s.work, m.temp[m.inTemp], { base, length, hint: length - 1, isRight: true });
      moveWork(s, m, by, works);
      if (m.works === 0) return;
      moveTemp(s, m, by, 1);
      if (m.temps === 1) return;
      const place = { base: 0, length: m.temps, hint: m.temps - 1, isRight: false };
      temps = m.temps - gallop(s, m.temp, s.work[m.inWork], place);
      moveTemp(s, m, by, temps);
      if (m.temps <= 1) return;
      moveWork(s, m, by, 1);
      if (m.works === 0) return;
    }
  }
  s.minGallop++;
}

/** All functions of this file. */
export const timSortFunctions: readonly ((...args: never[]) => unknown)[] = [
  ...[timSort, lengthAt, countRun, insertBinary, collapse, mergeAt],
  ...[gallop, merge, moveWork, moveTemp, mergeSingly, mergeGalloping],
];
