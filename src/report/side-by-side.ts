/** Two versions of a text as rows of two columns: a difference that people read line by line. */

import type { Change } from "diff";

/** A piece of a line; `changed` ones are not in the other version. */
export interface LinePiece {
  readonly text: string;
  readonly changed: boolean;
}

/** One line of one version. */
export interface LineSide {
  /** From 1 up. */
  readonly line: number;
  readonly pieces: readonly LinePiece[];
}

/** One row: both sides for lines that match or replace each other, else one; or the number of `skipped` equal lines. */
export type DifferenceRow =
  | { readonly kind: "same" | "changed"; readonly before: LineSide | undefined; readonly after: LineSide | undefined }
  | { readonly kind: "skipped"; readonly count: number };

/** Equal lines around a change. */
const context = 3;
/** Texts that differ more than this are given one after the other: comparing takes quadratic time. */
const bounds = { maxEditLength: 2_000 } as const;

/** Compares two texts. Loads the package `diff`, once. */
export async function loadCompare(): Promise<(before: string, after: string) => DifferenceRow[]> {
  const { diffLines, diffWordsWithSpace } = await import("diff");
  const words: WordDiff = (before, after) => diffWordsWithSpace(before, after, bounds);
  return (before, after) => {
    const [old, now] = [withEnd(before), withEnd(after)];
    return foldEqual(rowsOf(diffLines(old, now, bounds) ?? replacement(old, now), words));
  };
}

type WordDiff = (before: string, after: string) => readonly Change[] | undefined;

function replacement(before: string, after: string): Change[] {
  return [
    { value: before, added: false, removed: true, count: 1 },
    { value: after, added: true, removed: false, count: 1 },
  ];
}

/** A last line without its line break is still the same line. */
function withEnd(text: string): string {
  const plain = text.replace(/\r\n?/g, "\n");
  return plain === "" || plain.endsWith("\n") ? plain : `${plain}\n`;
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function rowsOf(changes: readonly Change[], words: WordDiff): DifferenceRow[] {
  const rows: DifferenceRow[] = [];
  const at = { before: 1, after: 1 };
  let removed: string[] = [];
  const flush = (added: readonly string[]): void => {
    rows.push(...pairLines(removed, added, at, words));
    removed = [];
  };
  for (const change of changes) {
    const lines = linesOf(change.value);
    if (change.removed) removed = lines;
    else if (change.added) flush(lines);
    else {
      flush([]);
      for (const text of lines) {
        const pieces = [{ text, changed: false }];
        rows.push({ kind: "same", before: { line: at.before++, pieces }, after: { line: at.after++, pieces } });
      }
    }
  }
  flush([]);
  return rows;
}

/** Removed lines beside those that replaced them. */
function pairLines(
  removed: readonly string[],
  added: readonly string[],
  at: { before: number; after: number },
  words: WordDiff,
): DifferenceRow[] {
  return Array.from({ length: Math.max(removed.length, added.length) }, (_, index): DifferenceRow => {
    const [old, now] = [removed[index], added[index]];
    const [oldPieces, nowPieces] = piecesOf(old, now, words);
    return {
      kind: "changed",
      before: old === undefined ? undefined : { line: at.before++, pieces: oldPieces },
      after: now === undefined ? undefined : { line: at.after++, pieces: nowPieces },
    };
  });
}

function piecesOf(
  old: string | undefined,
  now: string | undefined,
  words: WordDiff,
): readonly [LinePiece[], LinePiece[]] {
  const whole = (text = "", changed = false): LinePiece[] => [{ text, changed }];
  if (old === undefined || now === undefined) return [whole(old), whole(now)];
  const changes = words(old, now);
  const same = (changes ?? []).filter(({ added, removed }) => !added && !removed);
  const common = same.reduce((sum, { value }) => sum + value.trim().length, 0);
  // Lines with little in common are two lines, not one that changed: a mark on every other word would only disturb.
  if (changes === undefined || common < 0.3 * Math.min(old.length, now.length)) return [whole(old), whole(now)];
  const side = (skip: "added" | "removed"): LinePiece[] =>
    joinMarks(
      changes
        .filter((change) => !change[skip])
        .map(({ value, added, removed }) => ({ text: value, changed: added || removed })),
    );
  return [side("added"), side("removed")];
}

/** The space between two marked words is marked too: a mark on each word alone is hard to read. */
function joinMarks(pieces: readonly LinePiece[]): LinePiece[] {
  const out: LinePiece[] = [];
  for (const [index, { text, changed }] of pieces.entries()) {
    const isBetween = text.trim() === "" && out.at(-1)?.changed === true && pieces[index + 1]?.changed === true;
    const last = out.at(-1);
    const marked = changed || isBetween;
    if (last?.changed === marked) out[out.length - 1] = { text: last.text + text, changed: marked };
    else out.push({ text, changed: marked });
  }
  return out;
}

/** Leaves out equal lines far from any change. */
function foldEqual(rows: readonly DifferenceRow[]): DifferenceRow[] {
  const near = new Set<number>();
  for (const [index, row] of rows.entries()) {
    if (row.kind !== "changed") continue;
    for (let at = index - context; at <= index + context; at++) near.add(at);
  }
  const out: DifferenceRow[] = [];
  let count = 0;
  const skip = (from: number): void => {
    // The note about one line takes as much room as the line.
    if (count === 1) out.push(rows[from - 1] as DifferenceRow);
    else if (count > 1) out.push({ kind: "skipped", count });
    count = 0;
  };
  for (const [index, row] of rows.entries()) {
    if (!near.has(index)) count++;
    else {
      skip(index);
      out.push(row);
    }
  }
  skip(rows.length);
  return out;
}
