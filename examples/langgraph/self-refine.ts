/** Self-refine on LangGraph: the model proposes a solution, verifies it, and refines it if a fault was found. */

import { HumanMessage, SystemMessage } from "@langchain/core/messages";
import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import { bundle, type Node, type Nodeable, parameter, parametersOf } from "tracegrad";
import type { LanguageModel } from "tracegrad/llm";
import type { LearningAgent } from "./agent.ts";
import { ChatOf } from "./chat-model.ts";

const maxRounds = 1;

const RefineState = Annotation.Root({
  question: Annotation<Nodeable<string>>(),
  solution: Annotation<Node<string>>(),
  review: Annotation<Node<string>>(),
  rounds: Annotation<number>(),
  answer: Annotation<Node<string>>(),
});

/** Makes the agent around a model. A solution is verified once, and refined at most once. */
export function makeSelfRefine(llm: LanguageModel): LearningAgent {
  const { proposePrompt, verifyPrompt, refinePrompt } = makePrompts();
  const { propose, verify, refine } = makeCalls(new ChatOf(llm));

  /** Takes the answer to the problem out of the last solution; the review is that of the first one. */
  const readAnswer = bundle(
    (solution: string, _review: string): string => {
      const numbers = solution.replaceAll(",", "").match(/-?\d+(\.\d+)?/g);
      return numbers?.at(-1) ?? "";
    },
    { trainable: true },
  );

  const graph = new StateGraph(RefineState)
    .addNode("propose", async ({ question }) => ({ solution: await propose(proposePrompt, question), rounds: 0 }))
    .addNode("verify", async ({ question, solution }) => ({ review: await verify(verifyPrompt, question, solution) }))
    .addNode("refine", async ({ question, solution, review, rounds }) => ({
      solution: await refine(refinePrompt, question, solution, review),
      rounds: rounds + 1,
    }))
    .addNode("finish", async ({ solution, review }) => ({ answer: readAnswer(solution, review) }))
    .addEdge(START, "propose")
    .addEdge("propose", "verify")
    .addConditionalEdges("verify", ({ review }) => (isAccepted(review.data) ? "finish" : "refine"))
    .addConditionalEdges("refine", ({ rounds }) => (rounds < maxRounds ? "verify" : "finish"))
    .addEdge("finish", END)
    .compile();

  return {
    answer: async (question) => (await graph.invoke({ question })).answer,
    learns: parametersOf([proposePrompt, verifyPrompt, refinePrompt, readAnswer]),
  };
}

function isAccepted(review: string): boolean {
  return /\bCORRECT\b/.test(review);
}

function makePrompts() {
  return {
    proposePrompt: parameter("Solve the problem. Think step by step, and end with the answer.", {
      name: "proposePrompt",
      doc: "The instructions of the model that proposes a solution.",
    }),
    verifyPrompt: parameter(
      "Check the solution of the problem. If it is right, say CORRECT. If not, say what is wrong.",
      {
        name: "verifyPrompt",
        doc: "The instructions of the model that verifies the solution.",
        constraint:
          "A review that holds the word CORRECT, in capitals, accepts the solution; all others have it refined.",
      },
    ),
    refinePrompt: parameter("Solve the problem anew, with what the review says of the solution. End with the answer.", {
      name: "refinePrompt",
      doc: "The instructions of the model that refines a solution that the review did not accept.",
    }),
  };
}

function makeCalls(chat: ChatOf) {
  const ask = async (instructions: string, task: string): Promise<string> => {
    const reply = await chat.invoke([new SystemMessage(instructions), new HumanMessage(task)]);
    return reply.text;
  };
  return {
    /** Has the model solve the problem. */
    propose: bundle(async (instructions: string, problem: string) => ask(instructions, problem), { name: "propose" }),
    /** Has the model review a solution. */
    verify: bundle(
      async (instructions: string, problem: string, solution: string) =>
        ask(instructions, `Problem:\n${problem}\n\nSolution:\n${solution}`),
      { name: "verify" },
    ),
    /** Has the model write a better solution. */
    refine: bundle(
      async (instructions: string, problem: string, solution: string, review: string) =>
        ask(instructions, `Problem:\n${problem}\n\nSolution:\n${solution}\n\nReview:\n${review}`),
      { name: "refine" },
    ),
  };
}
