/**
 * Greeting: the loop by hand. A function greets everybody alike; from feedback on what it said, a model rewrites it.
 *
 *   npx tsx --conditions=@tracegrad/source examples/first-steps/greeting.ts [--mailbox DIR]
 */

import { batchify, bundle, parametersOf, trace } from "tracegrad";
import { optoPrime } from "tracegrad/optimizers";
import { answersFor } from "./answers.ts";

// `trainable` makes the source text of a function a parameter, which an optimizer may rewrite.
const greet = bundle(
  /** Answers a greeting. */
  function greet(heard: string): string {
    return heard === "" ? "" : "Hello!";
  },
  { trainable: true },
);

const optimizer = optoPrime(greet, { llm: answersFor("greeting") });

export const guests = [
  { heard: "Hola, soy Ana.", right: "¡Hola, Ana!" },
  { heard: "Hello, I am Ben.", right: "Hello, Ben!" },
  { heard: "Hola, soy Luis.", right: "¡Hola, Luis!" },
  { heard: "Hello, I am Mary Jane.", right: "Hello, Mary Jane!" },
];

/** How many greetings were right before each step. */
export const correct: number[] = [];

for (let step = 0; step < 3; step++) {
  // 1. Run the program. `trace` records what happened as a graph.
  const graphs = guests.map(({ heard }) => trace(() => greet(heard)));

  // 2. Say what is wrong with each result.
  const feedback = guests.map(({ right }, at) => {
    const said = graphs[at]?.value;
    return said === right ? "Correct." : `Wrong: the guest should hear "${right}".`;
  });
  correct[step] = feedback.filter((text) => text === "Correct.").length;
  console.log(`step ${step}: ${correct[step]} of ${guests.length} greetings are right`);
  if (correct[step] === guests.length) break;

  // 3. Four graphs make one learning graph. Carry the feedback back through it to the parameters.
  batchify(graphs).backward(feedback);

  // 4. Let the model rewrite them.
  await optimizer.step();
}

console.log(`\nWhat was learned:\n${parametersOf(greet)[0]?.data}`);
console.log(`\nTo a new guest: ${trace(() => greet("Hola, soy Pilar.")).value}`);
