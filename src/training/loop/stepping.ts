/**
 * Plain training as a search along one line of candidates: run the current one, rewrite it, score it, or go back.
 * Episodes go on from step to step: a step takes the next learning item of the open pass.
 */

import type {
  Candidate,
  ProposeRequest,
  ProposeResult,
  Search,
  SearchContext,
  SearchRound,
} from "../../optimizers/search/search.ts";
import type { Json } from "../../util/decode.ts";
import { recordScore, type ScoreParts } from "../evaluation/record-score.ts";
import { isPerfect } from "../guides/max-score.ts";
import type { Selection, TrainOptions } from "../options.ts";
import { isLearnable } from "../search/learning-items.ts";
import type { RoundContext } from "../search/round-context.ts";
import type { Example, Outcome } from "../types.ts";
import { EpisodePass, type PassParts, type PassResult, type PassState } from "./episode-pass.ts";
import { examplesAt } from "./order.ts";
import { whyBack } from "./stop.ts";

/** The state between two steps. */
type SteppingState = {
  /** Training examples used so far, over all epochs. */
  readonly position: number;
  /** The candidate that the next step runs, by id. */
  readonly current: string;
  /** The memory of the algorithm over all steps. */
  readonly memory: Json;
  /** Whether all rollouts of the last step failed. */
  readonly failed: boolean;
  /** The episodes that go on into the next step. */
  readonly pass?: PassState;
};

/** What stepping works with. */
export interface SteppingParts extends ScoreParts, PassParts {
  readonly options: TrainOptions;
  readonly selection: Selection;
  /** The memory of the algorithm before the first step. */
  readonly memory: Json;
  /** Makes the values of a candidate live. */
  readonly goLive: (candidate: string, memory: Json) => void;
}

/** The episodes that go on into the next step, from the state of plain steps; undefined when there are none. */
export function openPassOf(state: Json | undefined): PassState | undefined {
  return (state as SteppingState | undefined)?.pass;
}

/** The steps of an optimizer along one line of candidates. */
export function stepping(parts: SteppingParts): Search<SteppingState> {
  const learn = parts.options.environment === undefined ? learningFromBatches(parts) : learningFromEpisodes(parts);
  return {
    name: "steps",
    settings: {},
    init: ({ id }: Candidate) => ({ position: 0, current: id, memory: parts.memory, failed: false }),
    // The loop gives its own context.
    round: (state, context) => step(parts, state, { context: context as RoundContext, learn }),
  };
}

/** What a step came to. */
interface StepOutcome {
  /** What became of it; undefined when there was nothing to learn. */
  readonly proposed: ProposeResult | undefined;
  readonly outcomes: readonly Outcome[];
  /** How many training examples it began. */
  readonly begun: number;
  readonly pass?: PassState | undefined;
}

type Learn = (parent: string, state: SteppingState, context: RoundContext) => Promise<StepOutcome>;

async function step(
  parts: SteppingParts,
  state: SteppingState,
  { context, learn }: { readonly context: RoundContext; readonly learn: Learn },
): Promise<SearchRound<SteppingState>> {
  const { data, evaluateEvery = 1, countFailedSteps = true } = parts.options;
  const parent = await stepBack(parts, state, context);
  const { proposed, outcomes, begun, pass } = await learn(parent, state, context);
  const current = proposed?.candidate?.id ?? parent;
  const memory = proposed?.memory ?? state.memory;
  parts.goLive(current, memory);
  const evaluated = context.round % evaluateEvery === 0;
  if (evaluated && data.validation.length > 0) await score(parts, current, context.round);
  const failed = outcomes.every(({ failure }) => failure !== undefined);
  const position = state.position + begun;
  return {
    state: { position, current, memory, failed, ...(pass === undefined ? {} : { pass }) },
    counted: !failed || countFailedSteps,
    evaluated,
  };
}

