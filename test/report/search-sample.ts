/**
 * The events of a search, made from a list of choices: proposals that fail, repeat or merge, and scores by two
 * objectives.
 */

import fc from "fast-check";
import type { TrainEvent } from "../../src/training/events.ts";
import type { EvaluationResult, Outcome, StepRecord } from "../../src/training/types.ts";
import { noRoles } from "./sample.ts";

/** What a proposal does: from which programs (by number, wrapped), and what it leads to. */
export interface Choice {
  readonly parents: readonly number[];
  readonly leads: "new" | "known" | "nothing";
  readonly score: number;
  readonly cost: number;
  readonly isScored: boolean;
}

const choice: fc.Arbitrary<Choice> = fc.record({
  parents: fc.array(fc.nat(30), { minLength: 1, maxLength: 3 }),
  leads: fc.constantFrom("new", "new", "known", "nothing"),
  score: fc.integer({ min: 0, max: 100 }).map((score) => score / 100),
  cost: fc.integer({ min: 0, max: 9 }),
  isScored: fc.boolean(),
});
/** Any choices of the rounds of a search. */
export const rounds: fc.Arbitrary<Choice[][]> = fc.array(fc.array(choice, { maxLength: 4 }), { maxLength: 6 });

/** Words that are ids and origins of a search; a test may put in hostile ones. */
export interface Words {
  readonly id: (index: number) => string;
  readonly origin: string;
}

const plainWords: Words = {
  id: (index) => (index * 7_919 + 1_048_583).toString(16).padStart(12, "a"),
  origin: "proposal",
};

const examples = ["one", "two", "three"];

/**
 * The events of a search whose rounds are `rounds`, round by round; the first part is what comes before the first
 * round.
 */
function searchParts(rounds: readonly (readonly Choice[])[], words: Words = plainWords): TrainEvent[][] {
  const made = new Search(words);
  return [made.start(), ...rounds.map((choices, index) => made.round(index + 1, choices))];
}

/** All events in a row, with an end. */
export function searchEvents(rounds: readonly (readonly Choice[])[], words?: Words): TrainEvent[] {
  const parts = searchParts(rounds, words).flat();
  const last = parts.findLast((event) => event.type === "spent");
  return last === undefined ? parts : [...parts, { type: "end", reason: "budget", spent: last.spent }];
}

class Search {
  readonly #words: Words;
  readonly #programs: { readonly id: string; mean: number | undefined }[] = [];
  #best = 0.1;
  #runs = 3;

  constructor(words: Words) {
    this.#words = words;
  }

  start(): TrainEvent[] {
    const objectives = [
      { name: "cost", goal: "minimize" },
      { name: "__proto__", goal: "maximize" },
    ];
    const spec = {
      search: { name: "toy", settings: {} },
      optimizer: { name: "LocalSearch (no LLM)" },
      objectives,
      budget: { evaluations: 900 },
    };
    this.#programs.push({ id: this.#words.id(0), mean: 0.1 });
    const start = { type: "start", runId: "search-1", resumedAt: undefined, spec, warnings: [] } as const;
    const id = this.#words.id(0);
    const candidate = { id, step: 0, values: { prompt: `text of ${id}`, other: 1 }, parents: [], origin: "start" };
    return [start, { type: "candidate", step: 0, candidate }, this.#evaluation(0, id, { score: 0.1, cost: 1 })];
  }

  round(step: number, choices: readonly Choice[]): TrainEvent[] {
    const events = choices.flatMap((choice, index) => this.#propose(step, choice, index));
    const leader = this.#programs.reduce((best, one) => ((one.mean ?? 0) > (best.mean ?? 0) ? one : best));
    if ((leader.mean ?? 0) > this.#best) {
      this.#best = leader.mean as number;
      events.push({ type: "best", step, score: this.#best, candidate: leader.id });
    }
    const spent = {
      ...{ steps: step, llmCalls: step, inputTokens: step, outputTokens: step, usd: 0 },
      ...{ evaluations: this.#runs, seconds: step, possiblyPaid: 0, byRole: noRoles },
    };
    const nothing = { state: null, done: false, memories: {}, live: [], evaluations: 0 };
    return [...events, { type: "spent", spent }, { type: "round", step, counted: true, evaluated: true, ...nothing }];
  }

  #propose(step: number, { parents: places, leads, score, cost, isScored }: Choice, index: number): TrainEvent[] {
    const parents = [...new Set(places.map((place) => this.#at(place).id))];
    const first = parents[0] as string;
    const outcome: Outcome = { exampleId: examples[0] as string, score: 0.5, feedback: "Higher.", failure: undefined };
    const events: TrainEvent[] = [{ type: "rollout", step, outcome, candidate: first }];
    this.#runs += 1;
    const id = leads === "new" ? this.#words.id(this.#programs.length) : this.#at(places[0] ?? 0).id;
    const changes = leads === "new" ? [{ name: "prompt", before: `text of ${first}`, after: `text of ${id}` }] : [];
    const origin = parents.length > 1 ? "merge" : this.#words.origin;
    const proposal: StepRecord = {
      ...{ reasoning: `Proposal ${index}.`, refused: [], exchanges: [], changes, trainScore: 0.5, feedback: "Higher." },
      ...{ dot: "", parents, origin, ...(leads === "nothing" ? {} : { candidate: id }) },
    };
    events.push({ type: "step", step, proposal, graph: undefined });
    if (leads !== "new") return events;
    const values = { prompt: `text of ${id}`, other: 1 };
    events.push({ type: "candidate", step, candidate: { id, step, values, parents, origin } });
    this.#programs.push({ id, mean: isScored ? score : undefined });
    if (isScored) events.push(this.#evaluation(step, id, { score, cost }));
    return events;
  }

  #at(place: number): { readonly id: string } {
    return this.#programs[place % this.#programs.length] as { readonly id: string };
  }

  #evaluation(step: number, candidate: string, { score, cost }: { score: number; cost: number }): TrainEvent {
    this.#runs += examples.length;
    const outcomes = examples.map((exampleId) => ({
      ...{ exampleId, score, feedback: "", failure: undefined },
      objectives: Object.fromEntries([
        ["cost", cost],
        ["__proto__", score * cost],
      ]),
    }));
    const result: EvaluationResult = { outcomes, mean: score, standardError: 0, interval: undefined, failures: 0 };
    return { type: "evaluation", step, split: "validation", candidate, result };
  }
}
