/**
 * Episodes that run side by side and go on from one update to the next: a template takes their steps, and each learning
 * item that it gives makes an update, after which they go on with the new values.
 */

import { combine, type Feedback, toFeedback } from "../../graph/feedback.ts";
import { withParameters } from "../../nodes/runs.ts";
import { sideBySide } from "../../templates/side-by-side.ts";
import type { Experience, LearningItem, LearningTemplate } from "../../templates/template.ts";
import { TracegradError } from "../../util/errors.ts";
import { atPath } from "../../util/external-call.ts";
import { hashOf } from "../../util/json.ts";
import { mapLimited } from "../../util/limit.ts";
import { observed } from "../../util/observe.ts";
import { preview } from "../../util/preview.ts";
import type { RolloutStep, RunningRollout } from "../evaluation/episode-runner.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import type { Runner } from "../evaluation/runner.ts";
import { evaluationPath } from "../journal/call-path.ts";
import type { CandidatePool } from "../search/pool.ts";
import type { Example, Outcome } from "../types.ts";

/** What a pass works with. */
export interface PassParts {
  readonly runner: Runner;
  readonly evaluator: Evaluator;
  readonly pool: CandidatePool;
  readonly template: LearningTemplate;
  /** The maximum number of episodes that take a step at the same time. */
  readonly concurrency: number;
}

/** A pass between two rounds, as JSON: enough to play it again up to where it was. */
export type PassState = {
  /** The round in which it began. */
  readonly round: number;
  /** Ids of the training examples, one for each episode. */
  readonly examples: readonly string[];
  /** How many steps the episodes have taken, how many of the episodes are over, and how many items were taken. */
  readonly steps: number;
  readonly over: number;
  readonly items: number;
  /** Which candidates ran, each from which step on, from 0. */
  readonly candidates: readonly { readonly id: string; readonly from: number }[];
  /** A number that stands for all actions and rewards. */
  readonly digest: number;
};

/** What a pass gives for one round. */
export interface PassResult {
  /** What to learn from; undefined when the episodes ended without anything, since the environment failed. */
  readonly item: LearningItem | undefined;
  /** How each stretch of an episode in the item went; its score is what the item says, or the rewards since the last one. */
  readonly outcomes: readonly Outcome[];
  /** Whether the item is about whole episodes. */
  readonly isWhole: boolean;
  /** What people should know, in sentences. */
  readonly notes: readonly string[];
}

/** The place in the loop of a pass that began in a round. */
function placeOf(round: number): string {
  return `${round}/pass`;
}

/** The path of the calls that are made in an open pass: a resumed run needs their answers. */
export function passPath({ round }: Pick<PassState, "round">): string {
  return `round ${placeOf(round)}`;
}

/** An episode of a pass. */
interface PassEpisode {
  readonly rollout: RunningRollout;
  /** The sum of the rewards since the last item. */
  reward: number;
  /** The error of the agent that ended it. */
  failure: Outcome["failure"];
  /** Whether an item has come before it was over. */
  isSplit: boolean;
  seconds: number;
}

/** See the head of the file. */
export class EpisodePass {
  readonly #parts: PassParts;
  readonly #round: number;
  readonly #episodes: ReadonlyMap<string, PassEpisode>;
  readonly #items: AsyncIterator<LearningItem>;
  /** Looked ahead to when no episode goes on, so that a pass is known to be over. */
  #ahead: IteratorResult<LearningItem> | undefined;
  #candidates: { readonly id: string; readonly from: number }[] = [];
  #steps = 0;
  #taken = 0;
  #digest = 0;
  /** Set while the pass is played again. */
  #until: PassState | undefined;
  /** Outcomes without an experience, and notes, since the last item. */
  #lost: Outcome[] = [];
  #notes: string[] = [];

