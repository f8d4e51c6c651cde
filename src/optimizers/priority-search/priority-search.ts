/** PrioritySearch: each round rewrites the candidates of highest priority, of all so far (POLCA as options). */

import { TracegradError } from "../../util/errors.ts";
import { expand } from "../search/expand.ts";
import { type SamplerState, sampleMinibatches } from "../search/minibatches.ts";
import { checkSizes } from "../search/options.ts";
import type { EvaluateRequest, Search, SearchContext, SearchRound } from "../search/search.ts";
import { bestOf, choosingRepeat, evaluateWithin } from "../search/standing.ts";
import { type Net, netOf } from "./net.ts";
import { chooseCandidates, evaluatedCandidates } from "./priority.ts";
import { summaryNote } from "./prompt-text.ts";
import { type PrioritySearchOptions, type PrioritySettings, prioritySettings, recordedSettings } from "./settings.ts";
import { type CandidateSummary, noSummary, updateSummary } from "./summary.ts";

/** The examples that are still to come, and the summary. The search context has the candidates and their outcomes. */
type PrioritySearchState = {
  readonly train: SamplerState;
  readonly validation: SamplerState;
  readonly summary: CandidateSummary;
};

/**
 * Priority search. Each round runs the candidate with the best mean and those of highest priority on `batches`
 * minibatches and has them rewritten. It evaluates them and their children on a validation minibatch of the round,
 * other examples each time. All evaluations of a candidate add up, so each round makes its score more certain: a lucky
 * newcomer does not stay on top, as it would in a search that scores each candidate once.
 *
 * Sources: PrioritySearch of the Trace library (OpenTrace); POLCA for `epsilonNet` and `summary`.
 * @throws TracegradError `bad-option`.
 * @example
 * const search = prioritySearch({ explore: 3, epsilonNet: { epsilon: 0.1 }, summary: true });
 * train({ agent, optimizer, guide, data, search })
 */
export function prioritySearch(options: PrioritySearchOptions = {}): Search {
  const settings = prioritySettings(options);
  const net = settings.epsilonNet === null ? undefined : netOf(settings.epsilonNet);
  return {
    name: "PrioritySearch",
    settings: recordedSettings(settings),
    check(setup) {
      checkSizes(options, setup);
      if (!settings.summary || setup.llm !== undefined) return;
      throw new TracegradError(
        "bad-option",
        "`summary` asks the optimizer's model, but this optimizer has none. Give it an `llm`, or leave `summary` out.",
      );
    },
    init: () => ({ train: [], validation: [], summary: noSummary }),
    round: (state, context) => round({ ...settings, net }, state, context),
  } satisfies Search<PrioritySearchState>;
}

interface RoundSettings extends PrioritySettings {
  readonly net: Net | undefined;
}

async function round(
  settings: RoundSettings,
  state: PrioritySearchState,
  context: SearchContext,
): Promise<SearchRound<PrioritySearchState>> {
  const { minibatchSize, batches, proposals, temperatures, validateEvery } = settings;
  const pool = evaluatedCandidates(context);
  const chosen = chooseCandidates(settings, pool);
  // All run on the same minibatches, so that their scores differ by their quality and not by their examples.
  const [minibatches, train] = sampleMinibatches(
    state.train,
    context.train,
    { size: minibatchSize, count: batches },
    context.rng,
  );
  const expansions = chosen.flatMap((parent) => minibatches.map((examples) => ({ parent, examples, proposals })));
  let { summary } = state;
  const note = async () => {
    if (settings.summary) summary = await updateSummary(context, summary);
    return summary.text === "" ? undefined : summaryNote(summary.text);
  };
  const needs = Math.min(settings.validationBatchSize, context.validation.length);
  const fresh = await expand(context, expansions, { temperatures, needs, note });
  const candidatesOf = (ids: readonly string[]) => ids.map((id) => context.candidate(id));
  const known = pool.map(({ candidate }) => candidate);
  const worth = (await settings.net?.(candidatesOf(known), candidatesOf(fresh))) ?? fresh;
  const validation = await evaluateOnMinibatch(settings, context, [...chosen, ...worth], state.validation);
  if (context.round % validateEvery === 0) await evaluateBest(context);
  return { state: { train, validation, summary } };
}

/** Evaluates candidates on a validation minibatch of the round; the validation examples that are still to come. */
async function evaluateOnMinibatch(
  { validationBatchSize }: PrioritySettings,
  context: SearchContext,
  candidates: readonly string[],
  validation: SamplerState,
): Promise<SamplerState> {
  const [[examples = []], after] = sampleMinibatches(
    validation,
    context.validation,
    { size: validationBatchSize, count: 1 },
    context.rng,
  );
  const repeat = choosingRepeat(context.round);
  await evaluateWithin(
    context,
    candidates.map((candidate): EvaluateRequest => ({ candidate, examples, repeat })),
  );
  return after;
}

/** Evaluates the candidate with the best mean in full, since a run can only end with such a candidate. */
async function evaluateBest(context: SearchContext): Promise<void> {
  const best = bestOf(evaluatedCandidates(context));
  if (best !== undefined) await context.evaluate([{ candidate: best.candidate }]);
}
