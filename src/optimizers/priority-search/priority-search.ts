/** PrioritySearch: remembers all programs with all their judged runs, and gives turns by priority (POLCA as options). */

import { TracegradError } from "../../util/errors.ts";
import { type Draws, draw } from "../search/draws.ts";
import { expand } from "../search/expand.ts";
import { checkSizes } from "../search/options.ts";
import type { Search, SearchRound, SearchWorld } from "../search/search.ts";
import { bestOf, choosingVisit, judgeWithin } from "../search/standing.ts";
import { type Net, netOf } from "./net.ts";
import { memoryOf, turnsOf } from "./priority.ts";
import { summaryNote } from "./prompt-text.ts";
import { type PrioritySearchOptions, type PrioritySettings, prioritySettings, settingsJson } from "./settings.ts";
import { noSummary, type Summary, summedUp } from "./summary.ts";

/** The examples that have still to come, and what was summed up. The programs and their runs are the world's. */
type PrioritySearchState = {
  readonly train: Draws;
  readonly validation: Draws;
  readonly summary: Summary;
};

/**
 * Priority search. Each round the program with the best mean and those of highest priority are run on `batches` minibatches and
 * rewritten; they and what came of it are judged on a validation minibatch of the round, other examples each time. All runs of a
 * program add up, so each turn makes its score surer: a lucky newcomer is found out when it has its turn, which a search that
 * scores each program once never does.
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
    round: (state, world) => round({ ...settings, net }, state, world),
  } satisfies Search<PrioritySearchState>;
}

interface RoundSettings extends PrioritySettings {
  readonly net: Net | undefined;
}

async function round(
  settings: RoundSettings,
  state: PrioritySearchState,
  world: SearchWorld,
): Promise<SearchRound<PrioritySearchState>> {
  const { minibatch, batches, proposals, temperatures, validateEvery } = settings;
  const memory = memoryOf(world);
  const turns = turnsOf(settings, memory);
  // All run on the same minibatches, so that their scores differ by what they are and not by what they were given.
  const [minibatches, train] = draw(state.train, world.train, { size: minibatch, count: batches }, world.rng);
  const expansions = turns.flatMap((parent) => minibatches.map((examples) => ({ parent, examples, proposals })));
  let { summary } = state;
  const note = async () => {
    if (settings.summary) summary = await summedUp(world, summary);
    return summary.text === "" ? undefined : summaryNote(summary.text);
  };
  const needs = Math.min(settings.validationBatch, world.validation.length);
  const fresh = await expand(world, expansions, { temperatures, needs, note });
  const programs = (ids: readonly string[]) => ids.map((id) => world.program(id));
  const known = memory.map(({ program }) => program);
  const worth = (await settings.net?.(programs(known), programs(fresh))) ?? fresh;
  const validation = await visited(settings, world, { programs: [...turns, ...worth], waiting: state.validation });
  if (world.round % validateEvery === 0) await judgeBest(world);
  return { state: { train, validation, summary } };
}

/** Judges programs on a validation minibatch of the round. */
async function visited(
  { validationBatch }: PrioritySettings,
  world: SearchWorld,
  { programs, waiting }: { readonly programs: readonly string[]; readonly waiting: Draws },
): Promise<Draws> {
  const [[examples = []], after] = draw(waiting, world.validation, { size: validationBatch, count: 1 }, world.rng);
  const visit = choosingVisit(world.round);
  await judgeWithin(
    world,
    programs.map((program) => ({ program, examples, visit })),
  );
  return after;
}

/** What a run is to end with has to be judged on all validation examples: the program with the best mean is. */
async function judgeBest(world: SearchWorld): Promise<void> {
  const best = bestOf(memoryOf(world));
  if (best !== undefined) await world.evaluate([{ program: best.program }]);
}
