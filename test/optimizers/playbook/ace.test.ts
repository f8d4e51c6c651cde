import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { batchify, bundle, node, parameter, t, trace } from "tracegrad";
import { aceAlgorithm } from "tracegrad/extend";
import type { LanguageModel, ModelRequest } from "tracegrad/llm";
import { ace, applyDelta, type Bullet, type Playbook, playbook, playbookText } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { seeded, textOf } from "../readers.ts";
import { add, both, curate, isReflector, reflect, sectionsOf, small, textsOf } from "./models.ts";

const colours = ["red", "green", "blue", "amber", "white"];
const answers: Readonly<Record<string, string>> = {
  red: "stop",
  green: "go",
  blue: "swim",
  amber: "wait",
  white: "snow",
};

/** A program that knows of a colour what its playbook says, and feedback that says what was wanted. */
function colourTask(book = playbook([], { name: "book" })) {
  const answer = bundle(function answer(colour: string, book: Playbook): string {
    return new RegExp(`For ${colour} answer (\\w+)`).exec(playbookText(book))?.[1] ?? "?";
  });
  const run = () => colours.map((colour) => trace(() => answer(node(colour, { name: "colour" }), book)));
  const score = () => run().filter((graph, index) => graph.value === answers[colours[index] as string]).length / 5;
  const give = () => {
    const graphs = run();
    batchify(graphs).backward(
      graphs.map((graph, index) => {
        const colour = colours[index] as string;
        const isRight = graph.value === answers[colour];
        return {
          score: isRight ? 1 : 0,
          text: isRight ? "Right." : `Wrong: for ${colour}, ${answers[colour]} is wanted.`,
        };
      }),
    );
  };
  return { book, run, score, give };
}

/**
 * Finds the first mistake in the feedback with probability `skill`, else a platitude; the curator adds what is not
 * there.
 */
function skilful(skill: number, seed: number) {
  const random = seeded(seed);
  for (let warm = 0; warm < 10; warm++) random();
  return both(
    (request) => {
      const wrong = /Wrong: for (\w+), (\w+) is wanted/.exec(sectionsOf(request).Feedback ?? "");
      return reflect(random() < skill && wrong !== null ? `For ${wrong[1]} answer ${wrong[2]}.` : "Be careful.");
    },
    (request) => {
      const insight = /Key insight: (.*)/.exec(sectionsOf(request).Reflection ?? "")?.[1] as string;
      return sectionsOf(request).Playbook?.includes(insight) === true ? curate() : curate(add(insight));
    },
  );
}

async function scoreOf(llm: LanguageModel, steps: number): Promise<number> {
  const { book, give, score } = colourTask();
  const optimizer = ace(book, { llm, maxRounds: 0 });
  for (let step = 0; step < steps; step++) {
    give();
    await optimizer.step();
  }
  return score();
}

