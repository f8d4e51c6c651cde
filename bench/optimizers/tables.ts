/** The results as tables: scores by family, and paired differences to each control. */

import { markdownTable, spreadText } from "tracegrad/report";
import { type ScoreSummary, summaryOf } from "../../src/math/intervals.ts";
import { differenceOf } from "../../src/math/statistics.ts";
import type { Result } from "./contest.ts";
import { type Difference, pairedDifference, shown } from "./statistics.ts";

/** What is told of one contestant on one family. */
export interface Row {
  readonly family: string;
  readonly optimizer: string;
  readonly start: ScoreSummary;
  readonly score: ScoreSummary;
  readonly optimum: ScoreSummary;
  /** The share of the problems that were solved. */
  readonly solved: number;
  readonly evaluations: number;
  readonly seconds: number;
  readonly problems: number;
  /** Score less the control's on the same problem, by control. */
  readonly against: Readonly<Record<string, Difference>>;
}

/** A row for each family and contestant, in the order in which they first come. */
export function rowsOf(results: readonly Result[], controls: readonly string[]): readonly Row[] {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const key = `${result.family}/${result.optimizer}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [result]);
    else group.push(result);
  }
  return [...groups.values()].map((group) => {
    const [{ family, optimizer }] = group as [Result];
    const others = controls.filter((control) => control !== optimizer && groups.has(`${family}/${control}`));
    const mean = (value: (result: Result) => number) => summaryOf(group.map(value)).mean;
    return {
      family,
      optimizer,
      start: summaryOf(group.map(({ start }) => start)),
      score: summaryOf(group.map(({ score }) => score)),
      optimum: summaryOf(group.map(({ optimum }) => optimum)),
      solved: mean(({ solved }) => (solved ? 1 : 0)),
      evaluations: mean(({ evaluations }) => evaluations),
      seconds: mean(({ seconds }) => seconds),
      problems: group.length,
      against: Object.fromEntries(
        others.map((control) => [control, difference(group, groups.get(`${family}/${control}`) as Result[])]),
      ),
    };
  });
}

/** Pairs the runs of two contestants on the same problem. */
function difference(group: readonly Result[], control: readonly Result[]): Difference {
  const other = new Map(control.map(({ problem, score }) => [problem, score]));
  const pairs = group.filter(({ problem }) => other.has(problem));
  return pairedDifference(pairs.map(({ problem, score }) => differenceOf(score, other.get(problem) as number)));
}

/** A line for each contestant over all its families. */
export function overviewOf(rows: readonly Row[], controls: readonly string[]): string {
  const names = [...new Set(rows.map(({ optimizer }) => optimizer))];
  const all = shown(rows.flatMap(({ against }) => Object.values(against)));
  const counted = (own: readonly Row[], control: string) => {
    const differences = own.flatMap(({ against }) => against[control] ?? []);
    const clear = differences.filter((difference) => all.has(difference));
    const [better, worse] = [clear.filter((one) => one.mean > 0), clear.filter((one) => one.mean < 0)];
    return differences.length === 0 ? "" : `${better.length} better, ${worse.length} worse`;
  };
  return markdownTable({
    columns: ["optimizer", "families", "way made", ...controls.map((control) => `than ${control}`)],
    rows: names.map((name) => {
      const own = rows.filter(({ optimizer }) => optimizer === name);
      const made = own.map(({ start, score, optimum }) => (score.mean - start.mean) / (optimum.mean - start.mean));
      const way = `${Math.round(100 * summaryOf(made).mean)}%`;
      return [name, own.length, way, ...controls.map((control) => counted(own, control))];
    }),
  });
}

/** All rows as Markdown, a table for each family. */
export function tablesOf(rows: readonly Row[], controls: readonly string[]): string {
  const families = [...new Set(rows.map(({ family }) => family))];
  return families
    .map((family) => {
      const own = rows.filter((row) => row.family === family);
      const [{ start, optimum, problems }] = own as [Row];
      const against = controls.filter((control) => own.some((row) => row.against[control] !== undefined));
      const table = markdownTable({
        columns: ["optimizer", "score [95%]", "solved", "calls", ...against.map((control) => `less ${control} (95%)`)],
        rows: own.map((row) => [
          row.optimizer,
          spreadText(row.score),
          `${Math.round(row.solved * 100)}%`,
          Math.round(row.evaluations),
          ...against.map((control) => differenceText(row.against[control])),
        ]),
      });
      const ends = `The baseline scores ${start.mean.toFixed(3)}, the best ${optimum.mean.toFixed(3)}.`;
      return `### ${family}\n\n${ends} ${problems} problems.\n\n${table}`;
    })
    .join("\n");
}

function differenceText(difference: Difference | undefined): string {
  if (difference === undefined) return "";
  const signed = (value: number) => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(3)}`;
  const { mean, interval } = difference;
  return interval === undefined
    ? signed(mean)
    : `${signed(mean)} (${signed(interval.low)} to ${signed(interval.high)})`;
}
