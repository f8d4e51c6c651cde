/** Checks of what learned code passes to the toolkit, and what its fitting functions share. */

/** Rows of numbers: one row an example, one number a feature. */
export type Matrix = readonly (readonly number[])[];

/**
 * The number of features of a matrix.
 * @throws RangeError when it has no rows, or a row has another length or a value that is not a finite number.
 */
export function widthOf(caller: string, x: Matrix): number {
  const width = Array.isArray(x) ? x[0]?.length : undefined;
  if (width === undefined || width === 0) throw new RangeError(`${caller}: X needs rows of numbers; it has none.`);
  for (const [index, row] of x.entries()) {
    if (row.length !== width) {
      throw new RangeError(`${caller}: row ${index} of X has ${row.length} values, row 0 has ${width}.`);
    }
    const at = row.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new RangeError(`${caller}: X[${index}][${at}] is ${String(row[at])}, not a finite number.`);
  }
  return width;
}

/**
 * Checks the targets of a fit.
 * @throws RangeError when there are more or fewer than rows, or one is not a finite number.
 */
export function checkTargets(caller: string, x: Matrix, y: readonly number[]): void {
  if (y.length !== x.length) throw new RangeError(`${caller}: X has ${x.length} rows, y has ${y.length} values.`);
  const at = y.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new RangeError(`${caller}: y[${at}] is ${String(y[at])}, not a finite number.`);
}

/**
 * Checks targets that are classes.
 * @throws RangeError when one is neither 0 nor 1, or all are equal.
 */
export function checkClasses(caller: string, y: readonly number[]): void {
  const at = y.findIndex((value) => value !== 0 && value !== 1);
  if (at >= 0) throw new RangeError(`${caller}: y[${at}] is ${String(y[at])}; classes are 0 and 1.`);
  if (new Set(y).size < 2)
    throw new RangeError(`${caller}: all values of y are ${String(y[0])}; two classes are needed.`);
}

/** The limits of an option, both included. */
export type Limits = readonly [low: number, high: number];

/**
 * The options as given, with defaults for the others.
 * @throws RangeError for an option without limits here, or beyond its limits.
 */
export function readOptions<T extends Readonly<Record<string, number>>>(
  caller: string,
  given: Partial<T>,
  known: { readonly [K in keyof T]: readonly [fallback: number, limits: Limits] },
): T {
  for (const name of Object.keys(given)) {
    if (!(name in known)) {
      throw new RangeError(`${caller} has no option "${name}". Its options: ${Object.keys(known).join(", ")}.`);
    }
  }
  const entries = Object.entries(known).map(([name, [fallback, [low, high]]]) => {
    const value = given[name] ?? fallback;
    if (typeof value === "number" && value >= low && value <= high) return [name, value] as const;
    throw new RangeError(`${caller}: ${name} is ${String(value)}; it may be ${low} to ${high}.`);
  });
  return Object.fromEntries(entries) as T;
}
