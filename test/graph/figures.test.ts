/** What calls took is in all views of a graph, where it is known. */

import { bundle, t, trace, WorkflowGraph } from "tracegrad";
import { traceFetch } from "tracegrad/agents";
import { describe, expect, it } from "vitest";

const reply = (usage: object) => ({
  model: "gpt-test",
  choices: [{ message: { role: "assistant", content: "Lima" } }],
  usage,
});

/** Asks a server, which says what it took, for the capital of a country. */
const askWith = (usage: object) => {
  const send = traceFetch(async () => Response.json(reply(usage)));
  return async (country: string): Promise<string> => {
    const body = JSON.stringify({ model: "gpt-test", messages: [{ role: "user", content: country }] });
    const answer = await send("https://example.test/v1/chat/completions", { method: "POST", body });
    return ((await answer.json()) as ReturnType<typeof reply>).choices[0]?.message.content ?? "";
  };
};

const full = { prompt_tokens: 210, completion_tokens: 20, cost: 0.0013 };

describe("the figures of a call", () => {
  it("are in the text and the drawing of a graph, and go through its JSON", async () => {
    const ask = askWith(full);
    const graph = await trace(() => ask("Peru"));
    const line = /call_model\(.*\) \/\/ "Lima" \([\d.e-]+ s, 210 \+ 20 tokens, \$0\.0013\)$/m;
    expect(graph.show()).toMatch(line);
    expect(graph.toDot()).toContain("210 + 20 tokens, $0.0013");
    const again = WorkflowGraph.fromJSON(JSON.parse(JSON.stringify(graph)));
    expect(again.show()).toBe(graph.show());
    expect(again.toJSON()).toEqual(graph.toJSON());
    expect(graph.toJSON().nodes.at(-1)?.figures).toMatchObject({ model: "gpt-test", inputTokens: 210, usd: 0.0013 });
  });

  it("of a bundle are those of the calls in its body, put together", async () => {
    const ask = askWith(full);
    const both = bundle(async (one: string, other: string) => `${await ask(one)} ${await ask(other)}`, {
      name: "both",
    });
    const graph = await trace(() => both("Peru", "Chile"));
    expect(graph.show()).toContain("420 + 40 tokens, $0.0026)");
  });

  it("say only what the reply says", async () => {
    const ask = askWith({});
    const graph = await trace(() => ask("Peru"));
    expect(graph.show()).toMatch(/"Lima" \([\d.e-]+ s\)$/m);
    expect((await trace(() => t`no call`)).show()).not.toContain(" s)");
  });

  it.each([{ seconds: "1" }, { seconds: 1, usd: "much" }, 3])(
    "are refused where they are none: %j",
    async (figures) => {
      const ask = askWith(full);
      const json = (await trace(() => ask("Peru"))).toJSON();
      const nodes = json.nodes.map((node) =>
        node.figures === undefined ? node : { ...node, figures: figures as never },
      );
      expect(() => WorkflowGraph.fromJSON({ ...json, nodes })).toThrow("figures are not");
    },
  );
});
