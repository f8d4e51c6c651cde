/** Makes the page of all results of the examples, from committed files alone. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mean, standardDeviation } from "simple-statistics";
import {
  type OutcomeScore,
  type QuotedFigure,
  type RunOutcome,
  readFigures,
  readOutcomes,
} from "../examples/shared/outcome.ts";

const head = `# Results of the examples

Written by \`npm run docs:results\` from \`examples/*/results/*.json\`, one file a run, and from the figures that \`examples/*/paper.json\`
quotes. A test fails when this page is stale. Each study's page says how it was run and what it does not show.

- **Mode**: \`live\`, a model answered while the run went on; \`replay\`, its recorded answers did, and all else ran again; \`local model\`,
  a small model on the machine is the agent; \`local search\`, the optimizer asks no model; \`simulator\`, the environment stands for
  another one; \`no LLM\`, nothing was learned: a yardstick.
- **Mean ± standard error**: over the trials; of a single trial, over its examples, whose number is given.
- **Verdict**: what each run said of the candidate that it ships ([what it means](optimizers.md#which-candidate-ships)). Test examples
  decide nothing.
- **Replays**: \`npm run test:examples\` replays every recorded run, most of them whole. Of the pipelines, of Freeway and Space Invaders and
  most runs of Seaquest it replays the first step; of a run of Pong and most of Asterix the scores of the start and the first answer, since
  the program that it leads to runs for minutes. \`npm run test:examples:whole\` replays these runs whole, too. A run whose data or games
  are not at hand is left out, with a message.
- A score under \`validation\` also chose the candidate, so it is too high; one under \`test\` did not.
`;

/** The page, from the folder of the examples. */
export function resultsPage(examples: string): string {
  const studies = readdirSync(examples, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, folder: join(examples, name) }))
    .map((study) => ({ ...study, outcomes: readOutcomes(study.folder), figures: readFigures(study.folder) }))
    .filter(({ outcomes, figures }) => outcomes.length + figures.length > 0)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return [head, ...studies.map(studySection)].join("\n");
}

interface Study {
  readonly name: string;
  readonly folder: string;
  readonly outcomes: readonly RunOutcome[];
  readonly figures: readonly QuotedFigure[];
}

function studySection({ name, folder, outcomes, figures }: Study): string {
  const tables = groupsOf(outcomes, ({ mode }) => mode.join(", ")).map(
    ([mode, runs]) => `### ${name}: ${mode}\n\n${measuredTable(runs)}`,
  );
  const quoted = figures.length === 0 ? [] : [`### ${name}: quoted, not measured here\n\n${quotedTable(figures)}`];
  return [`## [${titleOf(folder)}](../examples/${name}/README.md)\n`, ...tables, ...quoted].join("\n");
}

/** The first heading of the study's own page. */
function titleOf(folder: string): string {
  const file = join(folder, "README.md");
  const title = existsSync(file) && /^# (.+)$/m.exec(readFileSync(file, "utf8"))?.[1];
  if (!title) throw new Error(`${file} has no heading. Each study with results has a page.`);
  return title;
}

function measuredTable(runs: readonly RunOutcome[]): string {
  const rows = groupsOf(runs, ({ condition, models, metric }) => JSON.stringify([condition, models, metric]));
  return table(
    ["condition", "metric", "answers", "validation", "test", "verdict", "command"],
    rows.flatMap(([, trials]) => {
      const sorted = [...trials].sort((a, b) => a.trial - b.trial);
      return [measuredRow(sorted), ...otherRows(sorted)];
    }),
  );
}

/** A row for each further metric of the runs of a row. */
function otherRows(trials: readonly RunOutcome[]): readonly (readonly string[])[] {
  const others = trials.flatMap(({ others = [] }) => others);
  return groupsOf(others, ({ metric }) => metric.name).map(([, pairs]) => {
    const [{ metric }] = pairs as [(typeof pairs)[number]];
    return ["″", `${metric.name}, ${metric.better} is better`, "″", "–", changeText(pairs), "–", "″"];
  });
}

/** The items by a key, in the order in which each key first comes. */
function groupsOf<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly [string, readonly T[]])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups];
}

