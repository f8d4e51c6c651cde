import { batchify, bundle, model, type Node, parameter, type Traced, t, trace } from "tracegrad";
import { anthropic } from "tracegrad/llm/anthropic";
import { optoPrime } from "tracegrad/optimizers";

const llm = anthropic("claude-sonnet-5-5"); // reads ANTHROPIC_API_KEY
const examples = [
  { question: "What is 6 times 7?", answer: "42" },
  { question: "What is 9 plus 8?", answer: "17" },
];

/** Asks the language model. */
const ask = bundle(async function ask(prompt: string): Promise<string> {
  const reply = await llm.generate({ messages: [{ role: "user", content: prompt }] });
  return reply.text;
});

class Solver {
  instruction = parameter("Think step by step.", { doc: "How the model should answer." });

  /** Takes the final answer out of the model's response, exactly as it is expected. */
  @bundle({ trainable: true })
  extract(response: string): string {
    return response.split("Answer:")[1]!.trim();
  }

  async solve(this: Traced<Solver>, question: Node<string>) {
    return this.extract(await ask(t`${this.instruction}\n\n${question}`));
  }
}

const solver = model(Solver);
const optimizer = optoPrime(solver, { llm, memorySize: 5 });

for (let step = 0; step < 4; step++) {
  const graphs = await Promise.all(examples.map(({ question }) => trace(() => solver.solve(question))));
  const feedback = graphs.map((graph, index) => {
    const { answer } = examples[index]!;
    return graph.value === answer
      ? "Correct."
      : `Wrong: expected "${answer}", got ${graph.error?.message ?? graph.value}.`;
  });
  console.log(`step ${step}: ${feedback.filter((text) => text === "Correct.").length} of ${examples.length} right`);
  if (feedback.every((text) => text === "Correct.")) break;

  const learning = batchify(graphs);
  learning.backward(feedback);
  const update = await optimizer.step(); // rewrites `instruction` and the source of `extract`
  for (const { name, after } of update.changes) console.log(`${name} is now\n${after}`);
}
