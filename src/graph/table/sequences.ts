/** Narrow columns in full on a line each, for a table of which not all rows are written: `0 x14,3 x2,2,3`. */

/** A column as far as it is written in full. */
export interface NarrowColumn {
  readonly name: string;
  /** How many fields deep in a value it lies; 0 for what a call gave itself. */
  readonly depth: number;
  /** What tells the values apart; undefined for one that is missing. */
  readonly keys: readonly unknown[];
  isSameAt(row: number, other: number): boolean;
  /** A value as text, in about `limit` characters at most. */
  cellAt(row: number, limit: number): string;
}

/** A column in full. */
export interface Sequence<C extends NarrowColumn> {
  readonly column: C;
  readonly line: string;
}

/** A value longer than this is not narrow, in characters. */
const maxCell = 24;
/** After how many rows a sequence says where it is: nobody counts to 300. */
const mark = 25;

/** What stands above the sequences. */
export const sequencesTitle = "Every row of these, in order (0 x14 is 14 rows of 0; @26 says that row 26 comes next):";

/**
 * The narrow columns that fit into `room` characters together, in their order: what calls gave themselves comes before
 * the fields of it, and then the shortest first. What is short and repeats takes little: actions, rewards, flags.
 */
export function sequencesWithin<C extends NarrowColumn>(columns: readonly C[], room: number): readonly Sequence<C>[] {
  if (room === 0) return [];
  const chosen = new Map<C, Sequence<C>>();
  let left = room;
  for (const sequence of bestFirst(columns, room)) {
    if (sequence.line.length > left) continue;
    chosen.set(sequence.column, sequence);
    left -= sequence.line.length;
  }
  return columns.flatMap((column) => chosen.get(column) ?? []);
}

/** The sequences of the last tables, up to a length: a prompt that is too long is written many times. */
const known = new WeakMap<readonly NarrowColumn[], { room: number; sequences: readonly Sequence<NarrowColumn>[] }>();

function bestFirst<C extends NarrowColumn>(columns: readonly C[], room: number): readonly Sequence<C>[] {
  const last = known.get(columns);
  if (last !== undefined && last.room >= room) return last.sequences as readonly Sequence<C>[];
  const sequences = columns
    .flatMap((column) => {
      const line = lineWithin(column, room);
      return line === undefined ? [] : [{ column, line }];
    })
    .sort((a, b) => a.column.depth - b.column.depth || a.line.length - b.line.length);
  known.set(columns, { room, sequences });
  return sequences;
}

/** The values in order, equal ones in a row once; undefined when one is wide, or the line is too long. */
function lineWithin(column: NarrowColumn, room: number): string | undefined {
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
