/** Names of options that nobody knows are refused at once, with the name that was probably meant. */

import { batch, evaluate, model, parameter, study, type TrainOptions, train } from "tracegrad";
import { split } from "tracegrad/data";
import { llmJudge } from "tracegrad/guides";
import { anthropic } from "tracegrad/llm/anthropic";
import { ace, localSearch, opro, optoPrime, optoPrimeMulti, playbook, textGrad } from "tracegrad/optimizers";
import { semantic, textGradient } from "tracegrad/propagators";
import {
  basicSearch,
  beamSearch,
  bestOfN,
  bootstrapFewShot,
  demonstrations,
  evolution,
  gepa,
  mipro,
  prioritySearch,
  ucbSearch,
} from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { describe, expect, test } from "vitest";

const llm = scripted(() => "");
const rows = Array.from({ length: 6 }, (_, index) => ({ input: `q${index}`, target: "x" }));

/** Options as they come from a configuration file, whose names no compiler has seen. */
function from(json: string): never {
  return JSON.parse(json) as never;
}

/** The same, to be spread beside options that are known. */
function more(json: string): object {
  return JSON.parse(json) as object;
}

const prompt = () => parameter("v", { name: "prompt" });

function options(changes: object): TrainOptions<string, unknown, string> {
  const target = prompt();
  return {
    agent: (question) => target.map((value) => `${value} ${question}`),
    optimizer: optoPrime(target, { llm }),
    guide: () => ({ score: 0.5, text: "So so." }),
    data: split(rows, { train: 3, validation: 3 }),
    template: batch(2),
    ...changes,
  };
}

