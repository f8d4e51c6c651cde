/** Writes what a program did as text of bounded length: calls and values in the order in which they ran. */

import { headOf } from "../../util/cut.ts";
import { preview } from "../../util/preview.ts";
import type { Problem, Shown } from "../problem.ts";

/** How many characters of a value are kept: the first limit at which everything fits is taken. */
const valueLimits = [2_000, 600, 250];

/** The runs in at most `room` characters: values are cut first, then those farthest from the output are left out. */
export function runsText({ shown }: Problem, room: number): string {
  for (const limit of valueLimits) {
    const text = shown.map((value) => lineOf(value, limit)).join("\n");
    if (text.length <= room) return text;
  }
  const limit = valueLimits.at(-1) as number;
  const nearestFirst = shown
    .map((value, index) => ({ index, line: lineOf(value, limit), distance: value.distance }))
    .sort((one, other) => one.distance - other.distance || other.index - one.index);
  const kept: typeof nearestFirst = [];
  let left = room - noteLength;
  for (const value of nearestFirst) {
    left -= value.line.length + 1;
    if (left < 0) break;
    kept.push(value);
  }
  const lines = kept.sort((one, other) => one.index - other.index).map(({ line }) => line);
  return [`(${shown.length - kept.length} values farther from the output are left out.)`, ...lines].join("\n");
}

const noteLength = 100;

function lineOf({ name, call, value, doc, role }: Shown, limit: number): string {
  const about = doc === undefined || doc === "" ? "" : ` // ${headOf(doc.replace(/\s+/g, " "), 200)}`;
  const output = role === "output" ? " (the output)" : "";
  return `${call ?? name}${about}${output}\n  = ${preview(value, limit)}`;
}
