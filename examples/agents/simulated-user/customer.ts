/**
 * The simulated user: a second language model plays a customer, with a persona and a goal of its own in each row. For
 * the agent it is the environment.
 */

import type OpenAI from "openai";
import type { Environment, EpisodeStep, EpisodeSummary, Transition } from "tracegrad/environments";
import type { Messages } from "./agent.ts";

/** Who the customer is, and what ends the conversation well. */
interface Row {
  readonly persona: string;
  readonly order: string;
  /** What the customer wants to read. */
  readonly date: string;
}

const forgetful = "You are forgetful: you tell the number of your order only when you are asked for it.";
const hasty =
  "You are in a hurry: you tell the number of your order at once, and leave after 2 answers that do not help.";

/** A seed of the run is a place in this list. */
export const rows: readonly Row[] = [
  { persona: forgetful, order: "1001", date: "2026-12-02" },
  { persona: hasty, order: "1002", date: "2026-12-05" },
  { persona: hasty, order: "1003", date: "2026-12-01" },
  { persona: forgetful, order: "1004", date: "2026-12-09" },
  { persona: forgetful, order: "1005", date: "2026-12-03" },
  { persona: hasty, order: "1006", date: "2026-12-11" },
];

const ends = ["DONE", "BYE"];

/** What the model of the customer is told. No parameter: the customer stays as people are. */
export function promptOf({ persona, order }: Row): string {
  return (
    `You play a customer of a shop, who wants to enter into a calendar when order ${order} arrives. It takes dates as ` +
    `YYYY-MM-DD only. ${persona} Say DONE once you have read such a date, and BYE when you give up.`
  );
}

/** A conversation with the customer of one row. */
export class Customer implements Environment<Messages, Messages> {
  readonly doc = "The customer reads the answer, and says more or leaves.";
  readonly #client: OpenAI;
  #row: Row | undefined;

  constructor(client: OpenAI) {
    this.#client = client;
  }

  async reset(seed: number): Promise<Messages> {
    this.#row = rows[seed];
    return [{ role: "user", content: await this.#say([]) }];
  }

  /** A turn that does not end the conversation well costs 0.1. The date alone counts, not what the customer says of it. */
  async step(said: Messages): Promise<Transition<Messages>> {
    const words = await this.#say(said);
    const done = ends.includes(words);
    const isReached = done && lastText(said).includes(this.#row?.date ?? "");
    return { observation: [...said, { role: "user", content: words }], reward: isReached ? 1 : -0.1, done };
  }

  /** The customer's next words. To the model that plays the customer, the agent is the user. */
  async #say(said: Messages): Promise<string> {
    const heard = said.flatMap(({ role, content }) => {
      if (typeof content !== "string" || content === "" || role === "tool") return [];
      return [{ role: role === "user" ? ("assistant" as const) : ("user" as const), content }];
    });
    const system = { role: "system" as const, content: promptOf(this.#row as Row) };
    const messages = [system, { role: "user" as const, content: "How can I help you?" }, ...heard];
    const { choices } = await this.#client.chat.completions.create({ model: "gpt-5-nano", messages });
    return choices[0]?.message.content ?? "";
  }
}

const lastText = (said: Messages): string => String(said.at(-1)?.content ?? "");

/** Feedback for a turn. */
export function judgeTurn({ index, action = [], reward }: EpisodeStep<Messages, Messages>): string {
  const read = `Turn ${index + 1}: the customer read "${lastText(action)}"`;
  return reward > 0 ? `${read}, and had the date.` : `${read}, and is without a date as YYYY-MM-DD.`;
}

/** Feedback for the whole conversation. */
export function judgeConversation({ steps, total }: EpisodeSummary): { readonly text: string; readonly score: number } {
  const text =
    total > 0
      ? `The customer had the date after ${steps} turns.`
      : `The customer left after ${steps} turns, without a date as YYYY-MM-DD.`;
  return { text, score: total };
}