describe("a name that nobody knows", () => {
  test.each<[string, () => unknown, string, string]>([
    ["train", () => train(options({ optimiser: 1 })), "optimiser", "optimizer"],
    ["train", () => train(options({ evaluate_every: 1 })), "evaluate_every", "evaluateEvery"],
    ["split", () => split(rows, { train: 3, validation: 3, ...more('{"shufle":1}') }), "shufle", "shuffle"],
    ["split", () => split(rows, from('{"train":3,"validaton":3}')), "validaton", "validation"],
    ["`budget`", () => train(options({ budget: from('{"steps":3,"USD":0.01}') })), "USD", "usd"],
    ["`budget`", () => train(options({ budget: from('{"llm_calls":1}') })), "llm_calls", "llmCalls"],
    ["`stop` of train", () => train(options({ stop: from('{"patients":1}') })), "patients", "patience"],
    ["`rollback` of train", () => train(options({ rollback: from('{"onfail":true}') })), "onfail", "onFailure"],
    ["`outages` of train", () => train(options({ outages: { excepts: () => true } })), "excepts", "except"],
    ['prices["m"]', () => train(options({ prices: { m: from('{"inputs":1,"output":1}') } })), "inputs", "input"],
    ["study", () => study(() => options({}), { a: [1] }, from('{"trails":3}')), "trails", "trials"],
    ["`budget`", () => study(() => options({}), { a: [1] }, { budget: from('{"dollars":1,"usdd":3}') }), "dollars", ""],
    [
      "OptoPrime",
      () => optoPrime(prompt(), { llm, ...more('{"maxReplyToken":9}') }),
      "maxReplyToken",
      "maxReplyTokens",
    ],
    ["OptoPrimeMulti", () => optoPrimeMulti(prompt(), { llm, ...more('{"candidate":9}') }), "candidate", "candidates"],
    ["OPRO", () => opro(prompt(), { llm, ...more('{"bucket":9}') }), "bucket", "buckets"],
    ["TextGrad", () => textGrad(prompt(), { llm, ...more('{"constraint":[]}') }), "constraint", "constraints"],
    ["ACE", () => ace(playbook(), { llm, ...more('{"maxRound":1}') }), "maxRound", "maxRounds"],
    ["localSearch", () => localSearch(prompt(), { space: {}, ...more('{"seeds":1}') }), "seeds", "seed"],
    ["textGradient", () => textGradient({ llm, ...more('{"maxcall":1}') }), "maxcall", "maxCalls"],
    ["semantic", () => semantic({ llm, ...more('{"temperatur":1}') }), "temperatur", "temperature"],
    ["basicSearch", () => basicSearch(from('{"proposal":1}')), "proposal", "proposals"],
    ["beamSearch", () => beamSearch(from('{"widht":1}')), "widht", "width"],
    ["ucbSearch", () => ucbSearch(from('{"pool_size":1}')), "pool_size", "poolSize"],
    ["bestOfN", () => bestOfN(from('{"minibatch":1}')), "minibatch", "minibatchSize"],
    ["prioritySearch", () => prioritySearch(from('{"scores":"mean"}')), "scores", "score"],
    [
      "`epsilonNet` of prioritySearch",
      () => prioritySearch(from('{"epsilonNet":{"epsilom":1}}')),
      "epsilom",
      "epsilon",
    ],
    ["gepa", () => gepa(from('{"minibatch":1}')), "minibatch", "minibatchSize"],
    ["`parallel` of gepa", () => gepa(from('{"parallel":{"parent":1}}')), "parent", "parents"],
    ["mipro", () => mipro(from('{"trial":1}')), "trial", "trials"],
    ["bootstrapFewShot", () => bootstrapFewShot(from('{"maxLabelled":1}')), "maxLabelled", "maxLabeled"],
    ["demonstrations", () => demonstrations(from('{"most":1}')), "most", ""],
    ["evolution", () => evolution(from('{"island":1}')), "island", "islands"],
    ["`novelty` of evolution", () => evolution(from('{"novelty":{"treshold":1}}')), "treshold", "threshold"],
    ["`cascade` of evolution", () => evolution(from('{"cascade":{"example":1}}')), "example", "examples"],
    ["`acceptance` of train", () => train(options({ acceptance: from('{"aplha":0.1}') })), "aplha", "alpha"],
    ["llmJudge", () => llmJudge(llm, from('{"rubric":"Good.","scales":[0,1]}')), "scales", "scale"],
    ["model(client)", () => model({ ask: () => 1 }, from('{"metre":1}')), "metre", "meter"],
    ["anthropic", () => anthropic("c", { apiKey: "k", ...more('{"maxRetry":1}') }), "maxRetry", "maxRetries"],
  ])("of %s is refused: %#", (whose, make, name, meant) => {
    expect(make).toThrow(expect.objectContaining({ code: "bad-option" }));
    expect(make).toThrow(`${whose} has no option "${name}".`);
    if (meant !== "") expect(make).toThrow(`Did you mean "${meant}"?`);
  });

  test.each([
    [more('{"folde":"runs/x"}'), 'evaluate has no option "folde". Did you mean "folder"?'],
    [{ outages: more('{"excepts":1}') }, '`outages` of evaluate has no option "excepts". Did you mean "except"?'],
    [{ redact: more('{"form":[]}') }, '`redact` of evaluate has no option "form". Did you mean "forms"?'],
  ])("of evaluate is refused: %#", async (changes, message) => {
    const { agent, guide } = options({});
    const made = evaluate({ agent, guide, data: rows, ...changes } as never);
    await expect(made).rejects.toThrow(expect.objectContaining({ code: "bad-option", message }));
  });

  test("without a value is passed over", () => {
    const make = () => train(options({ optimiser: undefined, budget: { steps: 1, USD: undefined } }));
    expect(make).not.toThrow();
  });
});

describe("a limit", () => {
  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "3", null])("of %s is refused by train and study", (usd) => {
    const budget = { usd } as never;
    for (const make of [() => train(options({ budget })), () => study(() => options({}), { a: [1] }, { budget })]) {
      expect(make).toThrow(expect.objectContaining({ code: "bad-option" }));
      expect(make).toThrow("budget.usd is a number, 0 or more");
    }
  });

  test("of 0 dollars lets free models work", async () => {
    const prices = { scripted: { input: 0, output: 0 } };
    const { reason, spent } = await train(options({ budget: { steps: 1, usd: 0 }, prices })).result;
    expect([reason, spent.usd, spent.llmCalls > 0]).toEqual(["budget", 0, true]);
  });
});

test.each([undefined, {}, () => undefined])("train without an optimizer is refused: %#", (optimizer) => {
  const message = "Give an `optimizer`, such as `optoPrime(agent, { llm })`.";
  expect(() => train(options({ optimizer }))).toThrow(expect.objectContaining({ code: "bad-option", message }));
});

test.each([undefined, rows, { train: rows, validation: rows }, { train: rows, validation: rows, test: rows }])(
  "train with data that are not from split is refused: %#",
  (data) => {
    const message =
      "`data` are examples from split: `data: split(rows, { train: 20, validation: 10 })`, from `tracegrad/data`.";
    expect(() => train(options({ data }))).toThrow(expect.objectContaining({ code: "bad-option", message }));
  },
);