  /** Begins a pass. Throws ExternalCallError `budget` when the budget does not leave an evaluation for each episode. */
  constructor(parts: PassParts, round: number, examples: readonly Example[]) {
    this.#parts = parts;
    this.#round = round;
    const { runner, evaluator, template } = parts;
    this.#episodes = new Map(
      examples.map((example) => [
        example.id,
        { rollout: begun(runner, example), reward: 0, failure: undefined, isSplit: false, seconds: 0 },
      ]),
    );
    evaluator.underWay = examples.length;
    this.#items = template.stream(this.#experiences())[Symbol.asyncIterator]();
  }

  /**
   * Plays a pass again up to where it was. Model calls are answered from the journal.
   * @throws TracegradError `episode-differs` when it does not go as before.
   */
  static async again(parts: PassParts, state: PassState, examples: readonly Example[]): Promise<EpisodePass> {
    const pass = new EpisodePass(parts, state.round, examples);
    pass.#candidates = [...state.candidates];
    pass.#until = state;
    while (pass.#taken < state.items) if ((await pass.#take()).item === undefined) break;
    const { steps, items, digest } = pass.#state;
    if (steps !== state.steps || items !== state.items || digest !== state.digest) throw differs(state);
    pass.#until = undefined;
    return pass;
  }

  /** What a checkpoint keeps of it; undefined when it is over. */
  get state(): PassState | undefined {
    return this.#ahead?.done === true ? undefined : this.#state;
  }

  get #state(): PassState {
    return {
      round: this.#round,
      examples: [...this.#episodes.keys()],
      steps: this.#steps,
      over: this.#episodes.size - this.#running.length,
      items: this.#taken,
      candidates: [...this.#candidates],
      digest: this.#digest,
    };
  }

  get #running(): readonly PassEpisode[] {
    return [...this.#episodes.values()].filter(({ rollout }) => rollout.result === undefined);
  }

  /** Plays on, with the values of a candidate, until there is something to learn from or the pass is over. */
  next(candidate: string): Promise<PassResult> {
    if (this.#candidates.at(-1)?.id !== candidate) this.#candidates.push({ id: candidate, from: this.#steps });
    return this.#take();
  }

  async #take(): Promise<PassResult> {
    const { done, value: item } = this.#ahead ?? (await this.#items.next());
    this.#ahead = undefined;
    if (done === true) this.#ahead = { done, value: undefined };
    else this.#taken += 1;
    // Without a step to take, the template only gives what it has.
    if (done !== true && this.#running.length === 0) this.#ahead = await this.#items.next();
    const result = this.#resultOf(done === true ? undefined : item);
    this.#lost = [];
    this.#notes = [];
    return result;
  }

  #resultOf(item: LearningItem | undefined): PassResult {
    const names = item?.episodes ?? [...this.#episodes.keys()];
    const episodes = names.map((name) => this.#episodes.get(name)).filter((one) => one !== undefined);
    const isWhole = episodes.every(({ isSplit, rollout }) => !isSplit && rollout.result !== undefined);
    const outcomes = item === undefined ? [] : outcomesOf(item, names, episodes);
    for (const episode of episodes) Object.assign(episode, { reward: 0, isSplit: true });
    return { item, outcomes: [...outcomes, ...this.#lost], isWhole, notes: this.#notes };
  }

  async *#experiences(): AsyncGenerator<Experience> {
    while (this.#running.length > 0) yield* sideBySide(await this.#step());
  }

  /** One step of each episode that goes on. */
  async #step(): Promise<readonly Experience[]> {
    const { concurrency, evaluator } = this.#parts;
    const until = this.#until;
    if (until !== undefined && this.#steps === until.steps) throw differs(until);
    const candidate = this.#candidates.findLast(({ from }) => from <= this.#steps)?.id as string;
    const running = this.#running;
    const steps = await mapLimited(running, concurrency, (episode) => this.#advance(episode, candidate));
    this.#steps += 1;
    for (const [index, step] of steps.entries()) this.#note(running[index] as PassEpisode, step);
    evaluator.underWay = this.#running.length;
    return steps.flatMap(({ experience }, index) =>
      experience === undefined ? [] : [{ ...experience, episode: idOf(running[index] as PassEpisode) }],
    );
  }

  async #advance(episode: PassEpisode, candidate: string): Promise<RolloutStep> {
    const { pool } = this.#parts;
    const { validation } = pool.get(candidate);
    const began = performance.now();
    // Each step has its own path, so that its calls and its chance are the same whenever it is played again.
    const path = `${this.#pathOf(episode)}/step ${this.#steps + 1}`;
    const { example } = episode.rollout;
    const advance = () => withParameters(pool.stateOf(candidate), () => episode.rollout.advance(validation));
    const work = { kind: "evaluation", candidate, split: "train", example } as const;
    const step = await atPath(path, () => observed(work, advance));
    episode.seconds += (performance.now() - began) / 1000;
    return step;
  }

  #note(episode: PassEpisode, { experience, action, notes }: RolloutStep): void {
    const { result, example } = episode.rollout;
    const { reward = 0, end = true } = experience ?? {};
    episode.reward += reward;
    episode.failure = result?.outcome.failure;
    this.#notes.push(...notes);
    const hash = hashOf([this.#digest, example.id, preview(action, 2_000), reward, end]);
    // A number, since a text of digits could look like a secret.
    this.#digest = Number.parseInt(hash.slice(0, 12), 16);
    if (result === undefined) return;
    if (experience === undefined) this.#lost.push(result.outcome);
    this.#parts.evaluator.enter(this.#first, placeOf(this.#round), { example, ...result, seconds: episode.seconds });
  }

  /** The candidate that began the pass: its episodes are evaluations of it. */
  get #first(): string {
    return this.#candidates[0]?.id as string;
  }

  #pathOf(episode: PassEpisode): string {
    const suffix = `@${placeOf(this.#round)}`;
    return evaluationPath({ id: this.#first, split: "train", exampleId: idOf(episode), suffix });
  }
}

function idOf({ rollout }: PassEpisode): string {
  return rollout.example.id;
}

function begun(runner: Runner, example: Example): RunningRollout {
  if (runner.begin !== undefined) return runner.begin(example);
  throw new TypeError("Only the runner of an environment has episodes.");
}

/** One outcome for each feedback of an item; one for all where the template has put the feedback together. */
function outcomesOf(
  { feedback }: LearningItem,
  names: readonly string[],
  episodes: readonly PassEpisode[],
): readonly Outcome[] {
  const given = (Array.isArray(feedback) ? feedback : [feedback]) as readonly Feedback[];
  if (given.length === episodes.length) {
    return given.map((one, index) => outcomeOf(names[index] as string, one, [episodes[index] as PassEpisode]));
  }
  return [outcomeOf(names.join(", "), combine(given.map(toFeedback)), episodes)];
}

function outcomeOf(exampleId: string, given: Feedback, episodes: readonly PassEpisode[]): Outcome {
  const failed = episodes.every(({ failure }) => failure !== undefined) ? episodes[0]?.rollout.result : undefined;
  if (failed !== undefined) return { ...failed.outcome, exampleId };
  const { text = "", score } = toFeedback(given);
  const rewards = episodes.reduce((sum, { reward }) => sum + reward, 0) / Math.max(1, episodes.length);
  return { exampleId, score: score ?? rewards, feedback: text, failure: undefined };
}

function differs({ examples }: PassState): TracegradError {
  return new TracegradError(
    "episode-differs",
    `The episodes of ${examples.map((id) => `"${id}"`).join(", ")} were under way when the run ended. They were ` +
      "played again up to that point and went another way, so nothing can be learned from them. An environment must " +
      "give the same observations and rewards for the same seed and actions, and an agent the same actions for the " +
      "same values: let both draw by the seed. Then begin a new run in another folder.",
  );
}
