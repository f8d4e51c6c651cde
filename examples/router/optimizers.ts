/** Every optimizer on the one program: what it rewrites, and how its run is set up. */

import { batch, interactive, type TrainOptions } from "tracegrad";
import { split } from "tracegrad/data";
import type { LanguageModel } from "tracegrad/llm";
import { ace, localSearch, opro, optoPrime, optoPrimeMulti, space, textGrad } from "tracegrad/optimizers";
import { bootstrapFewShot, evolution, gepa, mipro, prioritySearch } from "tracegrad/search";
import { judged, makeRouter, type Router } from "./agent.ts";
import messages from "./messages.json" with { type: "json" };

type Options = TrainOptions<string, string, string>;
type Setup = (router: Router, llm: LanguageModel) => Pick<Options, "optimizer"> & Partial<Options>;

const steps = (count: number): Partial<Options> => ({ template: batch(6), budget: { steps: count } });
const rounds = (count: number): Partial<Options> => ({ budget: { steps: count } });

/** Five rules of a word and a team each: what the search that asks no model may write. */
const words = [
  "charge",
  "refund",
  "invoice",
  "payment",
  "password",
  "log in",
  "account",
  "parcel",
  "courier",
  "delivery",
];
const fiveRules = space.grammar({
  start: "rules",
  rules: {
    rules: Array(5).fill("{{word}} -> {{team}}").join("\n"),
    word: words,
    team: ["billing", "access", "shipping"],
  },
});

/** By name, as on the command line. */
export const setups: Readonly<Record<string, Setup>> = {
  optoprime: ({ rules }, llm) => ({ optimizer: optoPrime(rules, { llm }), ...steps(2) }),
  optoprimemulti: ({ rules }, llm) => ({
    optimizer: optoPrimeMulti(rules, { llm, candidates: 2, select: "bestOf" }),
    ...steps(1),
  }),
  opro: ({ rules }, llm) => ({ optimizer: opro(rules, { llm, maxExemplars: 6 }), ...steps(3) }),
  textgrad: ({ rules }, llm) => ({
    optimizer: textGrad(rules, { llm }),
    template: interactive(),
    budget: { steps: 1 },
  }),
  semantic: ({ rules }, llm) => ({
    optimizer: textGrad(rules, { llm, propagator: "semantic" }),
    template: interactive(),
    budget: { steps: 1 },
  }),
  ace: ({ advice }, llm) => ({ optimizer: ace(advice, { llm }), ...steps(1) }),
  gepa: ({ rules }, llm) => ({
    optimizer: optoPrime(rules, { llm }),
    search: gepa({ minibatchSize: 6 }),
    ...rounds(1),
  }),
  priority: ({ rules }, llm) => ({
    optimizer: optoPrime(rules, { llm }),
    search: prioritySearch({ minibatchSize: 6, explore: 1, summary: true }),
    ...rounds(1),
  }),
  mipro: ({ rules, demos }, llm) => ({
    optimizer: optoPrime([rules, demos], { llm }),
    search: mipro({ candidates: 3, trials: 8 }),
  }),
  evolution: ({ rules }, llm) => ({
    optimizer: optoPrime(rules, { llm }),
    search: evolution({ children: 1 }),
    ...rounds(1),
  }),
  bootstrap: ({ rules, demos }, llm) => ({
    optimizer: optoPrime([rules, demos], { llm }),
    search: bootstrapFewShot({ maxBootstrapped: 2, maxLabeled: 6, sets: 8 }),
  }),
  localsearch: ({ rules }) => ({
    optimizer: localSearch(rules, { space: { rules: fiveRules }, seed: 1 }),
    template: batch(18),
    budget: { steps: 150 },
  }),
};

/** The options of a run by that name. */
export function optionsFor(name: string, llm: LanguageModel): Options {
  const router = makeRouter();
  const setup = setups[name];
  if (setup === undefined)
    throw new Error(`There is no optimizer "${name}". There are: ${Object.keys(setups).join(", ")}.`);
  return {
    agent: router.route,
    guide: judged,
    data: split(messages, { train: 18, validation: 12 }),
    seed: 1,
    test: true,
    ...setup(router, llm),
  };
}
