import fc from "fast-check";
import { credit, type Graph, LearningGraph } from "tracegrad";
import { checkGraph } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { type BatchOptions, batch } from "../../src/templates/batch.ts";
import { episodic } from "../../src/templates/episodic.ts";
import { interactive } from "../../src/templates/interactive.ts";
import { inLockstep } from "../../src/templates/side-by-side.ts";
import type { LearningItem, LearningTemplate } from "../../src/templates/template.ts";
import { edgesOf, episode, failing, lessonsOf, rewarded, single, watched } from "./streams.ts";

const membersOf = ({ graph }: LearningItem): readonly Graph[] => (graph as LearningGraph).members;
const sizes = fc.integer({ min: 1, max: 5 });

describe("batch", () => {
  it("gives batches of the size in the order of the stream, and a short last one", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat({ max: 14 }), async (size, count) => {
        const experiences = Array.from({ length: count }, (_, index) => single(index));
        const lessons = await lessonsOf(batch(size), experiences);
        expect(lessons).toHaveLength(Math.ceil(count / size));
        expect(lessons.flatMap(membersOf)).toEqual(experiences.map((one) => one.graph));
        expect(lessons.flatMap((lesson) => lesson.feedback)).toEqual(experiences.map((one) => one.feedback));
        for (const [index, { graph, size: own }] of lessons.entries()) {
          expect(own).toBe(Math.min(size, count - index * size));
          // A constant and a sum for each, the parameter that they share, the batch; a sum has two parents.
          expect(graph.nodes).toHaveLength(2 * own + 1 + 1);
          expect(edgesOf(graph)).toBe(2 * own + own);
          checkGraph(graph);
        }
        const whole = await lessonsOf(batch(size, interactive(), { last: "drop" }), experiences);
        expect(whole.map(membersOf)).toEqual(lessons.filter((one) => one.size === size).map(membersOf));
      }),
      { numRuns: 60 },
    );
  });

  it("gives feedback by index, as the batch operator of the paper lists it", async () => {
    const [lesson] = await lessonsOf(batch(2), [single(1, "Right."), failing({ text: "Wrong.", score: 0 })]);
    const { feedback } = credit(lesson?.graph as Graph, lesson?.feedback as LearningItem["feedback"]);
    expect(feedback.text).toBe("ID [0]: Right.\nID [1]: Wrong.\nScore: 0");
  });

  it("gives feedback on the whole when it has a function for that, and refuses what is none", async () => {
    const worst = batch(2, interactive(), { aggregate: (all) => Math.min(...all.map(Number)) });
    const [lesson] = await lessonsOf(worst, [single(1, 3), single(2, 2)]);
    expect(lesson?.feedback).toEqual({ score: 2 });
    expect(credit(lesson?.graph as Graph, lesson?.feedback as LearningItem["feedback"]).feedback).toEqual({ score: 2 });
    const broken = batch(1, interactive(), { aggregate: () => Number.NaN });
    await expect(lessonsOf(broken, [single(1)])).rejects.toThrow(
      /`aggregate` gave is not feedback.*finite number; got NaN/,
    );
  });

  it("of batches is a batch whose members are batches, with the feedback on each indented", async () => {
    const experiences = [1, 2, 3, 4, 5].map((value) => single(value, { text: `f${value}`, score: value }));
    const [first, second, ...none] = await lessonsOf(batch(2, batch(2)), experiences);
    expect(none).toEqual([]);
    expect([first?.size, second?.size]).toEqual([4, 1]);
    expect(first?.graph.value).toEqual([
      [2, 3],
      [4, 5],
    ]);
    // A constant and a sum for each, the parameter, two batches and the batch of them.
    expect(first?.graph.nodes).toHaveLength(2 * 4 + 1 + 2 + 1);
    const { feedback } = credit(first?.graph as Graph, first?.feedback as LearningItem["feedback"]);
    expect(feedback).toEqual({
      score: 2.5,
      text: [
        "ID [0]: A batch of 2:",
        "  ID [0]: f1",
        "  Score: 1",
        "  ID [1]: f2",
        "  Score: 2",
        "Score: 1.5",
        "ID [1]: A batch of 2:",
        "  ID [0]: f3",
        "  Score: 3",
        "  ID [1]: f4",
        "  Score: 4",
        "Score: 3.5",
      ].join("\n"),
    });
  });

  it("of episodes holds their windows, loses none, and looks behind none of their cuts", async () => {
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 4 }),
        async (size, horizon, steps) => {
          const experiences = steps.flatMap((length) => episode(length));
          const alone = await lessonsOf(episodic({ horizon }), experiences);
          const lessons = await lessonsOf(batch(size, episodic({ horizon })), experiences);
          expect(lessons).toHaveLength(Math.ceil(alone.length / size));
          const members = lessons.flatMap(membersOf);
          expect(members.map((one) => one.show())).toEqual(alone.map((one) => one.graph.show()));
          expect(lessons.flatMap((lesson) => lesson.feedback)).toEqual(alone.map((one) => one.feedback));
          for (const lesson of lessons) {
            // Two sums, and one environment or starting state, for each step; the parameter; the batch.
            expect(lesson.graph.nodes).toHaveLength(3 * lesson.size + 1 + 1);
            checkGraph(lesson.graph);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("of episodes side by side holds the k-th window of each in the k-th batch, never two of one episode", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
        async (horizon, steps) => {
          const episodes = steps.map((length, index) => rewarded(new Array(length).fill(1), `e${index}:`));
          const { stream } = watched(inLockstep(episodes));
          const lessons = await lessonsOf(batch(steps.length, episodic({ horizon })), stream as never);
          const windows = steps.map((length) => Math.ceil(length / horizon));
          expect(lessons).toHaveLength(Math.max(...windows));
          for (const [k, { feedback }] of lessons.entries()) {
            const texts = (feedback as { text: string }[]).map(({ text }) => text);
            const ends = steps.flatMap((length, index) =>
              (windows[index] as number) > k ? [`e${index}:${Math.min(length, (k + 1) * horizon) - 1}`] : [],
            );
            expect(texts.map((text) => text.split("\n").at(-1)).sort()).toEqual(ends.sort());
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is made before any of its episodes goes on, and a short one can be dropped", async () => {
    const episodes = [rewarded([1, 1, 1], "a"), rewarded([1, 1, 1, 1, 1], "b"), rewarded([1], "c")];
    const experiences = inLockstep(episodes);
    for (const last of ["keep", "drop"] as const) {
      const { seen, stream } = watched(experiences);
      const pulled: [number, number][] = [];
      for await (const { graph } of batch(3, episodic({ horizon: 2 }), { last }).stream(stream)) {
        pulled.push([seen.pulled, (graph as LearningGraph).members.length]);
      }
      // Steps 1 of three, 2 of two; step 3 ends the first; steps 4 and 5 are of the second alone.
      const whole = [[5, 3]];
      const short = [
        [8, 2],
        [9, 1],
      ];
      expect(pulled).toEqual(last === "keep" ? [...whole, ...short] : whole);
    }
  });

  it("pulls what one batch needs and no more, and closes the stream when no more are wanted", async () => {
    const { seen, stream } = watched(Array.from({ length: 20 }, (_, index) => single(index)));
    for await (const _lesson of batch(2, batch(3)).stream(stream)) break;
    expect(seen).toEqual({ pulled: 6, closed: true });
  });

  it("describes itself in plain JSON, and says how much one update wants", () => {
    const nested = batch(2, batch(3, episodic({ horizon: 25 }), { mix: { failures: 1 } }), { last: "drop" });
    expect(nested.spec).toEqual({
      kind: "batch",
      size: 2,
      inner: {
        kind: "batch",
        size: 3,
        inner: { kind: "episodic", horizon: 25, stride: 25 },
        last: "keep",
        aggregate: "list",
        mix: { failures: 1, lookAhead: 9 },
      },
      last: "drop",
      aggregate: "list",
    });
    expect(JSON.parse(JSON.stringify(nested.spec))).toEqual(nested.spec);
    expect(nested).toMatchObject({ wants: 6, episodes: true });
    expect(batch(3)).toMatchObject({ wants: 3, episodes: false });
    const worst = (): number => 0;
    expect(batch(2, interactive(), { aggregate: worst }).spec["aggregate"]).toBe("function worst");
  });

  it("refuses sizes, inner templates and options that cannot be, by name", () => {
    for (const size of [0, -1, 1.5, Number.NaN]) expect(() => batch(size)).toThrow("`size` must be a whole number");
    const wrong = (options: unknown) => () => batch(3, interactive(), options as BatchOptions);
    expect(() => batch(3, { last: "drop" } as unknown as LearningTemplate)).toThrow("Options come third");
    expect(wrong({ last: "skip" })).toThrow('`last` is "keep" or "drop"; got "skip"');
    expect(wrong({ aggregate: "mean" })).toThrow('`aggregate` is "list" or a function; got "mean"');
    expect(wrong({ mix: { failures: 4 } })).toThrow("cannot hold 4 failures");
    expect(wrong({ mix: { failures: -1 } })).toThrow("`mix.failures` must be a whole number");
    expect(wrong({ mix: { failures: 1, lookAhead: 0.5 } })).toThrow("`mix.lookAhead` must be a whole number");
  });
});

describe("the mix of a batch", () => {
  /** A stream of failures (true) and successes, whose feedback says which it is. */
  const stream = (fails: readonly boolean[]) =>
    fails.map((fail, index) =>
      fail && index % 2 === 0
        ? failing({ text: `${index}` })
        : single(index, { text: `${index}`, score: fail ? 0 : 1 }),
    );
  const indicesOf = (lesson: LearningItem) => (lesson.feedback as { text: string }[]).map((one) => Number(one.text));
  const mixed = (size: number, failures: number, lookAhead: number) =>
    batch(size, interactive(), { mix: { failures, lookAhead } });

  it("loses and doubles nothing, keeps the order within a batch and among failures and successes, and repeats", async () => {
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.nat(),
        fc.nat({ max: 6 }),
        fc.array(fc.boolean(), { maxLength: 25 }),
        async (size, pick, lookAhead, fails) => {
          const template = mixed(size, pick % (size + 1), lookAhead);
          const batches = (await lessonsOf(template, stream(fails))).map(indicesOf);
          expect(batches).toEqual((await lessonsOf(template, stream(fails))).map(indicesOf));
          const order = batches.flat();
          expect([...order].sort((a, b) => a - b)).toEqual(fails.map((_, index) => index));
          for (const one of batches) expect(one).toEqual([...one].sort((a, b) => a - b));
          for (const kind of [true, false]) {
            const own = order.filter((index) => fails[index] === kind);
            expect(own).toEqual([...own].sort((a, b) => a - b));
          }
          expect(batches.map((one) => one.length)).toEqual(
            (await lessonsOf(batch(size), stream(fails))).map((one) => one.size),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it("holds that many failures in each batch as long as there are enough of both within the look-ahead", async () => {
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.nat(),
        fc.integer({ min: 1, max: 4 }),
        fc.infiniteStream(fc.nat()),
        async (...given) => {
          const [size, pick, count, chance] = given;
          const failures = pick % (size + 1);
          const fails = Array.from({ length: size * count }, (_, index) => index < failures * count);
          const order = fails
            .map((fail) => ({ fail, key: chance.next().value as number }))
            .sort((a, b) => a.key - b.key);
          const shuffled = order.map((one) => one.fail);
          const lessons = await lessonsOf(mixed(size, failures, size * count), stream(shuffled));
          for (const lesson of lessons) {
            expect(indicesOf(lesson).filter((index) => shuffled[index])).toHaveLength(failures);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("waits no longer than the look-ahead, and then takes what there is", async () => {
    const { seen, stream: pulled } = watched(stream(Array.from({ length: 30 }, (_, index) => index === 20)));
    const lessons = mixed(2, 1, 3).stream(pulled)[Symbol.asyncIterator]();
    expect(indicesOf((await lessons.next()).value as LearningItem)).toEqual([0, 1]);
    expect(seen.pulled).toBe(5);
    await lessons.return?.();
  });

  it("counts as failures failed runs and scores below 1, in members too, but not feedback without a score", async () => {
    const kinds = [
      single(0, "words"),
      single(1, { text: "low", score: 0.99 }),
      failing("failed"),
      single(3, { text: "good", score: 1 }),
    ];
    const [first] = await lessonsOf(mixed(2, 2, 9), kinds);
    expect(first?.feedback).toEqual([{ text: "low", score: 0.99 }, "failed"]);
    const nested = batch(1, batch(2), { mix: { failures: 1, lookAhead: 1 } });
    const [worse] = await lessonsOf(nested, [single(0), single(1), single(2), failing()]);
    expect(worse?.graph.value).toEqual([[3, undefined]]);
  });
});
