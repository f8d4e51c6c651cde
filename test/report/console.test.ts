import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, inject, it } from "vitest";
import { consoleProgress } from "../../src/report/console.ts";
import { fitText, plainLine, widthOf } from "../../src/report/terminal.ts";
import type { TrainEvent } from "../../src/training/events.ts";
import { hostileEvents, hostileTexts } from "./hostile.ts";
import { noRoles, sampleEvents } from "./sample.ts";
import { FakeTerminal } from "./screen.ts";
import { searchEvents } from "./search-sample.ts";

/** Tells all events to a listener, ten seconds from one step to the next. */
function play(terminal: FakeTerminal, events: readonly TrainEvent[], env: Record<string, string> = {}): FakeTerminal {
  let time = 0;
  const listener = consoleProgress(terminal.asStream, { env, now: () => time });
  for (const event of events) {
    if (event.type === "step") time += 10_000;
    listener(event);
  }
  return terminal;
}

const upTo = (step: number): TrainEvent[] => {
  const events = sampleEvents();
  const at = events.findIndex((event) => event.type === "spent" && event.spent.steps === step);
  return events.slice(0, at + 1);
};

describe("a bar on a terminal", () => {
  it("shows step, score, best, time left, tokens and dollars on one line, warnings above it", () => {
    expect(play(new FakeTerminal({ columns: 100 }), upTo(3)).lines).toEqual([
      "warning: The validation set has 12 examples: a difference below 0.2 may be chance.",
      'warning: step 3: refused extract_code: The function must keep its name and signature: expected "extract(response)", got "finalAnswer(text)".',
      "████████████░░░░░░░░░░░░  step 3/6  score 0.58  best 0.54  30 s left  68.8k tokens  $0.33",
    ]);
  });

  it("ends with the run, on a line of its own", () => {
    expect(play(new FakeTerminal({ columns: 100 }), sampleEvents()).lines.slice(-2)).toEqual([
      "████████████████████████  step 6/6  score 0.79  best 0.83  126k tokens  $0.65",
      "",
    ]);
  });

  it.each([20, 33, 50, 60, 79, 200])("never is wider than a terminal of %i columns", (columns) => {
    const { lines } = play(new FakeTerminal({ columns }), upTo(4));
    const bar = lines.at(-1) ?? "";
    expect(widthOf(bar)).toBeLessThan(columns);
    expect(bar).toContain("step 4/6");
  });

  it("is left at once by close, even twice, and then stays silent", () => {
    const terminal = new FakeTerminal();
    const listener = consoleProgress(terminal.asStream, { env: {} });
    const [start, ...rest] = sampleEvents() as [TrainEvent, ...TrainEvent[]];
    listener(start);
    listener.close();
    listener.close();
    const { written } = terminal;
    for (const event of rest) listener(event);
    expect(terminal.written).toBe(written);
    expect(written.endsWith("\n")).toBe(true);
  });

  it("has no colours where NO_COLOR is set", () => {
    const colour = `${"\u001b"}[33m`;
    expect(play(new FakeTerminal(), upTo(1)).written).toContain(colour);
    expect(play(new FakeTerminal(), upTo(1), { NO_COLOR: "1" }).written).not.toContain(colour);
  });

  it("tells no time left and draws no bar where the number of steps is unknown", () => {
    const events = upTo(3).map((event) =>
      event.type === "start" ? { ...event, spec: undefined, warnings: [] } : event,
    );
    expect(play(new FakeTerminal(), events).lines.at(-1)).toBe("step 3  score 0.58  best 0.54  68.8k tokens  $0.33");
  });

  it("reckons the time left of a resumed run by the steps of this process", () => {
    const [start, ...rest] = upTo(4) as [Extract<TrainEvent, { type: "start" }>, ...TrainEvent[]];
    const later = rest.filter((event) => !("step" in event) || event.step > 2);
    const { lines } = play(new FakeTerminal(), [{ ...start, resumedAt: 2 }, ...later]);
    expect(lines.at(-1)).toContain("step 4/6  score 0.67  best 0.67  20 s left");
  });

  it("does not keep a process alive that forgets to close it", () => {
    const program = `
      import { consoleProgress } from "tracegrad/report";
      const stream = Object.assign(process.stderr, { isTTY: true, columns: 80 });
      consoleProgress(stream, { env: {} })({ type: "start", runId: "r", warnings: [], spec: {} });`;
    const options = { cwd: inject("builtPackage"), encoding: "utf8", stdio: "pipe" } as const;
    const output = execFileSync(process.execPath, ["--input-type=module", "--eval", program], options);
    expect(output).toBe("");
  });
});

