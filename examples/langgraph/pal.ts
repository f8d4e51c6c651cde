/** PAL (a program-aided language model) on LangGraph: in one node the model writes a program, in the next one it runs. */

import { HumanMessage, SystemMessage } from "@langchain/core/messages";
import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import { bundle, type Node, type Nodeable, parameter, parametersOf } from "tracegrad";
import type { LanguageModel } from "tracegrad/llm";
import type { LearningAgent } from "./agent.ts";
import { ChatOf } from "./chat-model.ts";
import { runProgram } from "./run-program.ts";

const PalState = Annotation.Root({
  question: Annotation<Nodeable<string>>(),
  code: Annotation<Node<string>>(),
  answer: Annotation<Node<string>>(),
});

/** Makes the agent around a model. */
export function makePal(llm: LanguageModel): LearningAgent {
  const chat = new ChatOf(llm);
  const prompt = parameter(
    "Read the problem and write JavaScript code: a function `solve()` without parameters that returns the answer.",
    { name: "prompt", doc: "The instructions of the model that writes a program for each problem." },
  );

  /** The model's reply to a problem. */
  const writeProgram = bundle(async (instructions: string, problem: string) => {
    const reply = await chat.invoke([new SystemMessage(instructions), new HumanMessage(problem)]);
    return reply.text;
  });

  /** Takes the program out of the model's reply. */
  const takeCode = bundle(
    (reply: string): string => {
      const block = /```\w*\n([\s\S]*?)```/.exec(reply);
      return block?.[1] ?? reply;
    },
    { trainable: true },
  );

  /**
   * Runs the program, which must define `solve()`, and gives what that returns. The program has no input, and a second.
   */
  const calculate = bundle(async (code: string) => runProgram(code));

  /** Makes the answer to the problem out of what the program returned. */
  const readAnswer = bundle((result: unknown): string => String(result), { trainable: true });

  const graph = new StateGraph(PalState)
    .addNode("parse", async ({ question }) => ({ code: takeCode(await writeProgram(prompt, question)) }))
    .addNode("run", async ({ code }) => ({ answer: readAnswer(await calculate(code)) }))
    .addEdge(START, "parse")
    .addEdge("parse", "run")
    .addEdge("run", END)
    .compile();

  return {
    answer: async (question) => (await graph.invoke({ question })).answer,
    learns: parametersOf([prompt, takeCode, readAnswer]),
  };
}
