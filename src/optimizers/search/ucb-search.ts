/** UCBSearch: programs as arms of a bandit. The one that may yet be the best is rewritten and seen again, the least promising goes. */

import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { requirePositive } from "../../util/require.ts";
import { ucb1 } from "../pure/ucb.ts";
import { type Draws, draw } from "./draws.ts";
import { expand } from "./expand.ts";
import {
  checkSizes,
  type MinibatchOptions,
  type MinibatchSettings,
  minibatchNames,
  minibatchSettings,
  requireNumber,
  type ValidationOptions,
  type ValidationSettings,
  validationNames,
  validationSettings,
} from "./options.ts";
import type { Search, SearchWorld } from "./search.ts";
import { bestOf, choosingVisit, judgeWithin, type Standing, standingOf } from "./standing.ts";

/** Options of {@link ucbSearch}. */
export interface UCBSearchOptions extends MinibatchOptions, ValidationOptions {
  /** How many programs are kept. Default: 10, as in OpenTrace. */
  readonly size?: number;
  /** How many proposals are made from one minibatch. Default: 1, as in OpenTrace. */
  readonly proposals?: number;
  /**
   * How much doubt counts in favour of a program: c in mean + c √(ln T / n), n its judged runs and T those of all that are kept,
   * in units of the score. Default: 1, as in OpenTrace, for scores from 0 to 1. 0 is greedy.
   */
  readonly exploration?: number;
}

const names: NamesOf<UCBSearchOptions> = {
  ...{ ...minibatchNames, ...validationNames },
  ...{ size: true, proposals: true, exploration: true },
};

/** The programs that are kept, and the examples that have still to come. */
type UCBSearchState = {
  readonly buffer: readonly string[];
  readonly train: Draws;
  readonly validation: Draws;
};

interface UCBSettings extends MinibatchSettings, ValidationSettings {
  readonly size: number;
  readonly proposals: number;
  readonly exploration: number;
  readonly [key: string]: number | readonly number[];
}

/** A program with its upper confidence bound. */
interface Arm extends Standing {
  readonly bound: number;
}

/**
 * UCB search: keeps a buffer of programs with all judged runs of each. A round rewrites the one with the highest upper confidence
 * bound, judges it and what came of it on a validation minibatch of the round, and drops the lowest bounds beyond `size`; the
 * best mean always stays. Runs add up over the rounds, so that noise averages out where it matters.
 *
 * Source: `UCBSearchAlgorithm` of the Trace library (OpenTrace); the bound is UCB1's (Auer, Cesa-Bianchi and Fischer 2002).
 * @throws TracegradError `bad-option`.
 * @example
 * train({ agent, optimizer, guide, data, search: ucbSearch({ size: 20, exploration: 0.3 }) })
 */
export function ucbSearch(options: UCBSearchOptions = {}): Search {
  requireKnown("ucbSearch", options, names);
  const { size = 10, proposals = 1, exploration = 1 } = options;
  requirePositive("size", size);
  requirePositive("proposals", proposals);
  requireNumber("exploration", exploration, 0);
  const settings: UCBSettings = {
    ...{ size, proposals, exploration },
    ...minibatchSettings(options),
    ...validationSettings(options),
  };
  return {
    name: "UCBSearch",
    settings,
    check: (setup) => checkSizes(options, setup),
    init: ({ id }) => ({ buffer: [id], train: [], validation: [] }),
    round: (state, world) => round(settings, state, world),
  } satisfies Search<UCBSearchState>;
}

async function round(
  settings: UCBSettings,
  state: UCBSearchState,
  world: SearchWorld,
): Promise<{ readonly state: UCBSearchState }> {
  const { minibatch, temperatures, proposals, validationBatch, validateEvery } = settings;
  const [pick] = armsOf(settings, world, state.buffer) as [Arm];
  const [[examples = []], train] = draw(state.train, world.train, { size: minibatch, count: 1 }, world.rng);
  const programs = await expand(world, [{ parent: pick.program, examples, proposals }], {
    temperatures,
    needs: Math.min(validationBatch, world.validation.length),
  });
  const drawn = { size: validationBatch, count: 1 };
  const [[seen = []], validation] = draw(state.validation, world.validation, drawn, world.rng);
  const visit = choosingVisit(world.round);
  await judgeWithin(
    world,
    [pick.program, ...programs].map((program) => ({ program, examples: seen, visit })),
  );
  const buffer = kept(settings, world, [...state.buffer, ...programs]);
  const best = bestOf(buffer.map((program) => standingOf(world, program)));
  if (world.round % validateEvery === 0) await world.evaluate([{ program: best?.program as string }]);
  return { state: { buffer, train, validation } };
}

/** The programs, highest bound first; of equal ones that with fewer runs. One that no judge could score has none. */
function armsOf({ exploration }: UCBSettings, world: SearchWorld, programs: readonly string[]): readonly Arm[] {
  const standings = programs.map((program) => standingOf(world, program));
  const total = standings.reduce((sum, { visits }) => sum + visits, 0);
  return standings
    .map((standing) => ({ ...standing, bound: boundOf(standing, total, exploration) }))
    .sort((a, b) => (a.bound === b.bound ? a.visits - b.visits : b.bound - a.bound));
}

function boundOf({ mean, visits }: Standing, total: number, exploration: number): number {
  return Number.isFinite(mean) ? ucb1({ mean, count: visits }, total, exploration) : Number.NEGATIVE_INFINITY;
}

/** Without the lowest bounds, as long as there are too many; in the order in which they came. */
function kept(settings: UCBSettings, world: SearchWorld, programs: readonly string[]): readonly string[] {
  const arms = armsOf(settings, world, programs);
  const best = bestOf(arms);
  const first = arms.filter(({ program }) => program !== best?.program).slice(0, settings.size - 1);
  const staying = new Set([best, ...first].map((arm) => arm?.program));
  return programs.filter((program) => staying.has(program));
}
