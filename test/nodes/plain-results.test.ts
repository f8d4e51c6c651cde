/** Which traced calls the plain result of a run is made of. */

import { trace } from "tracegrad";
import { learn, traceFetch } from "tracegrad/agents";
import { describe, expect, it } from "vitest";

const RULE = "Answer with yes or no.";

/** A program whose model says `text`, and that makes a value of it. */
function sayer<R>(text: string, valueOf: (text: string) => R) {
  const send = traceFetch(async () => Response.json({ content: [{ type: "text", text }] }));
  return learn(
    async (question: string): Promise<R> => {
      const body = JSON.stringify({ model: "m", system: RULE, messages: [{ role: "user", content: question }] });
      const reply = await send("http://127.0.0.1:9/v1/messages", { method: "POST", body });
      const { content } = (await reply.json()) as { readonly content: readonly { readonly text: string }[] };
      return valueOf(content[0]?.text ?? "");
    },
    { rule: RULE },
  );
}

const same = (text: string): string => text;

describe("a plain result of a run", () => {
  it.each([
    ["text", sayer("yes", same), sayer("yes", same)],
    ["boolean", sayer("yes", Boolean), sayer("yes", Boolean)],
    ["empty text", sayer("", same), sayer("", same)],
  ])("that is a %s depends on all calls that it may be made of", async (_, one, other) => {
    const decide = async () => {
      const answers = [await one("Is it so?"), await other("Is it not?")];
      return answers[0] && answers[1];
    };
    const graph = await trace(decide);
    expect(graph.output.op).toBe("program");
    expect(new Set(graph.parameters)).toEqual(new Set([one.parameters.rule, other.parameters.rule]));
  });

  it("is that of the only call which gave it", async () => {
    const agent = sayer("yes", same);
    const { output } = await trace(() => agent("Is it so?"));
    expect([output.parents.map(({ name }) => name), output.data]).toEqual([["question", "reply"], "yes"]);
  });

  it("is that of the call which gave this very object, though there are others", async () => {
    const [one, other] = [sayer("yes", (text) => ({ text })), sayer("yes", (text) => ({ text }))];
    const graph = await trace(async () => {
      const first = await one("Is it so?");
      await other("Is it not?");
      return first;
    });
    expect(graph.parameters).toEqual([one.parameters.rule]);
  });
});
