/** A support agent: it writes a query, searches the articles of a shop, and answers by the article that it found. */

import { bundle, type Node, type Nodeable, type Parameter, parameter, parametersOf } from "tracegrad";
import type { LanguageModel } from "tracegrad/llm";
import articles from "./articles.json" with { type: "json" };

/** The agent, and what of it may be rewritten: the function that writes the query, and the instructions for answers. */
export interface SupportAgent {
  readonly answer: (message: Nodeable<string>) => Promise<Node<string>>;
  readonly learns: readonly Parameter[];
}

/** Makes the agent around a model. */
export function makeAgent(llm: LanguageModel): SupportAgent {
  /** Writes the query for a customer's message. */
  const writeQuery = bundle((message: string): string => message, { trainable: true });

  const search = bundle(findArticle, {
    name: "search",
    doc:
      "Finds the one article that shares the most different words with the query, in title and text; of several the " +
      `first. Titles: ${articles.map(({ title }) => title).join(", ")}.`,
  });

  const instructions = parameter("Answer the customer's message with the help of the article.", {
    name: "instructions",
    doc: "What the language model is told that writes the answer.",
  });

  /** Has the language model answer the message. */
  const writeAnswer = bundle(async (instructions: string, message: string, article: string) => {
    const content = `Message of the customer:\n${message}\n\nArticle:\n${article}`;
    const reply = await llm.generate({ system: instructions, messages: [{ role: "user", content }] });
    return reply.text;
  });

  return {
    answer: async (message) => writeAnswer(instructions, message, search(writeQuery(message))),
    learns: parametersOf([writeQuery, instructions]),
  };
}

function findArticle(query: string): string {
  const wanted = wordsOf(query);
  const found = articles.map(({ id, title, text }) => {
    const shared = [...wordsOf(`${title} ${text}`)].filter((word) => wanted.has(word)).length;
    return { text: `[${id}] ${title}: ${text}`, shared };
  });
  return found.sort((a, b) => b.shared - a.shared)[0]?.text ?? "";
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[a-z0-9]+/g));
}
