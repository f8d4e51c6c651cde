import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Node, parameter, trace, train } from "tracegrad";
import { split } from "tracegrad/data";
import { add, makeList } from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
import { consoleProgress, readRun, reportHtml, viewOf } from "tracegrad/report";
import { type ScriptedAnswer, scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { FakeTerminal } from "../../report/screen.ts";
import { sectionsOf, suggest, textOf } from "../readers.ts";

const unknown = 'There is no variable "speed". The variables are: rate.';

/** A step on two parameters, answered in turn; the last answer is given again and again. */
async function stepOn(answers: readonly ScriptedAnswer[], format: "json" | "xml" = "json") {
  const rate = parameter(1, { name: "rate", constraint: "At most 10.", schema: atMost(10) as never });
  const word = parameter("hello", { name: "word" });
  const llm = scripted((_, index) => answers[Math.min(index, answers.length - 1)] as ScriptedAnswer);
  const optimizer = optoPrime([rate, word], { llm, format, memorySize: 2 });
  const run = () => trace(() => makeList<unknown>(rate, word)).backward("Twice as fast.");
  run();
  return { optimizer, llm, rate, run, result: await optimizer.step() };
}

function atMost(most: number) {
  const validate = (value: unknown) =>
    typeof value === "number" && value <= most ? { value } : { issues: [{ message: `more than ${most}` }] };
  return { "~standard": { version: 1, vendor: "test", validate } };
}

describe("a second question", () => {
  it("holds the variable, the form, the answer and the reason, not the prompt", async () => {
    const { llm, rate } = await stepOn([suggest({ rate: 11, word: "bye" }), suggest({ rate: 9 })]);
    const [first, second] = llm.calls;
    expect(second).toEqual({ ...first, messages: expect.any(Array) as unknown });
    const [form, answer, reasons] = (second?.messages ?? []).map(({ content }) => String(content));
    expect(sectionsOf(form as string).Variables).toBe("(number) rate\nConstraint: At most 10.\n```\n1\n```");
    expect(form).toContain("Call the tool propose_update. If you have no such tool, answer with one JSON object");
    expect(form).not.toContain("Twice as fast.");
    expect(answer).toBe('{"reasoning":"So.","suggestion":{"rate":11,"word":"bye"}}');
    expect(reasons).toBe(
      "Your proposal was not accepted, and nothing was changed:\n- rate: more than 10 (constraint: At most 10.)\n" +
        "Answer again in full, with these problems fixed.",
    );
    expect(rate.data).toBe(9);
  });

  it("shows all variables when the whole answer is refused, and names no tool to a model that is to write text", async () => {
    const two = "<variable><name>rate</name><value>2</value></variable>".repeat(2);
    const { llm } = await stepOn([two], "xml");
    const form = textOf(llm.calls[1] as never, 0);
    expect(sectionsOf(form).Variables).toMatch(/^\(number\) rate\n.*\n\(text\) word\n/s);
    expect(form).toContain("# Your answer\nAnswer in this form");
  });

  it("is the whole one again where the reply holds nothing to go on from", async () => {
    const { llm } = await stepOn(["I would rather not.", "No.", suggest({ rate: 11 })]);
    expect(llm.calls).toHaveLength(2);
    expect(llm.calls[1]?.messages.slice(0, 1)).toEqual(llm.calls[0]?.messages);
    expect(llm.calls[1]?.messages.slice(1).map(({ role }) => role)).toEqual(["assistant", "user"]);
  });

  it("is the whole one behind a correction whose answer holds nothing", async () => {
    const rate = parameter(1, { name: "rate" });
    const answers = [suggest({ rate: "fast" }), "Sorry.", "Sorry!", suggest({ rate: 2 })];
    const llm = scripted((_, index) => answers[index] as ScriptedAnswer);
    trace(() => makeList(rate)).backward("Faster.");
    await optoPrime(rate, { llm, maxRetries: 3 }).step();
    const feedback = llm.calls.map(({ messages }) => sectionsOf(messages[0]?.content as string).Feedback);
    expect(feedback).toEqual(["Faster.", undefined, "Faster.", "Faster."]);
    expect(llm.calls.map(({ messages }) => messages.length)).toEqual([1, 3, 3, 5]);
    expect(rate.data).toBe(2);
  });

  it("names what would be left out beside what is wrong", async () => {
    const { llm, result } = await stepOn([suggest({ rate: 11, speed: 2 })]);
    expect(result.refused.map(({ name }) => name)).toEqual(["rate", "speed"]);
    expect(result).not.toHaveProperty("dropped");
    expect(textOf(llm.calls[1] as never, -1).match(/^- (rate|speed): /gm)).toHaveLength(2);
  });
});

describe("what is left out of an answer", () => {
  it("is in the result, and in the next prompt with the past step", async () => {
    const { optimizer, llm, rate, run, result } = await stepOn([suggest({ rate: 2, speed: 3 })]);
    expect(llm.calls).toHaveLength(1);
    expect(rate.data).toBe(2);
    const reason = unknown.replace("rate.", "rate, word.");
    expect(result).toMatchObject({ refused: [], dropped: [{ name: "speed", reason }] });
    run();
    await optimizer.step();
    expect(sectionsOf(textOf(llm.calls[1] as never))["Past steps"]).toContain(
      `Left out of what was proposed then:\n- speed: ${reason}`,
    );
  });

  it("is in the record of the step, on the console and in the report", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tracegrad-left-out-"));
    try {
      const rate = parameter(0, { name: "rate" });
      const run = train({
        agent: (input: number): Node<number> => add(rate, input),
        optimizer: optoPrime(rate, { llm: scripted(() => suggest({ rate: 2, speed: 3 })) }),
        data: split(
          [
            { input: 1, target: 9 },
            { input: 2, target: 9 },
          ],
          { train: 1, validation: 1 },
        ),
        guide: (_input: number, output: number) => ({ score: output / 10, text: "Higher." }),
        budget: { steps: 1 },
        folder,
      });
      const terminal = new FakeTerminal({ columns: 200 });
      run.on(consoleProgress(terminal.asStream, { env: {} }));
      await run.result;
      const { events } = await readRun(folder);
      const records = events.flatMap((event) => (event.type === "step" ? [event.proposal] : []));
      expect(records).toMatchObject([{ refused: [], dropped: [{ name: "speed", reason: unknown }] }]);
      expect(terminal.written).toContain(`step 1: left out speed: ${unknown}`);
      const page = await reportHtml(viewOf(events));
      expect(page).toContain("<strong>Left out</strong>");
      expect(page).not.toContain("<strong>Refused</strong>");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
