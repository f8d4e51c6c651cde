/** Runs episodes for the loop: whole ones, and those that go on from one update to the next. */

import { withParameters } from "../../nodes/runs.ts";
import type { ParameterState } from "../../nodes/state.ts";
import type { Experience } from "../../templates/template.ts";
import type { EpisodeSummary } from "../environment.ts";
import type { EnvironmentTask } from "../environment-task.ts";
import { orUnjudged, outcomeOfJudgeFailure } from "../guides/judge.ts";
import { highestScoreOf } from "../guides/max-score.ts";
import type { TrainOptions } from "../options.ts";
import type { RunningEpisode } from "../running-episode.ts";
import type { EvaluationResult, Example, Outcome } from "../types.ts";
import { scoreFailure } from "./failed-run.ts";
import { lostCredit } from "./lost-credit.ts";
import type { RunnerResult, TracedResult } from "./runner-result.ts";

/** Makes a run on an example under the rules of the loop for outages; `orElse` takes the outcome of incorrect use. */
export type RunGuard = <R>(example: Example, play: () => Promise<R>, orElse: (outcome: Outcome) => R) => Promise<R>;

/** What one step of an episode gives. */
export interface RolloutStep {
  /** Undefined when the environment failed, or the program uses tracegrad incorrectly: then the episode is over. */
  readonly experience: Experience | undefined;
  /** What the agent did. */
  readonly action: unknown;
  /** What people should know, in sentences. */
  readonly notes: readonly string[];
}

/** An episode of the loop that is under way. */
export interface RunningRollout {
  readonly example: Example;
  /** The result of the episode; undefined while it goes on. */
  readonly result: RunnerResult | undefined;
  /**
   * Plays the next step, on the live values; the first one begins the episode. `validation` is the last score of those
   * values.
   */
  advance(validation: EvaluationResult | undefined): Promise<RolloutStep>;
}

type EpisodeRunnerOptions = Pick<TrainOptions, "signal" | "failureScore" | "showTarget" | "maxScore">;

interface EpisodeRunner {
  rollout(example: Example, validation: EvaluationResult | undefined): Promise<TracedResult>;
  score(example: Example, state: ParameterState): Promise<RunnerResult>;
  begin(example: Example): RunningRollout;
}

/** The runner of an agent in an environment. */
export function episodeRunner(options: EpisodeRunnerOptions, task: EnvironmentTask, guarded: RunGuard): EpisodeRunner {
  // An environment is the judge of its agent: if it throws by itself, the example fails without a score.
  const judged: RunGuard = (example, play, orElse) =>
    guarded(
      example,
      () => orUnjudged(play, (error) => orElse(outcomeOfJudgeFailure(example, "environment", error))),
      orElse,
    );
  const begin = (example: Example): RunningRollout => new LoopEpisode({ options, task, judged }, example);
  return {
    begin,
    async rollout(example, validation) {
      const episode = begin(example);
      const experiences: Experience[] = [];
      const notes = new Set<string>();
      while (episode.result === undefined) {
        const step = await episode.advance(validation);
        if (step.experience !== undefined) experiences.push(step.experience);
        for (const note of step.notes) notes.add(note);
      }
      const isCut = experiences.at(-1)?.end !== true;
      return { ...episode.result, experiences: isCut ? [] : experiences, notes: [...notes] };
    },
    score: (example, state) =>
      judged(
        example,
        async () => {
          const settings = { seed: example.input as number, traced: false, signal: options.signal };
          return resultOf(options, example, await withParameters(state, () => task.play(settings)));
        },
        (outcome) => ({ outcome }),
      ),
  };
}

interface EpisodeParts {
  readonly options: EpisodeRunnerOptions;
  readonly task: EnvironmentTask;
  readonly judged: RunGuard;
}

class LoopEpisode implements RunningRollout {
  readonly example: Example;
  result: RunnerResult | undefined;
  readonly #parts: EpisodeParts;
  #episode: RunningEpisode | undefined;

  constructor(parts: EpisodeParts, example: Example) {
    this.#parts = parts;
    this.example = example;
  }

  advance(validation: EvaluationResult | undefined): Promise<RolloutStep> {
    return this.#parts.judged(
      this.example,
      () => this.#advance(validation),
      (outcome) => {
        this.result = { outcome };
        return { experience: undefined, action: undefined, notes: [] };
      },
    );
  }

  async #advance(validation: EvaluationResult | undefined): Promise<RolloutStep> {
    const { task, options } = this.#parts;
    const { example } = this;
    this.#episode ??= await task.begin({ seed: example.input as number, signal: options.signal });
    const { step, experience } = await this.#episode.advance();
    const { summary } = this.#episode;
    const given = step.end ? task.feedback?.(summary, validation) : undefined;
    if (step.end) this.result = resultOf(options, example, summary);
    const { action } = step;
    if (experience === undefined) return { experience, action, notes: [] };
    const maxScore = step.end ? highestScoreOf(options) : undefined;
    const changes = {
      ...(given === undefined ? {} : { feedback: given }),
      ...(maxScore === undefined ? {} : { maxTotal: maxScore }),
    };
    return { experience: { ...experience, ...changes }, action, notes: lostCredit([experience.graph]) };
  }
}

function resultOf(options: EpisodeRunnerOptions, example: Example, episode: EpisodeSummary): RunnerResult {
  const { total, steps, error } = episode;
  if (error !== undefined) return { outcome: scoreFailure(options, example, error) };
  const feedback = `The episode of ${steps} steps ended with a total reward of ${total}.`;
  return { outcome: { exampleId: example.id, score: total, feedback, failure: undefined }, output: { steps, total } };
}
