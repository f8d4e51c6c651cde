/** BeamSearch: each round rewrites the few best candidates, and the results compete with them for the next beam. */

import {
  count,
  type OptionTable,
  optional,
  recordSettings,
  resolveOptions,
  type SettingsOf,
} from "../../util/options.ts";
import { expand } from "./expand.ts";
import { type SamplerState, sampleMinibatches } from "./minibatches.ts";
import {
  checkSizes,
  type MinibatchOptions,
  minibatchTable,
  type ValidationOptions,
  validationTable,
} from "./options.ts";
import { historyText } from "./prompt-text.ts";
import type { EvaluateRequest, Search, SearchContext } from "./search.ts";
import { bestOf, choosingRepeat, evaluateWithin, meanScore, standingOf } from "./standing.ts";

/** Options of {@link beamSearch}. */
export interface BeamSearchOptions extends MinibatchOptions, Pick<ValidationOptions, "validateEvery"> {
  /** How many candidates the beam has. Default: 3, as in OpenTrace. */
  readonly width?: number;
  /** How many times a round rewrites each of them, each time from another minibatch. Default: 2. */
  readonly branching?: number;
  /**
   * How many validation examples a beam is chosen by. Each round has other ones, on which all that compete are
   * evaluated anew. Default: all, once for each candidate. Fewer pay off when validation is expensive or noisy.
   */
  readonly validationBatchSize?: number;
  /**
   * After how many rounds the search is done. It then evaluates the whole beam on all validation examples. Default: no
   * end but the budget's.
   */
  readonly maxDepth?: number;
  /** How many of the best candidates so far the model sees with their scores. Default: 0. */
  readonly historySize?: number;
}

const table = {
  ...minibatchTable,
  validateEvery: validationTable.validateEvery,
  width: [3, count()],
  branching: [2, count()],
  // Null: all.
  validationBatchSize: [null, optional(count())],
  // Null: no end.
  maxDepth: [null, optional(count())],
  historySize: [0, count(0)],
} satisfies OptionTable<BeamSearchOptions>;

type BeamSettings = SettingsOf<typeof table>;

/** The beam, best first, and the examples that are still to come. */
type BeamSearchState = {
  readonly beam: readonly string[];
  readonly train: SamplerState;
  readonly validation: SamplerState;
};

/**
 * Beam search: each round rewrites each candidate of the beam `branching` times, evaluates the results and their
 * parents, and keeps the `width` best. Since parents compete too, a round of bad proposals loses nothing.
 *
 * Source: `BeamsearchAlgorithm` and `BeamsearchHistoryAlgorithm` (option `historySize`) of the Trace library
 * (OpenTrace).
 * @throws TracegradError `bad-option`.
 * @example
 * train({ agent, optimizer, guide, data, search: beamSearch({ width: 4, validationBatchSize: 10, maxDepth: 6 }) })
 */
export function beamSearch(options: BeamSearchOptions = {}): Search {
  const settings = resolveOptions("beamSearch", options, table);
  const { minibatchSize, temperatures, branching, historySize, maxDepth } = settings;
  return {
    name: "BeamSearch",
    settings: recordSettings(settings, table),
    ends: maxDepth !== null,
    check: (setup) => checkSizes(options, setup),
    init: ({ id }) => ({ beam: [id], train: [], validation: [] }),
    async round(state, context) {
      const size = { size: minibatchSize, count: state.beam.length * branching };
      const [minibatches, train] = sampleMinibatches(state.train, context.train, size, context.rng);
      const expansions = minibatches.map((examples, at) => {
        const parent = state.beam[Math.floor(at / branching)] as string;
        return { parent, examples, proposals: 1 };
      });
      const needs = settings.validationBatchSize ?? context.validation.length;
      const candidates = await expand(context, expansions, {
        temperatures,
        needs,
        note: () => historyNote(context, historySize),
      });
      const [beam, validation] = await chooseBeam(context, settings, {
        ...state,
        beam: [...state.beam, ...candidates],
      });
      const done = maxDepth !== null && context.round >= maxDepth;
      await evaluateInFull(context, settings, { beam, done });
      return { state: { beam, train, validation }, done };
    },
  } satisfies Search<BeamSearchState>;
}

/** The best of those that compete, all evaluated on the same examples; older ones win ties. */
async function chooseBeam(
  context: SearchContext,
  { width, validationBatchSize }: BeamSettings,
  { beam, validation }: Pick<BeamSearchState, "beam" | "validation">,
): Promise<readonly [beam: readonly string[], validation: SamplerState]> {
  const size = { size: validationBatchSize ?? context.validation.length, count: 1 };
  const isAll = size.size >= context.validation.length;
  const [[examples = []], after] = isAll
    ? [[context.validation], []]
    : sampleMinibatches(validation, context.validation, size, context.rng);
  const repeat = isAll ? 0 : choosingRepeat(context.round);
  const outcomes = await evaluateWithin(
    context,
    beam.map((candidate): EvaluateRequest => ({ candidate, examples, repeat })),
  );
  const scored = beam.map((candidate, at) => ({ candidate, score: meanScore(outcomes[at] ?? []) }));
  // The sort is stable, and -Infinity minus -Infinity is NaN.
  const ranked = scored.sort((a, b) => (a.score === b.score ? 0 : b.score - a.score));
  return [ranked.slice(0, width).map(({ candidate }) => candidate), after];
}

/** The run chooses among candidates that have all validation outcomes: at the end the beam, before that its best. */
async function evaluateInFull(
  context: SearchContext,
  { validateEvery }: BeamSettings,
  { beam, done }: { readonly beam: readonly string[]; readonly done: boolean },
): Promise<void> {
  if (!done && context.round % validateEvery !== 0) return;
  const best = bestOf(beam.map((candidate) => standingOf(context, candidate)));
  const candidates = done ? beam : [best?.candidate as string];
  await evaluateWithin(
    context,
    candidates.map((candidate) => ({ candidate })),
  );
}

/** The best candidates so far with their scores, for the model; undefined when the model sees none. */
function historyNote(context: SearchContext, historySize: number): string | undefined {
  if (historySize === 0) return undefined;
  const past = context
    .candidates()
    .map(({ id, values }) => ({ ...standingOf(context, id), values }))
    .filter(({ evaluations, mean }) => evaluations > 0 && Number.isFinite(mean))
    .sort((a, b) => b.mean - a.mean);
  return historyText(past.slice(0, historySize));
}
