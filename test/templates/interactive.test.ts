import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interactive } from "../../src/templates/interactive.ts";
import { episode, failing, lessonsOf, single, watched } from "./streams.ts";

describe("interactive", () => {
  it("gives each experience as it is, in order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 20 }), async (fails) => {
        const experiences = fails.map((fail, index) => (fail ? failing() : single(index)));
        const lessons = await lessonsOf(interactive(), experiences);
        expect(lessons).toEqual(experiences.map(({ graph, feedback }) => ({ graph, feedback, size: 1 })));
        lessons.forEach((lesson, index) => expect(lesson.graph).toBe(experiences[index]?.graph));
      }),
    );
  });

  it("gives the steps of episodes one by one", async () => {
    const steps = episode(3);
    expect((await lessonsOf(interactive(), steps)).map((lesson) => lesson.graph)).toEqual(steps.map((s) => s.graph));
  });

  it("pulls an experience only when a lesson is wanted, and closes the stream when no more are", async () => {
    const { seen, stream } = watched([single(1), single(2), single(3)]);
    for await (const _lesson of interactive().stream(stream)) break;
    expect(seen).toEqual({ pulled: 1, closed: true });
  });

  it("describes itself in plain JSON, and wants one run at a time", () => {
    const { spec, wants, episodes } = interactive();
    expect({ spec, wants, episodes }).toEqual({ spec: { kind: "interactive" }, wants: 1, episodes: false });
  });
});
