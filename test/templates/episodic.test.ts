import fc from "fast-check";
import { chain, type Graph, graphOf } from "tracegrad";
import { checkGraph } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { episodic } from "../../src/templates/episodic.ts";
import { interactive } from "../../src/templates/interactive.ts";
import type { Experience } from "../../src/templates/template.ts";
import { edgesOf, episode, failing, lessonsOf, p, single, watched } from "./streams.ts";

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

  it("at a horizon of 1 is interactive", async () => {
    const experiences = [...episode(4), ...episode(2), failing()];
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

  it("describes itself in plain JSON", () => {
    expect(episodic({ horizon: 25 }).spec).toEqual({ kind: "episodic", horizon: 25, stride: 25 });
    expect(episodic({ horizon: 25, stride: 5 }).spec).toEqual({ kind: "episodic", horizon: 25, stride: 5 });
    expect(episodic().spec).toEqual({ kind: "episodic" });
    expect(episodic()).toMatchObject({ wants: 1, episodes: true });
  });

  it("refuses horizons and strides that cannot be, or that would lose steps", () => {
    for (const horizon of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => episodic({ horizon })).toThrow("`horizon` must be a whole number");
    }
    expect(() => episodic({ horizon: 3, stride: 0 })).toThrow("`stride` must be a whole number");
    expect(() => episodic({ horizon: 3, stride: 4 })).toThrow("Give a stride of at most 3");
    expect(() => episodic({ stride: 4 })).toThrow("needs a `horizon`");
  });
});