describe("ACE", () => {
  it("learns a playbook from which the program answers right", async () => {
    const { book, give, score } = colourTask();
    const optimizer = ace(book, { llm: skilful(1, 1), maxRounds: 0 });
    const scores = [score()];
    for (let step = 0; step < 5; step++) {
      give();
      const { refused } = await optimizer.step();
      expect(refused).toEqual([]);
      scores.push(score());
    }
    expect(scores).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(textsOf(book)[4]).toBe("b5 For white answer snow.");
  });

  it("gets better with the skill of its model", async () => {
    const means: number[] = [];
    for (const skill of [0, 0.5, 1]) {
      const scores = await Promise.all(
        Array.from({ length: 15 }, (_, seed) => scoreOf(skilful(skill, seed * 7919 + 1), 4)),
      );
      means.push(scores.reduce((x, y) => x + y, 0) / scores.length);
    }
    expect(means[0]).toBe(0);
    expect(means[1]).toBeGreaterThan(0.2);
    expect(means[1]).toBeLessThan(0.7);
    expect(means[2]).toBeCloseTo(0.8);
  });

  it("counts which bullets helped and misled, and gets rid of one that misleads", async () => {
    const bad = playbook(["For red answer go.", "For green answer go."], { name: "book" });
    const { book, give, score } = colourTask(bad);
    // Tags by what the prompts say, and deletes what misled twice.
    const llm = both(
      (request) => {
        const lines = [...(sectionsOf(request).Playbook ?? "").matchAll(/^\[(\w+)\].*For (\w+) answer/gm)];
        const isWrong = (colour: string) => sectionsOf(request).Feedback?.includes(`for ${colour},`);
        return reflect(
          "Look.",
          lines.map(([, id, colour]) => ({ id, tag: isWrong(colour as string) ? "harmful" : "helpful" })),
        );
      },
      (request) => {
        const misleading = /^\[(\w+)\] \(helpful 0, harmful 2\)/m.exec(sectionsOf(request).Playbook ?? "");
        return misleading === null ? curate() : curate({ type: "DELETE", id: misleading[1] });
      },
    );
    const optimizer = ace(book, { llm, maxRounds: 0 });
    give();
    const { changes } = await optimizer.step();
    expect(changes).toHaveLength(1);
    expect(book.data.bullets.map(({ helpful, harmful }) => [helpful, harmful])).toEqual([
      [0, 1],
      [1, 0],
    ]);
    give();
    await optimizer.step();
    expect(book.data.bullets).toEqual([
      { id: "b2", section: "strategies", text: "For green answer go.", helpful: 2, harmful: 0 },
    ]);
    expect(score()).toBe(0.2);
  });

  it("leaves other parameters alone, and shows them as inputs", async () => {
    const llm = both(
      () => reflect("x"),
      () => curate(add("Three.")),
    );
    const { book, other, run, optimizer } = small(llm);
    run().backward("Hm.");
    const { changes, updates } = await optimizer.step();
    expect(changes.map(({ name }) => name)).toEqual(["book"]);
    expect(updates).toMatchObject([{ parameter: book, seen: 0, was: { next: 3 } }]);
    expect(other.version).toBe(0);
    const [reflector] = llm.calls;
    expect(sectionsOf(reflector)["Shared values"]).toBe('(string) greeting = "Hello"');
    expect(sectionsOf(reflector).Code).toBe("say_1 = say(greeting=greeting, book=book)");
    expect(sectionsOf(reflector).Runs).toContain('(string) say_1 = "Hello: ${playbook}"');
    expect(sectionsOf(reflector).Feedback).toBe("Hm.");
    expect(sectionsOf(reflector).Playbook).toContain("[b2] (helpful 0, harmful 0) Two.");
  });

  it("proposes nothing where no playbook was given feedback", async () => {
    const llm = both(
      () => reflect("x"),
      () => curate(add("Three.")),
    );
    const { other, optimizer } = small(llm);
    trace(() => t`${other}!`).backward("Hm.");
    expect(await optimizer.step()).toMatchObject({ updates: [], refused: [], exchanges: [] });
    expect(llm.calls).toHaveLength(0);
  });

  it("refines a reflection while the score says that the run was wrong, and curates the last", async () => {
    const insights = ["first", "second", "third", "third", "fifth"];
    const asked = async (
      feedback: Parameters<ReturnType<ReturnType<typeof small>["run"]>["backward"]>[0],
      settings = {},
    ) => {
      const llm = both(
        (_, round) => reflect(insights[round] as string),
        () => curate(),
      );
      const { run, optimizer } = small(llm, settings);
      run().backward(feedback);
      await optimizer.step();
      return { reflections: llm.calls.filter(isReflector), curator: sectionsOf(llm.calls.at(-1)).Reflection };
    };
    const refined = await asked({ score: 0.5 }, { maxRounds: 2 });
    expect(sectionsOf(refined.reflections[2])["Your reflection so far"]).toContain("Key insight: second");
    expect(refined.curator).toContain("Key insight: third");
    expect((await asked({ score: 0.5 }, { maxRounds: 9 })).reflections).toHaveLength(4);
    expect((await asked({ score: 0.5 })).reflections).toHaveLength(2);
    expect((await asked({ score: 0.5 }, { targetScore: 0.5 })).curator).toContain("first");
    expect((await asked({ score: 1 }, { maxRounds: 2 })).reflections).toHaveLength(1);
    expect((await asked({ score: 5, maxScore: 10 })).reflections).toHaveLength(2);
    expect((await asked({ score: 10, maxScore: 10 })).reflections).toHaveLength(1);
    expect((await asked({ score: 5, maxScore: 10 }, { targetScore: 5 })).reflections).toHaveLength(1);
    expect((await asked("Wrong.", { maxRounds: 2 })).reflections).toHaveLength(1);
  });

  it("keeps a good reflection when its refinement is refused", async () => {
    const llm = both(
      (_, round) => (round === 0 ? reflect("good", [{ id: "b1", tag: "harmful" }]) : "junk"),
      () => curate(),
    );
    const { book, run, optimizer } = small(llm);
    run().backward(0);
    const { refused } = await optimizer.step();
    expect(refused).toEqual([]);
    expect(book.data.bullets[0]?.harmful).toBe(1);
    expect(sectionsOf(llm.calls.at(-1)).Reflection).toContain("Key insight: good");
  });

  it("makes all operations or none, and asks once more with the reasons", async () => {
    const llm = both(
      () => reflect("x", [{ id: "b1", tag: "helpful" }]),
      (_, round) =>
        round === 0
          ? curate(add("Three."), { type: "DELETE", id: "b9" }, add("x", "jokes"))
          : curate({ type: "MERGE", ids: ["b1", "b2"], text: "Both." }),
    );
    const { book, run, optimizer } = small(llm);
    run().backward("Hm.");
    const { refused, reasoning } = await optimizer.step();
    expect([refused, reasoning]).toEqual([[], "So."]);
    const reasons = textOf(llm.calls.at(-1) as ModelRequest, -1);
    expect(reasons).toContain('- operations[1]: There is no bullet "b9". The bullets are: b1, b2.');
    expect(reasons).toContain("- operations[2]: There is no section");
    expect(book.data).toEqual({
      bullets: [{ id: "b1", section: "strategies", text: "Both.", helpful: 1, harmful: 0 }],
      next: 3,
    });
  });

  it("tells what it dropped because it was too large, and tells the next curator", async () => {
    const llm = both(
      () => reflect("x"),
      (_, round) => curate(add(`New ${round}.`)),
    );
    const { book, run, optimizer } = small(llm, {}, { maxBullets: 2 });
    run().backward("Hm.");
    const { reasoning } = await optimizer.step();
    expect(reasoning).toContain("Dropped for lack of space: [b1] One.");
    expect(textsOf(book)).toEqual(["b2 Two.", "b3 New 0."]);
    run().backward("Hm.");
    await optimizer.step();
    expect(sectionsOf(llm.calls[3])["Left out"]).toBe("- One.");
    expect(sectionsOf(llm.calls[3]).Limits).toContain("2 of at most 2 bullets");
  });

  it("takes answers in text from a model without tools", async () => {
    const llm = both(
      () => '```json\n{"reasoning": "r", "keyInsight": "x", "bulletTags": [{"id": "b2", "tag": "helpful"}]}\n```',
      () => 'Here: {"reasoning": "r", "operations": [{"type": "UPDATE", "id": "b1", "text": "First."}]}',
    );
    const { book, run, optimizer } = small(llm);
    run().backward("Hm.");
    await optimizer.step();
    expect(textsOf(book)).toEqual(["b1 First.", "b2 Two."]);
    expect(book.data.bullets[1]?.helpful).toBe(1);
  });

  it("curates each of several playbooks by what each says", async () => {
    const [one, other] = [playbook(["Left."], { name: "one" }), playbook([], { name: "other", sections: ["notes"] })];
    const llm = both(
      () => reflect("x"),
      (request) => {
        const section = /Sections: (\w+)/.exec(sectionsOf(request).Limits ?? "")?.[1] as string;
        return curate(add(`For ${section}.`, section));
      },
    );
    const joined = bundle((a: Playbook, b: Playbook) => playbookText(a) + playbookText(b), { name: "joined" });
    trace(() => joined(one, other)).backward("Hm.");
    const { changes } = await ace([one, other], { llm }).step();
    expect(changes).toHaveLength(2);
    expect([textsOf(one), textsOf(other)]).toEqual([["b1 Left.", "b2 For strategies."], ["b1 For notes."]]);
  });

  it("shows the reflector the images of the feedback, and both the note of a search", async () => {
    const llm = both(
      () => reflect("x"),
      () => curate(),
    );
    const { run, optimizer } = small(llm);
    const credit = run().backward({ text: "See.", images: [{ mediaType: "image/png", data: "AAAA" }] });
    await optimizer.propose(credit, optimizer.memory, { note: "Be brief.", temperature: 0.3 });
    expect(llm.calls[0]?.messages[0]?.content).toMatchObject([{ type: "text" }, { type: "image", data: "AAAA" }]);
    for (const request of llm.calls) {
      expect(sectionsOf(request).Note).toBe("Be brief.");
      expect(request.temperature).toBe(0.3);
    }
  });

  it("needs a playbook, a model, and sensible options", async () => {
    expect(() => ace(parameter("x", { name: "prompt" }), { llm: scripted(() => "") })).toThrow(
      /none of prompt holds one\. Make one with playbook\(…\)/,
    );
    expect(() => aceAlgorithm({ maxRounds: -1 })).toThrow(/`maxRounds` must be a whole number/);
    expect(() => aceAlgorithm({ targetScore: Number.NaN })).toThrow(/`targetScore` must be a finite number; got NaN/);
    const { run, optimizer } = small(undefined as never);
    run().backward("Hm.");
    await expect(optimizer.step()).rejects.toMatchObject({ code: "no-model" });
  });

  it("cuts what ran to its budget, never the feedback, and says when that has no room", async () => {
    const llm = both(
      () => reflect("x"),
      () => curate(),
    );
    const book = playbook(["One."], { name: "book" });
    const show = bundle((text: string, book: Playbook) => `${text}${playbookText(book)}`, { name: "show" });
    const run = () =>
      trace(
        () =>
          Array.from({ length: 40 }).reduce<unknown>((text) => show(text as string, book), "x".repeat(5_000)) as never,
      );
    run().backward("Look here.");
    await ace(book, { llm, maxPromptTokens: 1_500 }).step();
    expect(countTokens(textOf(llm.calls[0] as ModelRequest))).toBeLessThanOrEqual(1_575);
    expect(sectionsOf(llm.calls[0]).Runs).toContain("Output:\n");
    expect(textOf(llm.calls[0] as ModelRequest)).toMatch(/left out/);
    expect(sectionsOf(llm.calls[0]).Feedback).toBe("Look here.");
    run().backward("x".repeat(10_000));
    await expect(ace(book, { llm, maxPromptTokens: 100 }).step()).rejects.toMatchObject({
      code: "prompt-too-large",
      message: expect.stringContaining("maxPromptTokens"),
    });
  });
});