describe("lines where there is no terminal", () => {
  it("tell what happened, one line each, without a single escape", () => {
    const { written, lines } = play(new FakeTerminal({ isTTY: false }), sampleEvents());
    expect(written).not.toContain("\u001b");
    expect(lines.slice(0, 6)).toEqual([
      "run solver-2026-11-22 started: OptoPrime",
      "warning: The validation set has 12 examples: a difference below 0.2 may be chance.",
      "step 0: validation 0.21 [0.06, 0.52] (12 examples, 1 failed)",
      "step 1/6: changed extract_code, train 0.33",
      "step 1: validation 0.38 [0.15, 0.67] (12 examples)",
      "step 1: best so far 0.38, chosen by this score",
    ]);
    expect(lines.at(-2)).toBe("finished: budget used up; step 6/6  score 0.79  best 0.83  126k tokens  $0.65");
  });

  it.each([{ CI: "true" }, { CI: "1" }, { TERM: "dumb" }])("also on a terminal with %j", (env) => {
    const { lines } = play(new FakeTerminal(), sampleEvents(), env);
    expect(lines[0]).toBe("run solver-2026-11-22 started: OptoPrime");
    expect(lines.join("\n")).not.toContain("█");
  });

  it("say why a step asked no optimizer", () => {
    const round = {
      type: "round",
      step: 2,
      counted: true,
      evaluated: true,
      state: {},
      done: false,
      live: [],
      memories: {},
    } as const;
    const events = [["q1", "q2"], ["q1"], undefined].map((perfect) => ({ ...round, ...(perfect && { perfect }) }));
    expect(play(new FakeTerminal({ isTTY: false }), events as never).lines.filter((text) => text !== "")).toEqual([
      "step 2: nothing to learn, all 2 rollouts have the highest score",
      "step 2: nothing to learn, the rollout has the highest score",
    ]);
  });

  it("tell the time left of a search by the rounds that are done, however long ago the process began", () => {
    const rounds = Array.from({ length: 3 }, (_, at) => [
      { parents: [at], leads: "new" as const, score: 0.2 + at / 10, cost: 1, isScored: true },
    ]);
    const terminal = new FakeTerminal({ isTTY: false });
    let time = 600_000;
    const listener = consoleProgress(terminal.asStream, { steps: 5, env: {}, now: () => time });
    for (const event of searchEvents(rounds)) {
      if (event.type === "spent") time += 10_000;
      listener(event);
    }
    const left = terminal.lines.map((line) => /^round \d\/5 .*?([\d.]+ \w+) left/.exec(line)?.[1]);
    expect(left.filter((text) => text !== undefined)).toEqual(["30 s", "20 s"]);
  });

  it("say that the cost is unknown where a price is", () => {
    const spent = {
      steps: 1,
      llmCalls: 1,
      inputTokens: 10,
      outputTokens: 5,
      usd: undefined,
      evaluations: 1,
      seconds: 1,
      possiblyPaid: 0,
      byRole: noRoles,
    };
    const { lines } = play(new FakeTerminal({ isTTY: false }), [{ type: "end", reason: "goal", spent }]);
    expect(lines[0]).toBe("finished: goal reached; step 0  15 tokens  cost unknown");
  });
});

describe("hostile text", () => {
  it.each(hostileTexts)("%s steers no terminal", (_, hostile) => {
    for (const isTTY of [true, false]) {
      const { lines } = play(new FakeTerminal({ isTTY }), hostileEvents(hostile), { NO_COLOR: "1" });
      expect(lines.join("")).not.toMatch(/\p{Cc}|\p{Cs}|[\u202a-\u202e\u2066-\u2069]/u);
      for (const line of lines.slice(0, -1)) expect(line).toMatch(/^(warning: |run |step |finished: |█|░|$)/);
    }
  });

  it("of any kind leaves no control character in a line, and its words where they are plain", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(plainLine(text)).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      }),
    );
    expect(plainLine("plain words, 你好 שלום")).toBe("plain words, 你好 שלום");
    expect(plainLine("\u001b]52;c;aGk=\u0007 copied \u001b[1;31mred\u001b[0m\r\n\u009d0;title\u009cend")).toBe(
      "copied red end",
    );
  });

  it("of secrets is taken out, also where an escape sequence cuts them", () => {
    const event: TrainEvent = { type: "warning", message: "key sk-abcdef\u001b[0mghijklmnop and Bearer abcdefghijkl" };
    const { lines } = play(new FakeTerminal({ isTTY: false }), [event]);
    expect(lines[0]).toBe("warning: key [redacted] and Bearer [redacted]");
  });
});

describe("fitText", () => {
  it("never is wider than asked, and cuts no letter in half", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 0, max: 40 }), (text, columns) => {
        expect(widthOf(fitText(text, columns))).toBeLessThanOrEqual(columns);
      }),
    );
    expect(fitText("全体主義", 5)).toBe("全体…");
    expect(fitText("👩‍👩‍👧 family", 4)).toBe("👩‍👩‍👧 …");
  });
});
