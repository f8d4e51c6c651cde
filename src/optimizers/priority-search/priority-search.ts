/**
 * PrioritySearch: remembers all candidates with all their evaluations, and gives turns by priority (POLCA as options).
 */

import { TracegradError } from "../../util/errors.ts";
import { type Draws, draw } from "../search/draws.ts";
import { expand } from "../search/expand.ts";
import { checkSizes } from "../search/options.ts";
import type { EvaluateRequest, Search, SearchContext, SearchRound } from "../search/search.ts";
import { bestOf, choosingRepeat, judgeWithin } from "../search/standing.ts";
import { type Net, netOf } from "./net.ts";
import { memoryOf, turnsOf } from "./priority.ts";
import { summaryNote } from "./prompt-text.ts";
import { type PrioritySearchOptions, type PrioritySettings, prioritySettings, settingsJson } from "./settings.ts";
import { noSummary, type Summary, summedUp } from "./summary.ts";

/** The examples that have still to come, and what was summed up. The candidates and their runs are the world's. */
type PrioritySearchState = {
  readonly train: Draws;
  readonly validation: Draws;
  readonly summary: Summary;
};

/**
 * Priority search. Each round the candidate with the best mean and those of highest priority are run on `batches`
 * minibatches and rewritten; they and what came of it are judged on a validation minibatch of the round, other examples
 * each time. All runs of a candidate add up, so each turn makes its score surer: a lucky newcomer is found out when it
 * has its turn, which a search that scores each candidate once never does.
 *
 * Sources: PrioritySearch of the Trace library (OpenTrace); POLCA for `epsilonNet` and `summary`.
 * @throws TracegradError `bad-option`.
 * @example
 * train({ agent, optimizer, guide, data, search: prioritySearch({ explore: 3, epsilonNet: { epsilon: 0.1 }, summary: true }) })
 */
export function prioritySearch(options: PrioritySearchOptions = {}): Search {
  const settings = prioritySettings(options);
  const net = settings.epsilonNet === undefined ? undefined : netOf(settings.epsilonNet);
  return {
    name: "PrioritySearch",
    settings: settingsJson(settings),
    check(setup) {
      checkSizes(options, setup);
      if (!settings.summary || setup.llm !== undefined) return;
      throw new TracegradError(
        "bad-option",
        "`summary` asks the optimizer's model; this optimizer has none. Give it an `llm`, or leave `summary` out.",
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
  const memory = memoryOf(context);
  const turns = turnsOf(settings, memory);
  // All run on the same minibatches, so that their scores differ by what they are and not by what they were given.
  const [minibatches, train] = draw(state.train, context.train, { size: minibatchSize, count: batches }, context.rng);
  const expansions = turns.flatMap((parent) => minibatches.map((examples) => ({ parent, examples, proposals })));
  let { summary } = state;
  const note = async () => {
    if (settings.summary) summary = await summedUp(context, summary);
    return summary.text === "" ? undefined : summaryNote(summary.text);
  };
  const needs = Math.min(settings.validationBatchSize, context.validation.length);
  const fresh = await expand(context, expansions, { temperatures, needs, note });
  const candidates = (ids: readonly string[]) => ids.map((id) => context.candidate(id));
  const known = memory.map(({ candidate }) => candidate);
  const worth = (await settings.net?.(candidates(known), candidates(fresh))) ?? fresh;
  const validation = await visited(settings, context, { candidates: [...turns, ...worth], waiting: state.validation });
  if (context.round % validateEvery === 0) await judgeBest(context);
  return { state: { train, validation, summary } };
}

/** Judges candidates on a validation minibatch of the round. */
async function visited(
  { validationBatchSize }: PrioritySettings,
  context: SearchContext,
  { candidates, waiting }: { readonly candidates: readonly string[]; readonly waiting: Draws },
): Promise<Draws> {
  const [[examples = []], after] = draw(
    waiting,
    context.validation,
    { size: validationBatchSize, count: 1 },
    context.rng,
  );
  const repeat = choosingRepeat(context.round);
  await judgeWithin(
    context,
    candidates.map((candidate): EvaluateRequest => ({ candidate, examples, repeat })),
  );
  return after;
}

/** What a run is to end with has to be judged on all validation examples: the candidate with the best mean is. */
async function judgeBest(context: SearchContext): Promise<void> {
  const best = bestOf(memoryOf(context));
  if (best !== undefined) await context.evaluate([{ candidate: best.candidate }]);
}