function measuredRow(trials: readonly RunOutcome[]): readonly string[] {
  const [first] = trials as [RunOutcome];
  const count = trials.length === 1 ? "" : `, ${trials.length} trials`;
  const pairs = (split: "validation" | "test") => trials.flatMap((one) => one[split] ?? []);
  return [
    conditionText(first.condition) + count,
    `${first.metric.name}, ${first.metric.better} is better`,
    answersText(trials),
    changeText(pairs("validation")),
    changeText(pairs("test")),
    verdictText(trials) + notesText(trials),
    [...new Set(trials.map(({ command }) => `\`${command}\``))].join("<br>"),
  ];
}

function conditionText(condition: Readonly<Record<string, string>>): string {
  const parts = Object.entries(condition).map(([name, value]) => `${name} **${value}**`);
  return parts.join(", ") || "–";
}

function answersText(trials: readonly RunOutcome[]): string {
  const [{ models }] = trials as [RunOutcome];
  const days = [...new Set(trials.map(({ date }) => date))].sort().join(", ");
  const answerers = [...new Set(trials.flatMap(({ answerer }) => answerer ?? []))];
  return [models.join(", ") || "none", days, ...answerers].join("; ");
}

interface ScorePair {
  readonly start: OutcomeScore;
  readonly chosen: OutcomeScore;
}

function changeText(pairs: readonly ScorePair[]): string {
  if (pairs.length === 0) return "–";
  const [before, after] = [meanText(pairs.map(({ start }) => start)), meanText(pairs.map(({ chosen }) => chosen))];
  const isYardstick = pairs.every(({ start, chosen }) => start.mean === chosen.mean && before === after);
  const [{ chosen }] = pairs as [ScorePair];
  const examples = pairs.length > 1 || chosen.count === 1 ? "" : `, ${chosen.count} examples`;
  return isYardstick ? `${after}${examples}` : `${before} → **${after}**${examples}`;
}

/** A mean over trials with its standard error; of one trial, its own. */
function meanText(scores: readonly OutcomeScore[]): string {
  const means = scores.map((score) => score.mean);
  const [only] = scores as [OutcomeScore];
  if (scores.length === 1) return figureText(only.mean, only.standardError ?? undefined);
  const error = standardDeviation(means) * Math.sqrt(1 / (means.length - 1));
  return figureText(mean(means), error);
}

/** The error sets the digits: two that count. */
function figureText(value: number, error: number | undefined): string {
  // Equal trials differ by a rounding error at most.
  if (error === undefined || error <= 1e-12 * Math.abs(value)) {
    const exact = String(Number(value.toFixed(Math.abs(value) < 10 ? 4 : 2)));
    return error === undefined ? exact : `${exact} ± 0`;
  }
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(error)));
  return `${value.toFixed(decimals)} ± ${error.toFixed(decimals)}`.replaceAll("-", "−");
}

function verdictText(trials: readonly RunOutcome[]): string {
  const counts = new Map<string, number>();
  for (const { verdict } of trials) {
    if (verdict === undefined) continue;
    const text = verdict.isShipped ? verdict.finding : `${verdict.finding}; the start stays`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const texts = [...counts].map(([text, count]) => (trials.length === 1 ? text : `${count} × ${text}`));
  return texts.length === 0 ? "–" : texts.join("<br>");
}

function notesText(trials: readonly RunOutcome[]): string {
  const notes = [...new Set(trials.flatMap((one) => one.notes))];
  return notes.length === 0 ? "" : `<br>${notes.join(" ")}`;
}

function quotedTable(figures: readonly QuotedFigure[]): string {
  return table(
    ["source", "condition", "metric", "start", "score", "trials", "note"],
    figures.map(({ source, url, condition, metric, start, score, standardError, trials, note }) => [
      url === undefined ? source : `[${source}](${url})`,
      conditionText(condition),
      metric,
      start === undefined ? "–" : String(start),
      standardError === undefined ? String(score) : `${score} ± ${standardError}`,
      trials === undefined ? "–" : String(trials),
      note ?? "",
    ]),
  );
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return `${[line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n")}\n`;
}