function examplesFrom({ options, template }: SteppingParts, from: number): readonly Example[] {
  const { data, order = "shuffled", seed = 0 } = options;
  return examplesAt(data.train, { order, seed }, { from, count: template.wants });
}

/** Each step runs a batch of examples. */
function learningFromBatches(parts: SteppingParts): Learn {
  return async (parent, { position, memory }, context) => {
    const examples = examplesFrom(parts, position);
    const [rollouts = []] = await context.run([{ candidate: parent, examples: examples.map(({ id }) => id) }]);
    const [proposed] = await context.propose([{ parent, rollouts, memory, sampleKey: null, origin: "step" }]);
    return { proposed, outcomes: rollouts.map(({ outcome }) => outcome), begun: examples.length };
  };
}

/** Each step takes the next learning item of the open pass of episodes, or of a new one. */
function learningFromEpisodes(parts: SteppingParts): Learn {
  const { evaluator, log, options } = parts;
  let pass: EpisodePass | undefined;
  const go = async (open: PassState, parent: string): Promise<PassResult> => {
    pass ??= await EpisodePass.again(parts, open, examplesById(options.data.train, open.examples));
    return pass.next(parent);
  };
  const begin = (position: number, { round }: RoundContext): number => {
    const examples = examplesFrom(parts, position);
    evaluator.requireRoom(examples.length);
    pass = new EpisodePass(parts, round, examples);
    return examples.length;
  };
  return async (parent, { position, memory, pass: open }, context) => {
    const more = open === undefined ? undefined : await go(open, parent);
    // What is left of a pass may be nothing to learn from.
    const goesOn = more !== undefined && (more.item !== undefined || more.outcomes.length > 0);
    const begun = goesOn ? 0 : begin(position, context);
    const result = goesOn ? more : await (pass as EpisodePass).next(parent);
    const { outcomes } = result;
    await evaluator.flush();
    await log.record(
      ...outcomes.map((outcome) => ({ type: "rollout", step: context.round, candidate: parent, outcome }) as const),
    );
    for (const message of new Set(result.notes)) await log.warn(message);
    const proposed = await proposeFrom(result, { parent, memory }, context);
    return { proposed, outcomes, begun, pass: (pass as EpisodePass).state };
  };
}

async function proposeFrom(
  { item, outcomes, isWhole }: PassResult,
  { parent, memory }: Required<Pick<ProposeRequest, "parent" | "memory">>,
  context: RoundContext,
): Promise<ProposeResult | undefined> {
  const competing = await context.note(outcomes, isWhole);
  const isDone = isWhole && outcomes.every((outcome) => isPerfect(outcome, context.maxScore));
  // A stretch of an episode may do without any parameter; of a whole one, the error says what is wrong.
  if (item === undefined || isDone || !(isWhole || isLearnable(item))) return undefined;
  const rollouts = competing.map((outcome) => ({ candidate: parent, outcome, experiences: [] }));
  const [proposed] = await context.propose([{ parent, rollouts, item, memory, sampleKey: null, origin: "step" }]);
  return proposed;
}

function examplesById(examples: readonly Example[], ids: readonly string[]): readonly Example[] {
  const byId = new Map(examples.map((example) => [example.id, example]));
  return ids.map((id) => byId.get(id) as Example);
}

/** The id of the candidate to continue with: the best one where the rollback rules say so, else the current one. */
async function stepBack(parts: SteppingParts, state: SteppingState, context: SearchContext): Promise<string> {
  const { options, selection, pool, log, goLive } = parts;
  const current = pool.get(state.current);
  const why = whyBack(options, log.progress, selection, { current, failed: state.failed });
  if (why === undefined) return current.id;
  const { best } = pool;
  goLive(best.id, state.memory);
  await context.warn(`Step ${log.progress.steps}: back to the candidate of step ${best.step}, since ${why}.`);
  return best.id;
}

async function score(parts: SteppingParts, candidate: string, step: number): Promise<void> {
  await recordScore(parts, candidate, { split: "validation", examples: parts.options.data.validation, step });
}
