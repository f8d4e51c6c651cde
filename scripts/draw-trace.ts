/** Draws the picture of the README: one traced run of its example, with a canned response in the place of a model. */

import { mkdirSync, writeFileSync } from "node:fs";
import { bundle, model, type Node, parameter, type Traced, t, trace } from "tracegrad";

const ask = bundle(async function ask(prompt: string): Promise<string> {
  return prompt.length > 0 ? "6 times 7 is 42. Answer: 42." : "";
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
const graph = await trace(() => solver.solve("What is 6 times 7?"));
graph.backward('Wrong: expected "42", got "42.".');
mkdirSync("docs/images", { recursive: true });
writeFileSync("docs/images/trace.svg", await graph.toSvg());
console.log(graph.show());
