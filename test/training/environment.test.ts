import {
  bundle,
  chain,
  type Graph,
  model,
  type Node,
  ParameterState,
  parameter,
  type Traced,
  withParameters,
} from "tracegrad";
import { type Environment, playEpisode, playEpisodes } from "tracegrad/environments";
import * as operators from "tracegrad/operators";
import { checkGraph } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { batch } from "../../src/templates/batch.ts";
import { episodic } from "../../src/templates/episodic.ts";
import { lessonsOf } from "../templates/streams.ts";

/** Walks along a line from the seed towards 0; a reward for each step nearer, over at 0. */
class Line implements Environment<{ at: number }, number> {
  readonly doc = "Moves by -1, 0 or 1.";
  #at = 0;
  #playing = false;

  reset(seed: number): { at: number } {
    if (this.#playing) throw new Error("reset in the middle of an episode");
    this.#playing = true;
    this.#at = seed;
    return { at: seed };
  }

  async step(action: number) {
    await Promise.resolve();
    if (![-1, 0, 1].includes(action)) throw new RangeError(`No such move: ${action}`);
    const before = Math.abs(this.#at);
    this.#at += action;
    return { observation: { at: this.#at }, reward: before - Math.abs(this.#at), done: this.#at === 0 };
  }
}

class Walker {
  stride = parameter(-1, { name: "stride" });

  @bundle()
  move(at: number, stride: number): number {
    if (at === 13) throw new Error("13 brings bad luck");
    return stride;
  }

  act(this: Traced<Walker>, seen: Node<{ at: number }>): Node<number> {
    return this.move(
      seen.map((value) => value.at, "place"),
      this.stride,
    );
  }
}

const walker = model(Walker);

describe("playEpisode", () => {
  it("plays until the environment says that it is over, and adds up the rewards", async () => {
    const episode = await playEpisode(walker.act, new Line(), { seed: 3, maxSteps: 10 });
    expect(episode).toMatchObject({ seed: 3, steps: 3, total: 3, error: undefined });
    expect(episode.experiences.map((one) => one.graph.value)).toEqual([{ at: 2 }, { at: 1 }, { at: 0 }]);
    expect(episode.experiences.map((one) => one.reward)).toEqual([1, 1, 1]);
    expect(episode.experiences.map((one) => one.end)).toEqual([false, false, true]);
    expect(episode.experiences.map((one) => one.feedback)).toEqual([
      { text: "Step 1: reward 1, total score so far 1.", score: 1 },
      { text: "Step 2: reward 1, total score so far 2.", score: 1 },
      { text: "Episode ends after 3 steps with total score: 3.0", score: 3 },
    ]);
  });

  it("links the steps by what the environment did, with its words, so that chain can follow", async () => {
    const { experiences } = await playEpisode(walker.act, new Line(), { seed: 3, maxSteps: 10 });
    const whole = chain(experiences.map((one) => one.graph)) as Graph;
    expect(whole.show()).toMatchInlineSnapshot(`
      "observation = { at: 3 } // input
      place = place(x=observation) // 3
      stride = -1 // parameter
      move = move(at=place, stride=stride) // -1
      environment_step = environment_step(action=move) // { reward: 1 }
      observation_1 = observation(step=environment_step) // { at: 2 }
      place_1 = place(x=observation_1) // 2
      move_1 = move(at=place_1, stride=stride) // -1
      environment_step_1 = environment_step(action=move_1) // { reward: 1 }
      observation_2 = observation(step=environment_step_1) // { at: 1 }
      place_2 = place(x=observation_2) // 1
      move_2 = move(at=place_2, stride=stride) // -1
      environment_step_2 = environment_step(action=move_2) // { reward: 1 }
      observation_3 = observation(step=environment_step_2) // { at: 0 }"
    `);
    const steps = whole.nodes.filter((one) => one.op === "environment_step");
    expect(steps.map((one) => one.data)).toEqual([{ reward: 1 }, { reward: 1 }, { reward: 1 }]);
    expect(new Set(steps.map((one) => one.operation.doc))).toEqual(new Set(["Moves by -1, 0 or 1."]));
    checkGraph(whole);
    const [last] = (await lessonsOf(episodic({ horizon: 1 }), experiences)).slice(-1);
    const inputs = last?.graph.nodes.filter((one) => last.graph.parentsOf(one).length === 0);
    expect(inputs?.map((one) => one.name).sort()).toEqual(["observation", "stride"]);
    expect(last?.graph.backward("Well walked.").signals.size).toBe(1);
  });

  it("ends at the most steps", async () => {
    const episode = await playEpisode(walker.act, new Line(), { seed: 30, maxSteps: 4 });
    expect(episode).toMatchObject({ steps: 4, total: 4, error: undefined });
    expect(episode.experiences.at(-1)?.end).toBe(true);
    for (const maxSteps of [0, 1.5, Number.NaN]) {
      await expect(playEpisode(walker.act, new Line(), { seed: 3, maxSteps })).rejects.toThrow(
        "`maxSteps` must be a whole",
      );
    }
  });

  it("ends as data when the agent fails, with the error in the last graph", async () => {
    const episode = await playEpisode(walker.act, new Line(), { seed: 15, maxSteps: 10 });
    expect(episode).toMatchObject({ steps: 3, total: 2 });
    expect(episode.error?.message).toContain("13 brings bad luck");
    const last = episode.experiences.at(-1) ?? expect.fail("no experience");
    expect(last.end).toBe(true);
    expect(last.graph.error?.message).toContain("13 brings bad luck");
    expect((last.feedback as { text: string }).text).toMatch(
      /^Episode ends after 3 steps with total score: 2\.0\nThe program failed: .*13 brings bad luck/s,
    );
    const [lesson] = await lessonsOf(episodic(), episode.experiences);
    expect(lesson?.graph.backward("Fear no number.").signals.size).toBe(1);
  });

  it("takes an action that the environment refuses for the agent's failure, and shows what led to it", async () => {
    const jump = (seen: Node<{ at: number }>) =>
      operators.multiply(
        operators.add(
          seen.map((value) => value.at, "place"),
          walker.stride,
        ),
        7,
      );
    const episode = await playEpisode(jump, new Line(), { seed: 3, maxSteps: 10 });
    expect(episode).toMatchObject({ steps: 1, total: 0 });
    expect(episode.error?.message).toContain("No such move: 14");
    const { graph } = episode.experiences[0] ?? expect.fail("no experience");
    expect(graph.show()).toMatch(/multiply.*\n.*environment_step/s);
    expect([...graph.backward("Move by -1.").signals.keys()]).toEqual([walker.stride]);
  });

  it("lets a judge of one's own see each step and the episode so far, as soon as the step is done", async () => {
    const seen: unknown[] = [];
    const episode = await playEpisode(walker.act, new Line(), {
      seed: 2,
      maxSteps: 10,
      judge: async (step, whole) => {
        seen.push(step);
        return `${step.index + 1} of ${whole.steps}: ${whole.total}`;
      },
    });
    expect(episode.experiences.map((one) => one.feedback)).toEqual(["1 of 1: 1", "2 of 2: 2"]);
    expect(seen).toEqual([
      { index: 0, observation: { at: 2 }, action: -1, reward: 1, total: 1, done: false, end: false, error: undefined },
      { index: 1, observation: { at: 1 }, action: -1, reward: 1, total: 2, done: true, end: true, error: undefined },
    ]);
  });

  it("without a trace comes to the same score, and keeps nothing", async () => {
    for (const seed of [5, 15]) {
      const { experiences, error, ...rest } = await playEpisode(walker.act, new Line(), {
        seed,
        maxSteps: 9,
        traced: false,
      });
      const traced = await playEpisode(walker.act, new Line(), { seed, maxSteps: 9 });
      expect(experiences).toEqual([]);
      expect(rest).toEqual({ seed, steps: traced.steps, total: traced.total });
      expect(error?.message).toBe(traced.error?.message);
    }
  });

  it("plays with the parameter values of the state that it is called in", async () => {
    const still = ParameterState.of([walker.stride]).set([[walker.stride, 0]]);
    const episode = await withParameters(still, () => playEpisode(walker.act, new Line(), { seed: 3, maxSteps: 5 }));
    expect(episode).toMatchObject({ steps: 5, total: 0 });
  });

  it("throws on what is no failure of the agent: the environment's own mistakes, and a cancel", async () => {
    const gives = (result: unknown): Environment<number, number> => ({ reset: () => 0, step: () => result as never });
    for (const result of [undefined, { observation: 1 }, { observation: 1, reward: Number.NaN, done: false }]) {
      await expect(playEpisode(() => 1, gives(result), { seed: 8, maxSteps: 3 })).rejects.toMatchObject({
        code: "bad-environment",
        message: expect.stringContaining("step 0 of the episode with seed 8"),
      });
    }
    const broken: Environment<number, number> = {
      reset: () => {
        throw new Error("no game");
      },
      step: () => expect.fail("never reached"),
    };
    await expect(playEpisode(() => 1, broken, { seed: 1, maxSteps: 3 })).rejects.toThrow("no game");
    const signal = AbortSignal.abort();
    await expect(playEpisode(walker.act, new Line(), { seed: 3, maxSteps: 3, signal })).rejects.toMatchObject({
      name: "AbortError",
    });
    const cancelled: Environment<number, number> = {
      reset: () => 0,
      step: () => {
        throw new DOMException("stop", "AbortError");
      },
    };
    await expect(playEpisode(() => 1, cancelled, { seed: 1, maxSteps: 3 })).rejects.toMatchObject({
      name: "AbortError",
    });
  });
});

describe("playEpisodes", () => {
  it("plays each seed in an environment of its own, some at once, in the order of the seeds", async () => {
    let [open, most, made] = [0, 0, 0];
    const makeEnvironment = () => {
      made += 1;
      const line = new Line();
      return {
        reset: (seed: number) => {
          most = Math.max(most, ++open);
          return line.reset(seed);
        },
        step: async (action: number) => {
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
          const result = await line.step(action);
          if (result.done) open -= 1;
          return result;
        },
      };
    };
    const seeds = [4, 1, 3, 2, 1];
    const episodes = await playEpisodes(walker.act, makeEnvironment, { seeds, maxSteps: 10, concurrency: 3 });
    expect(episodes.map(({ seed, steps, total }) => [seed, steps, total])).toEqual(seeds.map((one) => [one, one, one]));
    expect(made).toBe(5);
    expect(most).toBe(3);
    const lessons = await lessonsOf(
      batch(5, episodic()),
      episodes.flatMap((one) => one.experiences),
    );
    expect(lessons.map((lesson) => lesson.size)).toEqual([11]);
    checkGraph(lessons[0]?.graph as Graph);
    const alone = episodes.map((one) => chain(one.experiences.map((step) => step.graph)));
    for (const [index, steps] of seeds.entries()) {
      expect(alone[index]?.nodes.filter((one) => one.op === "move")).toHaveLength(steps);
    }
  });

  it("plays the others on when one agent fails, and begins no more after an error", async () => {
    const seeds = [2, 13, 1];
    const episodes = await playEpisodes(walker.act, () => new Line(), { seeds, maxSteps: 10 });
    expect(episodes.map((one) => one.error !== undefined)).toEqual([false, true, false]);
    let made = 0;
    const makeEnvironment = () => {
      made += 1;
      if (made === 2) throw new Error("no room");
      return new Line();
    };
    const playing = playEpisodes(walker.act, makeEnvironment, { seeds: [1, 2, 3, 4], maxSteps: 9, concurrency: 1 });
    await expect(playing).rejects.toThrow("no room");
    expect(made).toBe(2);
    await expect(playEpisodes(walker.act, () => new Line(), { seeds, maxSteps: 9, concurrency: 0 })).rejects.toThrow(
      "`concurrency` must be a whole number",
    );
  });
});
