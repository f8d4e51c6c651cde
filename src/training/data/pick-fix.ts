/** How to take the rows out of a JSON file: a call that works for its data. */

import { isRecord } from "../../util/is-record.ts";
import { keyText, stepText } from "../../util/path-text.ts";
import { isContainer } from "../../util/tree.ts";

type RowFields = Readonly<Record<string, unknown>>;

/** The maximum depth of the search for rows. */
const maxDepth = 4;

/** A sentence with the call of `loadJson` that gives rows from `data`, if the data hold any. */
export function pickFix(data: unknown): string {
  if (isRows(data)) return "The file itself is an array of objects: loadJson(path).";
  const path = pathToRows(data);
  if (path?.length === 1) return `Say which field holds the rows: loadJson(path, ${JSON.stringify(path[0])}).`;
  const pick = path === undefined ? pickFrom(data) : `data${path.map(stepText).join("")}`;
  if (pick === undefined) return "Give the file of an array of objects.";
  return `Say how to make rows of it: loadJson(path, (data: any) => ${pick}).`;
}

function isRows(value: unknown): value is readonly RowFields[] {
  return Array.isArray(value) && value.length > 0 && value.every(isRecord);
}

/** The keys that lead to the first array of objects, the shallowest first. */
function pathToRows(data: unknown): readonly string[] | undefined {
  const queue: { readonly value: unknown; readonly path: readonly string[] }[] = [{ value: data, path: [] }];
  for (const { value, path } of queue) {
    if (path.length > 0 && isRows(value)) return path;
    if (!isRecord(value) || path.length >= maxDepth) continue;
    for (const [key, item] of Object.entries(value)) queue.push({ value: item, path: [...path, key] });
  }
  return undefined;
}

/** Rows from columns of equal length, from objects by id, or from single values. */
function pickFrom(data: unknown): string | undefined {
  if (Array.isArray(data)) return data.some(isContainer) ? undefined : "data.map((input) => ({ input }))";
  if (!isRecord(data)) return undefined;
  const items = Object.values(data);
  if (items.length > 0 && items.every(isRecord)) return "Object.values(data)";
  const columns = Object.entries(data).filter((entry): entry is [string, readonly unknown[]] =>
    Array.isArray(entry[1]),
  );
  const [first] = columns;
  if (first === undefined || columns.some(([, column]) => column.length !== first[1].length)) return undefined;
  const fields = columns.map(([name]) => `${keyText(name)}: data${stepText(name)}[index]`);
  return `data${stepText(first[0])}.map((_, index) => ({ ${fields.join(", ")} }))`;
}
