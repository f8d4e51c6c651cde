/** The outcome of one run of a case study, as it is committed in `examples/<study>/results/<run>.json`. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type EvaluationResult, type ScoredCandidate, TracegradError, type TrainResult, type Verdict } from "tracegrad";
import { verdictLines } from "tracegrad/report";
import { z } from "zod";

/**
 * What answered, and what was learned in. `live`: a model answered while the run went on. `replay`: its recorded
 * answers did. `local model`: a small model on this machine is the agent. `local search`: the optimizer asks no model.
 * `simulator`: the environment stands for another one. `no LLM`: nothing was learned; a yardstick.
 */
const modes = ["live", "replay", "local model", "local search", "simulator", "no LLM"] as const;

const findings = ["proven better", "better but not proven", "no difference", "worse"] as const;

const score = z.strictObject({
  mean: z.number(),
  /** The number of examples (or games) behind the mean. */
  count: z.int().min(1),
  /** Standard error of the mean over those examples; null when it is not known, as for one example. */
  standardError: z.number().min(0).nullable(),
});

const metric = z.strictObject({ name: z.string().min(1), better: z.enum(["higher", "lower"]) });

const outcome = z.strictObject({
  /** The folder below `examples`. */
  study: z.string().min(1),
  /** What distinguishes the compared runs of a study: `{ game: "seaquest", horizon: "100" }`. */
  condition: z.record(z.string(), z.string()),
  /** From 1. Runs that differ in nothing else are trials of one condition, and are averaged. */
  trial: z.int().min(1),
  /** All that apply: `["replay", "simulator"]`. */
  mode: z.array(z.enum(modes)).min(1),
  /** The models that answered, by name: `claude`. Empty when none did. */
  models: z.array(z.string()),
  /** Who gave the answers, for people: `one Claude agent that stayed with the run, through the mailbox`. */
  answerer: z.string().optional(),
  /** The day of the answers, or of the run where no model answered: `2026-11-29`. */
  date: z.iso.date(),
  /** Repeats the run, from the root of the project. */
  command: z.string().min(1),
  metric,
  /** On the validation examples: the start, and what each step or round made, in order. */
  validation: z
    .strictObject({
      start: score,
      /**
       * `mean` is null when the candidate was not scored. `test` is its score on the sealed test examples where the
       * study measures that for each step, after the run.
       */
      steps: z.array(
        z.strictObject({ step: z.int().min(0), mean: z.number().nullable(), test: z.number().nullable().optional() }),
      ),
      /** The candidate that ships. */
      chosen: score,
      chosenStep: z.int().min(0),
    })
    .optional(),
  /** On the sealed test examples: the start, and the candidate that ships. */
  test: z.strictObject({ start: score, chosen: score }).optional(),
  /** The same test examples by further metrics, which steered nothing. */
  others: z.array(z.strictObject({ metric, start: score, chosen: score })).optional(),
  verdict: z
    .strictObject({
      finding: z.enum(findings),
      /** Whether another candidate than the start ships. */
      isShipped: z.boolean(),
      text: z.string(),
    })
    .optional(),
  /** What a reader of the row must know, in sentences. */
  notes: z.array(z.string()),
});

/** The mean of a set of examples. */
export type OutcomeScore = z.infer<typeof score>;

/** The outcome of one run. A yardstick that learns nothing has its score in `test`, as start and as chosen. */
export type RunOutcome = z.infer<typeof outcome>;

const figure = z.strictObject({
  /** Who measured it, and where it is published. */
  source: z.string().min(1),
  url: z.url().optional(),
  condition: z.record(z.string(), z.string()),
  metric: z.string().min(1),
  start: z.number().optional(),
  score: z.number(),
  /** As published. */
  standardError: z.number().optional(),
  trials: z.int().min(1).optional(),
  note: z.string().optional(),
});

const figures = z.strictObject({ figures: z.array(figure).min(1) });

/** A figure that others published, quoted in `examples/<study>/paper.json`; nothing of it was measured here. */
export type QuotedFigure = z.infer<typeof figure>;

