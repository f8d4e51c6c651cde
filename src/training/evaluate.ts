/** Scores a program on data in one call, with the parts that `train` scores with. Nothing is trained. */

import { ParameterState } from "../nodes/state.ts";
import type { Json } from "../util/decode.ts";
import { TracegradError } from "../util/errors.ts";
import { requireWholeNumber } from "../util/require.ts";
import type { EvaluateArguments, Known, RowOf } from "./arguments.ts";
import { datasetHash } from "./data/hash.ts";
import { examplesOf, type InputOf, type TargetOf } from "./data/rows.ts";
import type { EvaluateOptions, EvaluationTable } from "./evaluate-types.ts";
import { EvaluationFold } from "./evaluation/evaluation-record.ts";
import { EvaluationRun, type EvaluationRunParts } from "./evaluation/evaluation-run.ts";
import { openExecution } from "./execution/execution.ts";
import type { ReachedProgram } from "./execution/program-identity.ts";
import { evaluatedProgram, offersProgram } from "./execution/programs.ts";
import { never } from "./execution/serving.ts";
import { type ProgramParts, programOf } from "./identity/program.ts";
import { openRun } from "./journal/folder.ts";
import { Redaction } from "./journal/redaction.ts";
import { requirePrices } from "./journal/require-prices.ts";
import { checkEvaluateNames } from "./known-options.ts";
import { candidateId } from "./loop/progress.ts";
import { concurrencyOf } from "./options.ts";
import type { Example } from "./types.ts";

/**
 * Runs a program on each row, judges the outputs, and returns a table with one row per evaluation. The program runs
 * with its live values and does not change them. Trainable code runs in the sandbox, as in `train`, so that scores
 * compare.
 *
 * With a `folder` the evaluation is durable: kill it at any time, run the same command again, and it continues, paying
 * again at most for the model calls that were in flight. A folder belongs to one program (values and text), one judge
 * and one data set.
 * @throws TracegradError `bad-option` and `bad-row` for invalid options and rows; ExternalCallError `no-price` when
 * there is a budget in dollars and the guide calls a model without a price; ExternalCallError for an outage, such as a
 * failing provider. A spent budget and a cancelled `signal` end the table early instead: see `reason`.
 * @example
 * const table = await evaluate({ agent: solver.solve, data: await loadJsonl("gsm8k.jsonl"), guide: exactMatch() });
 * console.log(evaluationText(table));
 */
export async function evaluate<D, O = never, I = Known<InputOf<RowOf<D>>>, K = Known<TargetOf<RowOf<D>>>, A = I>(
  options: EvaluateArguments<D, I, O, K, A>,
): Promise<EvaluationTable<NoInfer<I>, O, NoInfer<K>>> {
  const given = options as unknown as EvaluateOptions<unknown>;
  const { folder, acceptChanges = false } = given;
  check(given);
  const uncopied = new Set<string>();
  const examples = examplesOf(given.data, given, uncopied);
  requireDistinctIds(examples);
  const { text, parameters } = programOf(given as ProgramParts);
  const state = ParameterState.of(parameters);
  const hash = datasetHash(examples);
  const program = (): ReachedProgram => evaluatedProgram(given as ProgramParts, { state, text, hash });
  if (offersProgram(program, examples, given.executor)) return never();
  const redaction = Redaction.over(given, examples, state.values);
  const fold = new EvaluationFold();
  const store = await openRun(folder, configOf(given, state, hash), {
    program: text,
    acceptChanges,
    redact: redaction?.json,
    onRecord: (record) => fold.add(record),
  });
  try {
    const parts = { options: given, redaction, store, fold, state, examples };
    return (await tableOf(parts, program, [...uncopied])) as EvaluationTable<NoInfer<I>, O, NoInfer<K>>;
  } catch (thrown) {
    throw redaction === undefined ? thrown : redaction.error(thrown);
  } finally {
    await store.close();
  }
}

/** Makes the evaluations. `uncopied` are the types of objects in the data that a program could change. */
async function tableOf(
  parts: Omit<EvaluationRunParts, "execution">,
  program: () => ReachedProgram,
  uncopied: readonly string[],
): Promise<EvaluationTable> {
  const { executor, signal } = parts.options;
  const warnings = uncopied.map((type) => `The data hold objects of ${type}, which a program could change.`);
  const warn = (text: string): void => {
    warnings.push(text);
    // The table may be long in coming: nobody waits for workers without knowing it.
    process.emitWarning(text, "TracegradWarning");
  };
  const { id, folder } = parts.store;
  const execution = await openExecution(program, { executor, signal, trial: undefined, warn, id, folder });
  try {
    return await (await EvaluationRun.begin({ ...parts, execution }, warnings)).table();
  } finally {
    await execution.close();
  }
}

function check(options: EvaluateOptions<unknown>): void {
  checkEvaluateNames(options);
  const { agent, guide, environment, data, repeats = 1 } = options;
  if ((agent !== undefined && guide !== undefined) === (environment !== undefined)) {
    throw new TracegradError("bad-option", "Give either an `agent` and a `guide`, or an `environment`.");
  }
  requireWholeNumber("concurrency", concurrencyOf(options));
  requireWholeNumber("repeats", repeats);
  requirePrices(options);
  if (Array.isArray(data) && data.length > 0) return;
  throw new TracegradError(
    "bad-option",
    "`data` is an array of rows, at least one. Of a split give a part, such as `data.validation` or " +
      "`data.test.read()`.",
  );
}

function requireDistinctIds(examples: readonly Example[]): void {
  const seen = new Set<string>();
  for (const { id } of examples) {
    if (seen.has(id)) {
      const fix = "Fix the rows, or give `id: (row, index) => …` with unique ids.";
      throw new TracegradError("bad-row", `Two rows have the id ${JSON.stringify(id)}. ${fix}`);
    }
    seen.add(id);
  }
}

/** Everything that decides the scores except the text of the program: a folder belongs to it. Repeats may be added. */
function configOf(options: EvaluateOptions<unknown>, state: ParameterState, hash: string): Json {
  const { environment, failureScore = 0 } = options;
  const { maxSteps, scoredSteps } = environment ?? {};
  return {
    kind: "evaluation",
    version: 1,
    program: candidateId(state.values),
    data: hash.slice(0, 16),
    failureScore,
    ...(environment === undefined ? {} : { environment: { maxSteps, scoredSteps } as Json }),
  };
}
