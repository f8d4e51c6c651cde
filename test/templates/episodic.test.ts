import fc from "fast-check";
import { chain, type Graph, graphOf } from "tracegrad";
import { checkGraph } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { episodic } from "../../src/templates/episodic.ts";
import { interactive } from "../../src/templates/interactive.ts";
import { inLockstep } from "../../src/templates/side-by-side.ts";
import type { Experience } from "../../src/templates/template.ts";
import { edgesOf, episode, failing, lessonsOf, p, rewarded, single, watched } from "./streams.ts";

const ids = (graph: Graph) => graph.nodes.map((one) => one.id);
const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 });
/** A horizon with a stride that it allows. */
const windows = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.nat())
  .map(([horizon, pick]) => ({ horizon, stride: 1 + (pick % horizon) }));

/** Where the windows of an episode begin and end, by the definition: starts a stride apart until the end is reached. */
function expectedWindows(steps: number, horizon: number, stride: number): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  for (let start = 0; ; start += stride) {
    found.push([start, Math.min(start + horizon, steps)]);
    if (start + horizon >= steps) return found;
  }
}

describe("episodic", () => {
  it("gives the windows of each episode: as many, as long and with the feedback that the closed forms say", async () => {
    await fc.assert(
      fc.asyncProperty(lengths, windows, async (steps, { horizon, stride }) => {
        const episodes = steps.map((length, index) => episode(length, `e${index}:`));
        const lessons = await lessonsOf(episodic({ horizon, stride }), episodes.flat());
        const count = (length: number) => Math.ceil(Math.max(0, length - horizon) / stride) + 1;
        expect(lessons).toHaveLength(steps.reduce((sum, length) => sum + count(length), 0));
        const expected = episodes.flatMap((one) =>
          expectedWindows(one.length, horizon, stride).map(([start, end]) => one.slice(start, end)),
        );
        expect(lessons.map((lesson) => lesson.size)).toEqual(expected.map((window) => window.length));
        expect(lessons.map((lesson) => lesson.feedback)).toEqual(expected.map((window) => window.at(-1)?.feedback));
        expect(lessons.map((lesson) => lesson.graph.output)).toEqual(expected.map((w) => w.at(-1)?.graph.output));
      }),
      { numRuns: 60 },
    );
  });

  it("gives graphs whose nodes and edges are those of the window's steps, and none that is older", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), windows, async (steps, { horizon, stride }) => {
        const experiences = episode(steps);
        const lessons = await lessonsOf(episodic({ horizon, stride }), experiences);
        for (const [index, [start, end]] of expectedWindows(steps, horizon, stride).entries()) {
          const { graph, size } = lessons[index] ?? expect.fail("a window is missing");
          // Two sums a step, an environment between steps, the state carried in, the parameter.
          expect(graph.nodes).toHaveLength(2 * size + (size - 1) + 1 + 1);
          // A sum has two parents and an environment one; the state carried in has none, and neither has the parameter.
          expect(edgesOf(graph)).toBe(4 * size + (size - 1));
          const own = experiences.slice(start, end).flatMap((one) => one.graph.nodes.map((node) => node.id));
          const oldest = Math.min(...own.filter((id) => id !== p.id));
          for (const node of graph.nodes) if (node !== p) expect(node.id).toBeGreaterThanOrEqual(oldest);
          const inputs = graph.nodes.filter((one) => one !== p && graph.parentsOf(one).length === 0);
          expect(inputs.map((one) => one.name)).toEqual([start === 0 ? "start" : "environment"]);
          checkGraph(graph);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("cuts at the window's start also graphs that do not know when their run began", async () => {
    const experiences = episode(6).map((one) => ({ ...one, graph: graphOf(one.graph.output) as Graph }));
    for (const horizon of [1, 2, 3]) {
      const lessons = await lessonsOf(episodic({ horizon }), experiences);
      for (const { graph } of lessons) {
        const sums = graph.nodes.filter((one) => one.op === "add" && graph.parentsOf(one).length > 0);
        expect(sums).toHaveLength(2 * horizon);
      }
    }
  });

  it("loses and doubles nothing when the stride is the horizon", async () => {
    await fc.assert(
      fc.asyncProperty(lengths, fc.integer({ min: 1, max: 6 }), async (steps, horizon) => {
        const experiences = steps.flatMap((length) => episode(length));
        const lessons = await lessonsOf(episodic({ horizon }), experiences);
        const members = lessons.flatMap((lesson) =>
          "members" in lesson.graph ? (lesson.graph.members as Graph[]) : [],
        );
        expect(members).toEqual(experiences.map((one) => one.graph));
        expect(lessons.reduce((sum, lesson) => sum + lesson.size, 0)).toBe(experiences.length);
      }),
      { numRuns: 40 },
    );
  });

  it("at a horizon of the whole episode or more is the whole episode, without a cut", async () => {
    const experiences = episode(5);
    const whole = chain(experiences.map((one) => one.graph)) as Graph;
    for (const options of [{}, { horizon: 5 }, { horizon: 6, stride: 2 }, { horizon: 1_000 }]) {
      const [lesson, ...others] = await lessonsOf(episodic(options), experiences);
      expect(others).toEqual([]);
      expect(lesson?.size).toBe(5);
      expect(ids(lesson?.graph as Graph)).toEqual(ids(whole));
      expect(lesson?.graph.show()).toBe(whole.show());
    }
  });

  it("at a horizon of 1 is interactive, with rewards and without", async () => {
    const experiences = [...episode(4), ...rewarded([3, -1, 0]), ...episode(2), failing()];
    const lessons = await lessonsOf(episodic({ horizon: 1 }), experiences);
    const alone = await lessonsOf(interactive(), experiences);
    const shown = (all: typeof lessons) => all.map(({ graph, feedback, size }) => [graph.show(), feedback, size]);
    expect(shown(lessons)).toEqual(shown(alone));
    expect(lessons.map((lesson) => ids(lesson.graph))).toEqual(alone.map((lesson) => ids(lesson.graph)));
  });

  it("does not link one episode to the next, and ends the last one with the stream", async () => {
    const open = (one: Experience): Experience => ({ graph: one.graph, feedback: one.feedback });
    const lessons = await lessonsOf(episodic(), [...episode(2, "a"), ...episode(3, "b").map(open)]);
    expect(lessons.map((lesson) => [lesson.size, lesson.feedback])).toEqual([
      [2, "a1"],
      [3, "b2"],
    ]);
    expect(lessons[1]?.graph.nodes.filter((one) => one.name === "start")).toHaveLength(1);
    expect(await lessonsOf(episodic({ horizon: 3 }), [])).toEqual([]);
  });

  it("links steps on plain values by environment steps, within the window only", async () => {
    const steps = [1, 2, 3, 4].map((value) => single(value));
    const lessons = await lessonsOf(episodic({ horizon: 2 }), steps);
    for (const { graph } of lessons) {
      expect(graph.nodes.filter((one) => one.op === "environment_step")).toHaveLength(1);
      expect(graph.nodes).toHaveLength(1 + 2 * 2 + 1);
    }
  });

  it("gives a window as soon as it is whole, and holds no more than it and one step", async () => {
    const { seen, stream } = watched(episode(100));
    const lessons = episodic({ horizon: 4, stride: 2 }).stream(stream)[Symbol.asyncIterator]();
    await lessons.next();
    expect(seen.pulled).toBe(4);
    await lessons.next();
    expect(seen.pulled).toBe(6);
    await lessons.return?.();
    expect(seen.closed).toBe(true);
  });

  it("tells a window its steps, its return and the total so far, and takes the return as its score", async () => {
    const steps = rewarded([1, 0, 0.1, 0.2, -4], "e");
    const lessons = await lessonsOf(episodic({ horizon: 2 }), steps);
    expect(lessons.map((lesson) => lesson.feedback)).toEqual([
      { text: "Steps 1 to 2: return 1, total score so far 1.\ne1", score: 1 },
      { text: "Steps 3 to 4: return 0.3, total score so far 1.3.\ne3", score: 0.30000000000000004 },
      { text: "Step 5: return -4, total score so far -2.7.\ne4", score: -4 },
    ]);
    const [first, second] = await lessonsOf(episodic({ horizon: 3, stride: 2, discount: 0.5 }), steps);
    expect(first?.feedback).toEqual({
      text: "Steps 1 to 3: discounted return 1.025 (discount 0.5), total score so far 1.1.\ne2",
      score: 1.025,
    });
    expect(second?.feedback).toMatchObject({ score: 0.1 + 0.5 * 0.2 - 0.25 * 4 });
  });

  it("gives the returns of the windows that the definition gives, and with stride = horizon they add up", async () => {
    const rewards = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 12 });
    const discounts = fc.constantFrom(0, 0.5, 0.9, 1);
    await fc.assert(
      fc.asyncProperty(rewards, windows, discounts, async (given, { horizon, stride }, discount) => {
        const lessons = await lessonsOf(episodic({ horizon, stride, discount }), rewarded(given));
        const scores = lessons.map(({ feedback }) => (feedback as { score: number }).score);
        const expected = expectedWindows(given.length, horizon, stride).map(([start, end]) =>
          given.slice(start, end).reduce((sum, reward, index) => sum + discount ** index * reward, 0),
        );
        expect(scores).toHaveLength(expected.length);
        for (const [index, score] of scores.entries()) expect(score).toBeCloseTo(expected[index] as number, 9);
        const total = given.reduce((sum, reward) => sum + reward, 0);
        const isSum = stride === horizon && discount === 1;
        if (isSum) expect(scores.reduce((sum, score) => sum + score, 0)).toBe(total);
      }),
      { numRuns: 60 },
    );
  });

  it("names the highest total reward beside that of a whole episode, and beside no other score", async () => {
    const scored = (score: number): Experience[] => {
      const [first, last] = rewarded([1, 2]) as [Experience, Experience];
      return [first, { ...last, feedback: { text: "Won.", score }, maxTotal: 3 }];
    };
    const feedbackOf = async (template = episodic(), score = 3) =>
      (await lessonsOf(template, scored(score))).at(-1)?.feedback;
    expect(await feedbackOf()).toEqual({ text: "Won.", score: 3, maxScore: 3 });
    expect(await feedbackOf(episodic({ discount: 0.5 }))).toMatchObject({ score: 3, maxScore: 3 });
    expect(await feedbackOf(episodic(), 0.7)).toEqual({ text: "Won.", score: 0.7 });
    for (const horizon of [1, 2]) expect(await feedbackOf(episodic({ horizon }))).not.toHaveProperty("maxScore");
  });

  it("without a horizon gives the feedback on the last step, after a discounted return if one is asked for", async () => {
    const steps = rewarded([1, 2, 4]);
    const [lesson] = await lessonsOf(episodic(), steps);
    expect(lesson?.feedback).toBe("e2");
    const [discounted] = await lessonsOf(episodic({ discount: 0.5 }), steps);
    expect(discounted?.feedback).toEqual({ text: "Steps 1 to 3: discounted return 3 (discount 0.5).\ne2" });
  });

  it("keeps a window for each of the episodes that run side by side", async () => {
    await fc.assert(
      fc.asyncProperty(lengths, windows, async (steps, cut) => {
        const episodes = steps.map((length, index) => rewarded(new Array(length).fill(index), `e${index}`));
        const together = await lessonsOf(episodic(cut), inLockstep(episodes));
        const alone = await Promise.all(episodes.map((one) => lessonsOf(episodic(cut), one)));
        const shown = (all: typeof together) => all.map(({ graph, feedback }) => [graph.show(), feedback, ids(graph)]);
        const order = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
        expect(shown(together).sort(order)).toEqual(shown(alone.flat()).sort(order));
      }),
      { numRuns: 40 },
    );
  });

  it("describes itself in plain JSON", () => {
    expect(episodic({ horizon: 25 }).spec).toEqual({ kind: "episodic", horizon: 25, stride: 25 });
    expect(episodic({ horizon: 25, stride: 5 }).spec).toEqual({ kind: "episodic", horizon: 25, stride: 5 });
    expect(episodic().spec).toEqual({ kind: "episodic" });
    expect(episodic({ discount: 0.9 }).spec).toEqual({ kind: "episodic", discount: 0.9 });
    expect(episodic()).toMatchObject({ wants: 1, episodes: true });
  });

  it("refuses horizons and strides that cannot be, or that would lose steps", () => {
    for (const horizon of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => episodic({ horizon })).toThrow("`horizon` must be a whole number");
    }
    expect(() => episodic({ horizon: 3, stride: 0 })).toThrow("`stride` must be a whole number");
    expect(() => episodic({ horizon: 3, stride: 4 })).toThrow("Give a stride of at most 3");
    expect(() => episodic({ stride: 4 })).toThrow("needs a `horizon`");
    for (const discount of [-0.1, 1.1, Number.NaN]) {
      expect(() => episodic({ discount })).toThrow("`discount` is a number from 0 to 1");
    }
  });
});
