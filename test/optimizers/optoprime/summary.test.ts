import { parameter, trace } from "tracegrad";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { expect, test } from "vitest";
import { suggest, textOf } from "../readers.ts";

/** A run of 400 steps with a value of its own each, and the parameter that it begins with. */
function longRun() {
  const start = parameter("go", { name: "start" });
  const graph = trace(() => {
    let at = start.map((text) => ({ text, step: 0, seen: "" }), "step");
    for (let step = 1; step < 400; step++) {
      at = at.map(({ text }) => ({ text, step, seen: `${step * 7919}`.repeat(3) }), "step");
    }
    return at;
  });
  return { start, graph };
}

async function stepWith(summary: string | Error, maxPromptTokens = 2_000) {
  const { start, graph } = longRun();
  const llm = scripted(() => suggest({ start: "run" }));
  const summaryLlm = scripted(
    () => {
      if (typeof summary === "object") throw summary;
      return summary;
    },
    { name: "small" },
  );
  const optimizer = optoPrime(start, { llm, summaryLlm, maxPromptTokens });
  graph.backward("Seen too late.");
  return { start, llm, summaryLlm, optimizer, result: await optimizer.step() };
}

test("a model sums up a run that does not fit, once, with more of it before its eyes, beside the statistics", async () => {
  const { start, llm, summaryLlm, optimizer, result } = await stepWith("From row 90 on nothing was seen.");
  const [asked, prompt] = [textOf(summaryLlm.calls[0] as never), textOf(llm.calls[0] as never)];
  expect([summaryLlm.calls.length, llm.calls.length]).toEqual([1, 1]);
  expect(asked).toContain("Do not propose values now.");
  expect(prompt).toContain(" left out)");
  expect(asked).not.toContain(" left out)");
  expect(prompt).toContain("# Summary\nBy a model that saw more of the rows:");
  expect(prompt).toContain("From row 90 on nothing was seen.");
  expect(prompt).toContain("Over all rows:");
  expect(start.data).toBe("run");
  // Its call is among those of the step, and it must have a price like the other one.
  expect(result.exchanges.map(({ request }) => textOf(request))).toEqual([asked, prompt]);
  expect(optimizer.models).toEqual([llm, summaryLlm]);
  expect(result.notes).toHaveLength(1);
});

test.each([
  ["fails", new Error("no room"), "small gave no answer: Error: no room"],
  ["says nothing", " ", "small said nothing"],
])("a model that %s leaves the statistics alone, with a note", async (_, summary, reason) => {
  const { start, llm, result } = await stepWith(summary);
  const prompt = textOf(llm.calls[0] as never);
  expect(prompt).not.toContain("# Summary");
  expect(prompt).toContain("Over all rows:");
  expect(start.data).toBe("run");
  expect(result.notes?.at(-1)).toContain(reason);
});

test("no model is asked about a run that fits", async () => {
  const { summaryLlm, llm } = await stepWith("Nothing.", 100_000);
  expect([summaryLlm.calls.length, llm.calls.length]).toEqual([0, 1]);
});

test("refuses what is no model by name", () => {
  const { start } = longRun();
  const llm = scripted(() => "");
  expect(() => optoPrime(start, { llm, summaryLlm: "small" as never })).toThrow(/summaryLlm/);
});
