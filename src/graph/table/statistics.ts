/** Sums up columns of a table of which not all rows are written. */

/** A column that is summed up. */
export interface SummedColumn {
  readonly name: string;
  readonly values: readonly unknown[];
  /** The values as text; empty for one that is missing. */
  readonly cells: readonly string[];
  /** What tells the values apart. */
  readonly keys: readonly string[];
}

/** A line a column under a title: of numbers what they were between, of other values how many there were. */
export function statisticsOf(columns: readonly SummedColumn[]): readonly string[] {
  return columns.length === 0 ? [] : ["Over all rows:", ...columns.map((column) => `${column.name}: ${sumUp(column)}`)];
}

function sumUp({ values, cells, keys }: SummedColumn): string {
  const numbers = values.filter((value) => typeof value === "number");
  const others = values.filter((value) => typeof value !== "number" && value !== undefined && value !== null);
  if (numbers.length === 0 || others.length > 0) return valuesText(cells, keys);
  let [least, most, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of numbers) [least, most, sum] = [Math.min(least, value), Math.max(most, value), sum + value];
  const mean = Number((sum / numbers.length).toPrecision(4));
  const rows = numbers.length === values.length ? "" : `, a number in ${numbers.length} rows`;
  return `${least} to ${most}, mean ${mean}, sum ${Number(sum.toPrecision(6))}${rows}`;
}

function valuesText(cells: readonly string[], keys: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const key of keys) if (key !== "") counts.set(key, (counts.get(key) ?? 0) + 1);
  const distinct = `${counts.size} distinct values`;
  const [often, most] = [...counts].reduce((known, next) => (next[1] > known[1] ? next : known), ["", 1]);
  return most === 1 ? distinct : `${distinct}, most often ${cells[keys.indexOf(often)]} (${most} rows)`;
}
