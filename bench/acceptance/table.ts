/** Tables as Markdown, and how sure their figures are. */

/** A table with a title. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A table as Markdown. */
export function textOf({ title, head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const dashes = head.map((_, at) => (at === 0 ? "---" : "--:"));
  return [`**${title}**`, "", line(head), line(dashes), ...rows.map(line), ""].join("\n");
}

/** A share as per cent: whole ones from ten on. */
export function percent(count: number, all: number): string {
  const share = (100 * count) / all;
  return share >= 10 || share === 0 ? share.toFixed(0) : share.toFixed(1);
}

/** The chance of at least `count` errors in `runs` runs that each err with the chance `error`. */
function chanceOfAtLeast(count: number, runs: number, error: number): number {
  let logTerm = runs * Math.log1p(-error);
  let below = 0;
  for (let errors = 0; errors < count; errors++) {
    below += Math.exp(logTerm);
    logTerm += Math.log((runs - errors) / (errors + 1)) + Math.log(error / (1 - error));
  }
  return Math.max(0, 1 - below);
}

/**
 * So unlikely a count of errors, if at most 5% are promised and there are some hundred counts, is a broken promise.
 */
const unlikely = 1e-5;

/** Whether so many errors in so many runs show that there are more than 5%. */
export function isClearlyAbove(count: number, runs: number): boolean {
  return chanceOfAtLeast(count, runs, 0.05) <= unlikely;
}
