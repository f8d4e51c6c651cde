/** BeamSearch: the few best programs are all rewritten each round, and their rewrites compete with them for the next beam. */

import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { requirePositive } from "../../util/require.ts";
import { type Draws, draw } from "./draws.ts";
import { expand } from "./expand.ts";
import {
  checkSizes,
  type MinibatchOptions,
  type MinibatchSettings,
  minibatchNames,
  minibatchSettings,
  type ValidationOptions,
  validationNames,
  validationSettings,
} from "./options.ts";
import { historyText } from "./prompt-text.ts";
import type { Search, SearchWorld } from "./search.ts";
import { bestOf, choosingVisit, judgeWithin, meanScore, standingOf } from "./standing.ts";

/** Options of {@link beamSearch}. */
export interface BeamSearchOptions extends MinibatchOptions, Pick<ValidationOptions, "validateEvery"> {
  /** How many programs are kept. Default: 3, as in OpenTrace. */
  readonly width?: number;
  /** How many times each of them is rewritten in a round, each time by a minibatch of its own. Default: 2. */
  readonly branching?: number;
  /**
   * How many validation examples a beam is chosen by, other ones each round, on which all that compete are judged anew. Default:
   * all, once for each program. Fewer pay where validation is dear or noisy.
   */
  readonly validationBatch?: number;
  /** After how many rounds the search is done, its whole beam judged on all validation examples. Default: when the budget ends. */
  readonly depth?: number;
  /** How many of the programs so far, the best ones, the model is shown with their scores. Default: 0. */
  readonly history?: number;
}

const names: NamesOf<BeamSearchOptions> = {
  ...{ ...minibatchNames, ...validationNames },
  ...{ width: true, branching: true, depth: true, history: true },
};

/** The beam, best first, and the examples that have still to come. */
type BeamSearchState = {
  readonly beam: readonly string[];
  readonly train: Draws;
  readonly validation: Draws;
};

interface BeamSettings extends MinibatchSettings, Required<Pick<BeamSearchOptions, "width" | "branching" | "history">> {
  readonly validateEvery: number;
  /** Null: all. */
  readonly validationBatch: number | null;
  /** Null: no end. */
  readonly depth: number | null;
  readonly [key: string]: number | null | readonly number[];
}

/**
 * Beam search: each round rewrites each program of the beam `branching` times, judges the results together with their parents,
 * and keeps the `width` best. Parents stay in the competition, so that a round of bad proposals loses nothing.
 *
 * Source: `BeamsearchAlgorithm` and `BeamsearchHistoryAlgorithm` (option `history`) of the Trace library (OpenTrace).
 * @throws TracegradError `bad-option`.
 * @example
 * train({ agent, optimizer, guide, data, search: beamSearch({ width: 4, validationBatch: 10, depth: 6 }) })
 */
export function beamSearch(options: BeamSearchOptions = {}): Search {
  const settings = beamSettings(options);
  const { minibatch, temperatures, branching, history, depth } = settings;
  return {
    name: "BeamSearch",
    settings,
    ends: depth !== null,
    check: (setup) => checkSizes(options, setup),
    init: ({ id }) => ({ beam: [id], train: [], validation: [] }),
    async round(state, world) {
      const size = { size: minibatch, count: state.beam.length * branching };
      const [minibatches, train] = draw(state.train, world.train, size, world.rng);
      const expansions = minibatches.map((examples, at) => {
        const parent = state.beam[Math.floor(at / branching)] as string;
        return { parent, examples, proposals: 1 };
      });
      const needs = settings.validationBatch ?? world.validation.length;
      const programs = await expand(world, expansions, { temperatures, needs, note: () => noteOf(world, history) });
      const [beam, validation] = await chosen(world, settings, { ...state, beam: [...state.beam, ...programs] });
      const done = depth !== null && world.round >= depth;
      await judgeInFull(world, settings, { beam, done });
      return { state: { beam, train, validation }, done };
    },
  } satisfies Search<BeamSearchState>;
}

function beamSettings(options: BeamSearchOptions): BeamSettings {
  requireKnown("beamSearch", options, names);
  const { width = 3, branching = 2, history = 0, depth, validationBatch } = options;
  requirePositive("width", width);
  requirePositive("branching", branching);
  requirePositive("history", history, { zero: true });
  if (depth !== undefined) requirePositive("depth", depth);
  const { validateEvery } = validationSettings(options);
  const seen = { validationBatch: validationBatch ?? null, validateEvery, depth: depth ?? null };
  return { width, branching, history, ...seen, ...minibatchSettings(options) };
}

/** The best of those that compete, all judged on the same examples; of equal ones those that were there before. */
async function chosen(
  world: SearchWorld,
  { width, validationBatch }: BeamSettings,
  { beam, validation }: Pick<BeamSearchState, "beam" | "validation">,
): Promise<readonly [beam: readonly string[], validation: Draws]> {
  const size = { size: validationBatch ?? world.validation.length, count: 1 };
  const isAll = size.size >= world.validation.length;
  const [[examples = []], after] = isAll
    ? [[world.validation], []]
    : draw(validation, world.validation, size, world.rng);
  const visit = isAll ? 0 : choosingVisit(world.round);
  const outcomes = await judgeWithin(
    world,
    beam.map((program) => ({ program, examples, visit })),
  );
  const scored = beam.map((program, at) => ({ program, score: meanScore(outcomes[at] ?? []) }));
  // The sort is stable, and minus infinity from itself is no number.
  const ranked = scored.sort((a, b) => (a.score === b.score ? 0 : b.score - a.score));
  return [ranked.slice(0, width).map(({ program }) => program), after];
}

/** What the run is to choose among has to be judged on all validation examples: at the end the beam, before that its best. */
async function judgeInFull(
  world: SearchWorld,
  { validateEvery }: BeamSettings,
  { beam, done }: { readonly beam: readonly string[]; readonly done: boolean },
): Promise<void> {
  if (!done && world.round % validateEvery !== 0) return;
  const best = bestOf(beam.map((program) => standingOf(world, program)));
  const programs = done ? beam : [best?.program as string];
  await judgeWithin(
    world,
    programs.map((program) => ({ program })),
  );
}

/** The best programs so far with their scores, for the model; undefined when none are to be shown. */
function noteOf(world: SearchWorld, history: number): string | undefined {
  if (history === 0) return undefined;
  const tried = world
    .programs()
    .map(({ id, values }) => ({ ...standingOf(world, id), values }))
    .filter(({ visits, mean }) => visits > 0 && Number.isFinite(mean))
    .sort((a, b) => b.mean - a.mean);
  return historyText(tried.slice(0, history));
}