/** What a run led to, as far as an outcome needs it: a `TrainResult`, or a run that `readRun` read. */
export interface FinishedRun {
  readonly candidates: readonly ScoredCandidate[];
  readonly best: ScoredCandidate | undefined;
  readonly verdict: Verdict | undefined;
  /** Without it, the candidates have their test scores. */
  readonly test?: TrainResult["test"];
}

/** What only the study knows of a run. */
export type RunAbout = Omit<RunOutcome, "validation" | "test" | "verdict">;

/** The outcome of a run of `train`. `unit` turns a score of the run into the metric, such as a negated error. */
export function outcomeOf(about: RunAbout, run: FinishedRun, unit: Unit = (score) => score): RunOutcome {
  const { candidates, best = candidates[0], verdict } = run;
  const start = candidates[0];
  const validation = pairOf(start?.validation, best?.validation, unit);
  const test = pairOf(run.test?.baseline ?? start?.test, run.test?.best ?? best?.test, unit);
  const steps = candidates.slice(1).map((one) => ({ step: one.step, mean: meanOf(one.validation, unit) }));
  return {
    ...about,
    ...(validation && { validation: { ...validation, steps, chosenStep: best?.step ?? 0 } }),
    ...(test && { test }),
    ...(verdict && { verdict: verdictOf(verdict) }),
  };
}

/** From a score to the metric: a line, such as `(score) => -score`. */
type Unit = (score: number) => number;

function pairOf(
  before: EvaluationResult | undefined,
  after: EvaluationResult | undefined,
  unit: Unit,
): NonNullable<RunOutcome["test"]> | undefined {
  const [start, chosen] = [scoreOf(before, unit), scoreOf(after, unit)];
  return start && chosen && { start, chosen };
}

function meanOf(result: EvaluationResult | undefined, unit: Unit): number | null {
  return result === undefined || Number.isNaN(result.mean) ? null : unit(result.mean);
}

/** An evaluation as a score of an outcome; undefined when no example of it was judged. */
export function scoreOf(result: EvaluationResult | undefined, unit: Unit = (score) => score): OutcomeScore | undefined {
  const mean = meanOf(result, unit);
  if (result === undefined || mean === null) return undefined;
  const count = result.outcomes.filter(({ score }) => score !== undefined).length;
  const error = Math.abs(unit(result.standardError) - unit(0));
  return { mean, count, standardError: Number.isNaN(error) ? null : error };
}

function verdictOf(verdict: Verdict): NonNullable<RunOutcome["verdict"]> {
  const evidence = verdict.test ?? verdict.validation;
  return {
    finding: evidence.finding,
    isShipped: verdict.shippedStep > 0,
    text: verdictLines(verdict)[0] ?? "",
  };
}

/**
 * Writes an outcome to `<folder>/results/<run>.json` and returns the path. `folder` is that of the study.
 * @throws TracegradError `bad-outcome` when it is not one.
 */
export function writeOutcome(folder: string, run: string, written: RunOutcome): string {
  const file = join(folder, "results", `${run}.json`);
  const checked = parse(outcome, written, file);
  mkdirSync(join(folder, "results"), { recursive: true });
  writeFileSync(file, `${JSON.stringify(checked, undefined, 2)}\n`);
  return file;
}

/** The outcome that is committed as `<folder>/results/<run>.json`. */
export function readOutcome(folder: string, run: string): RunOutcome {
  return readAs(outcome, join(folder, "results", `${run}.json`));
}

/** All committed outcomes of a study, by file name. */
export function readOutcomes(folder: string): readonly RunOutcome[] {
  return filesIn(join(folder, "results")).map((file) => readOutcome(folder, basename(file, ".json")));
}

/** The figures that a study quotes; none without a `paper.json`. */
export function readFigures(folder: string): readonly QuotedFigure[] {
  return filesIn(folder).includes("paper.json") ? readAs(figures, join(folder, "paper.json")).figures : [];
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function readAs<T>(schema: z.ZodType<T>, file: string): T {
  return parse(schema, JSON.parse(readFileSync(file, "utf8")), file);
}

function parse<T>(schema: z.ZodType<T>, value: unknown, file: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const text = `${file} is not in the form of examples/shared/outcome.ts.\n${z.prettifyError(parsed.error)}`;
  throw new TracegradError("bad-outcome", text);
}
