/** Writes narrow columns in full, each on a line, for a table with rows left out: `0 x14,3 x2,2,3`. */

import type { Column } from "./column.ts";

/** A column in full. */
export interface Sequence {
  readonly column: Column;
  readonly line: string;
}

/** A value longer than this is not narrow, in characters. */
const maxCell = 24;
/** A sequence gives the number of the row after so many rows: nobody counts to 300. */
const mark = 25;

/** The line above the sequences. */
export const sequencesTitle = "Every row of these, in order (0 x14 is 14 rows of 0; @26 says that row 26 comes next):";

/**
 * The narrow columns that fit into `room` characters together, in their order. Whole values are taken before fields,
 * and short ones before long ones: actions, rewards and flags take little.
 */
export function sequencesWithin(columns: readonly Column[], room: number): readonly Sequence[] {
  if (room === 0) return [];
  const chosen = new Map<Column, Sequence>();
  let left = room;
  for (const sequence of bestFirst(columns, room)) {
    if (sequence.line.length > left) continue;
    chosen.set(sequence.column, sequence);
    left -= sequence.line.length;
  }
  return columns.flatMap((column) => chosen.get(column) ?? []);
}

/** The sequences of columns up to a length. A prompt that is too long is written many times. */
const known = new WeakMap<readonly Column[], { room: number; sequences: readonly Sequence[] }>();

function bestFirst(columns: readonly Column[], room: number): readonly Sequence[] {
  const last = known.get(columns);
  if (last !== undefined && last.room >= room) return last.sequences;
  const sequences = columns
    .flatMap((column) => {
      const line = lineWithin(column, room);
      return line === undefined ? [] : [{ column, line }];
    })
    .sort((a, b) => a.column.depth - b.column.depth || a.line.length - b.line.length);
  known.set(columns, { room, sequences });
  return sequences;
}

/** The values in order, equal neighbors once. Undefined if a value is wide or the line too long. */
function lineWithin(column: Column, room: number): string | undefined {
  const count = column.keys.length;
  let line = `${column.name}: `;
  let [marked, from] = [0, 0];
  while (from < count) {
    const cell = column.cellAt(from, maxCell + 1);
    if (cell.length > maxCell || line.length > room) return undefined;
    let next = from + 1;
    while (next < count && column.isSameAt(next, from)) next += 1;
    const isFar = from - marked >= mark;
    if (isFar) marked = from;
    const times = next - from === 1 ? "" : ` x${next - from}`;
    line += `${from === 0 ? "" : ","}${isFar ? `@${from + 1} ` : ""}${cell === "" ? "missing" : cell}${times}`;
    from = next;
  }
  return line;
}
