/** The support agent, with a script in place of its model: one feedback on the answer reaches both parameters. */

import { trace } from "tracegrad";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { expect, test } from "vitest";
import { makeAgent } from "../../../examples/support/agent.ts";
import articles from "../../../examples/support/articles.json" with { type: "json" };
import messages from "../../../examples/support/messages.json" with { type: "json" };
import { judged } from "../../../examples/support/setup.ts";

/** Gives the article as the answer, without its source unless it is told to name that. */
const copies = scripted(({ system, messages: [message] }) => {
  const article = String(message?.content).split("Article:\n")[1] ?? "";
  return system?.includes("source") ? article : article.replace(/^\[.*?\] /, "");
});

test("feedback on the answer has one step rewrite the search and the instructions, and the next answer is right", async () => {
  const agent = makeAgent(copies);
  const suggestion = {
    writeQuery: "const writeQuery = (message: string): string => 'invoices account documents';",
    instructions: "Name your source.",
  };
  const optimizer = optoPrime(agent.learns, {
    llm: scripted(() => ({ toolInput: { reasoning: "Both were wrong.", suggestion } })),
  });
  const { message, ...target } = messages[4] as (typeof messages)[number];
  const judge = (answer: string) => judged(message, answer, target, { exampleId: "4", signal: undefined });
  const graph = await trace(() => agent.answer(message));
  const before = await judge(graph.value ?? "");
  graph.backward(before);
  const { changes } = await optimizer.step();
  expect(changes.map(({ name }) => name).sort()).toEqual(["instructions", "writeQuery"]);
  const after = await judge((await agent.answer(message)).data);
  expect([before.score, after.score]).toEqual([0.25, 1]);
  expect(before.text).toBe('It lacks the fact "Documents" of the article KB-13. It must name its source as [KB-13].');
});

test("each message asks for a fact that its article has, and the start finds the article of three of them", async () => {
  const agent = makeAgent(copies);
  let found = 0;
  for (const { message, article, fact } of messages) {
    const text = articles.find(({ id }) => id === article)?.text ?? "";
    expect(text).toMatch(new RegExp(fact, "i"));
    if ((await agent.answer(message)).data.includes(text)) found += 1;
  }
  expect(found).toBe(3);
});
