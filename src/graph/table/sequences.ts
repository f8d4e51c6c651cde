/** Narrow columns in full on a line each, for a table of which not all rows are written: `0 x14,3 x2,2,3`. */

/** A column as far as it is written in full. */
export interface NarrowColumn {
  readonly name: string;
  /** The values as text; empty for one that is missing. */
  readonly cells: readonly string[];
  /** How many fields deep in a value it lies; 0 for what a call gave itself. */
  readonly depth: number;
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
  for (const sequence of bestFirst(columns)) {
    if (sequence.line.length > left) continue;
    chosen.set(sequence.column, sequence);
    left -= sequence.line.length;
  }
  return columns.flatMap((column) => chosen.get(column) ?? []);
}

/** The sequences of the last tables: a prompt that is too long is written many times. */
const known = new WeakMap<readonly NarrowColumn[], readonly Sequence<NarrowColumn>[]>();

function bestFirst<C extends NarrowColumn>(columns: readonly C[]): readonly Sequence<C>[] {
  let sequences = known.get(columns) as readonly Sequence<C>[] | undefined;
  if (sequences === undefined) {
    sequences = columns
      .filter(({ cells }) => cells.every((cell) => cell.length <= maxCell))
      .map((column) => ({ column, line: `${column.name}: ${runsOf(column.cells)}` }))
      .sort((a, b) => a.column.depth - b.column.depth || a.line.length - b.line.length);
    known.set(columns, sequences);
  }
  return sequences;
}

/** The values in order, equal ones in a row once. */
function runsOf(cells: readonly string[]): string {
  const texts: string[] = [];
  let [marked, from] = [0, 0];
  while (from < cells.length) {
    let next = from + 1;
    while (next < cells.length && cells[next] === cells[from]) next += 1;
    const isFar = from - marked >= mark;
    if (isFar) marked = from;
    const value = cells[from] === "" ? "missing" : cells[from];
    texts.push(`${isFar ? `@${from + 1} ` : ""}${value}${next - from === 1 ? "" : ` x${next - from}`}`);
    from = next;
  }
  return texts.join(",");
}