describe("ACE's memory", () => {
  async function played(steps: number, resumeAt: number) {
    const { book, give } = colourTask(playbook([], { name: "book", maxBullets: 2 }));
    const llm = skilful(0.7, 5);
    let optimizer = ace(book, { llm });
    for (let step = 0; step < steps; step++) {
      if (step === resumeAt) {
        const saved = JSON.parse(JSON.stringify(optimizer.toJSON()));
        optimizer = ace(book, { llm });
        optimizer.load(saved);
      }
      give();
      await optimizer.step();
    }
    return JSON.stringify([llm.calls, optimizer.memory, book.data]);
  }

  it("is JSON: a resumed optimizer asks and answers as one that was never stopped", async () => {
    const uninterrupted = await played(6, -1);
    expect(uninterrupted).toContain("# Left out");
    for (const at of [1, 3, 5]) expect(await played(6, at)).toBe(uninterrupted);
  });

  it("lets no id return in a lineage, though its bullet is gone", async () => {
    const llm = both(
      () => reflect("x"),
      (request, round) => {
        const last = [...(sectionsOf(request).Playbook ?? "").matchAll(/^\[(\w+)\]/gm)].at(-1)?.[1];
        return round % 2 === 0 ? curate(add(`New ${round}.`)) : curate({ type: "DELETE", id: last });
      },
    );
    const { book, run, optimizer } = small(llm);
    const seen: string[] = [];
    for (let step = 0; step < 8; step++) {
      run().backward("Hm.");
      const { changes } = await optimizer.step();
      const [before, after] = [changes[0]?.before, changes[0]?.after] as [Playbook, Playbook];
      const old = new Set(before.bullets.map(({ id }: Bullet) => id));
      seen.push(...after.bullets.map(({ id }) => id).filter((id) => !old.has(id)));
    }
    expect(seen).toEqual(["b3", "b4", "b5", "b6"]);
    expect(applyDelta(book.data, [{ type: "ADD", section: "facts", text: "y" }]).added).toEqual(["b7"]);
  });
});
