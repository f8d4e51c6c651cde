/** Which run of a program was judged: its name in the journal, and the path from which it calls models. */

import { inSegment } from "../../util/external-call.ts";
import type { SplitName } from "../types.ts";

/** Which run an outcome is of. */
export interface Place {
  /** The program. */
  readonly id: string;
  readonly split: SplitName;
  readonly exampleId: string;
  /**
   * Names the repeat, unique for program and example: `#0`, `#1`, … for runs that score a program; for training runs
   * where in the loop they were made, `@3/batch 1`.
   */
  readonly visit: string;
}

/** The name of a run in the journal. */
export function keyAt({ id, split, exampleId, visit }: Place): string {
  return `${id}/${split}/${exampleId}${visit}`;
}

/** The run that a name stands for. */
export function placeOf(key: string): Place {
  const [first, second] = [key.indexOf("/"), key.indexOf("/", key.indexOf("/") + 1)];
  const end = Math.max(key.lastIndexOf("#"), key.lastIndexOf("@"));
  const split = key.slice(first + 1, second) as SplitName;
  return { id: key.slice(0, first), split, exampleId: key.slice(second + 1, end), visit: key.slice(end) };
}

/** The path of the calls that are made in a run. */
export function pathAt({ id, split, exampleId, visit }: Place): string {
  const example = inSegment(exampleId);
  if (visit.startsWith("#")) return `candidate ${id}/${split}/${example}${visit}`;
  return `round ${visit.slice(1)}/run ${id} ${example}`;
}

/**
 * The path of the run that a call was made in, by the path of the call; undefined for calls of no run, such as
 * proposals.
 */
export function runPathOf(path: string): string | undefined {
  const segments = path.split("/", 3);
  const isRun = segments[0]?.startsWith("candidate ") === true || segments[2]?.startsWith("run ") === true;
  return isRun && segments.length === 3 ? segments.join("/") : undefined;
}

/** The round of a training run; undefined for a run that scores a program. */
export function roundOf({ visit }: Place): number | undefined {
  return visit.startsWith("@") ? Number.parseInt(visit.slice(1), 10) : undefined;
}
