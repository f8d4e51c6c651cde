import { bundle, parameter, trace } from "tracegrad";
import type { ModelReply } from "tracegrad/llm";
import * as operators from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
import { type ScriptedAnswer, scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { answering, suggest, textOf } from "./readers.ts";

/** A program with a parameter of each kind. */
function program() {
  const shout = bundle(
    function shout(text: string): string {
      return `${text}!`;
    },
    { trainable: true },
  );
  const parameters = {
    text: parameter("hello", { name: "word", projections: [(value: string) => value.trim()] }),
    number: parameter(0.5, { name: "rate", constraint: "From 0 to 1.", schema: between(0, 1) as never }),
    flag: parameter(true, { name: "flag" }),
    list: parameter([1, 2], { name: "items" }),
    record: parameter({ a: 1 }, { name: "settings" }),
    frozen: parameter("fixed", { name: "frozen", trainable: false }),
  };
  const { text, number, flag, list, record, frozen } = parameters;
  const run = () => trace(() => operators.makeList<unknown>(shout(text), number, flag, list, record, frozen));
  return { parameters: { ...parameters, shout }, run };
}

/** A Standard Schema of numbers in a range. */
function between(least: number, most: number) {
  const validate = (value: unknown) =>
    typeof value === "number" && value >= least && value <= most
      ? { value }
      : { issues: [{ message: `not in ${least}…${most}` }] };
  return { "~standard": { version: 1, vendor: "test", validate } };
}

/** JSON of arrays in each other. */
const deep = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

const hostile: readonly (readonly [what: string, answer: ScriptedAnswer, reason: RegExp])[] = [
  ["no text at all", "", /empty/],
  ["only blanks", " \n ", /empty/],
  ["prose", "I would rather not.", /no JSON object/],
  ["a refusal", { text: "", stopReason: "refusal" }, /refused/],
  [
    "a reply cut at the limit",
    { text: '{"reasoning":"","suggestion":{"rate":0.1}}', stopReason: "length" },
    /cut at the token limit/,
  ],
  ["half a JSON object", '{"reasoning":"","suggestion":{"rate":0.1', /no JSON object/],
  ["two JSON objects", '{"suggestion":{"rate":0.1}} or {"suggestion":{"rate":0.2}}', /holds 2 answers that differ/],
  ["a repeated key", '{"suggestion":{"rate":0.1,"rate":0.2}}', /gives "rate" twice/],
  [
    "a repeated suggestion in a fence",
    '```json\n{"suggestion":{"rate":0.1},"suggestion":{"rate":0.2}}\n```',
    /gives "suggestion" twice/,
  ],
  ["a repeated key behind braces in prose", 'With {x} as {}: {"suggestion":{"rate":0.1,"rate":0.2}}', /"rate" twice/],
  [
    "two answers, of which one is cut",
    '{"suggestion":{"rate":0.1}} {"suggestion":{"rate":0.2',
    /two answers.*cannot be read/,
  ],
  ["a part of an answer that is cut", '{"reasoning":"","suggestion":{"rate":0.1}', /no JSON object .*: it ends/],
  ["thinking only", '<think>{"suggestion":{"rate":0.1}}</think>', /no JSON object/],
  ["thinking that does not end", '<think>Then {"suggestion":{"rate":0.1}}', /<think> is not closed/],
  ["no suggestion", '{"reasoning":"because"}', /no object "suggestion"/],
  ["a suggestion in prose", suggest('Use {"rate":0.1}.'), /no object "suggestion"/],
  ["a suggestion that is a list", suggest([0.1]), /no object "suggestion"/],
  ["a bare value", { toolInput: 5 }, /not a JSON object/],
  ["null", { toolInput: null }, /not a JSON object/],
  ["__proto__", '{"suggestion":{"__proto__":{"polluted":true}}}', /no variable "__proto__"/],
  ["constructor", '{"suggestion":{"constructor":{"prototype":{"polluted":true}}}}', /no variable "constructor"/],
  ["an unknown name", suggest({ speed: 2 }), /no variable "speed". The variables are: /],
  ["one variable under two names", suggest({ rate: 0.1, Rate: 0.2 }), /rate: .*twice, as "rate" and as "Rate"/],
  ["a frozen parameter", suggest({ frozen: "melted" }), /no variable "frozen"/],
  [
    "text for a number, with a good one",
    suggest({ flag: false, rate: "a tenth" }),
    /rate: expected a number, got a string/,
  ],
  ["text for a boolean", suggest({ flag: "no" }), /flag: expected a boolean, got a string/],
  ["a number for text that is trimmed", suggest({ word: 5 }), /word: expected a string, got a number/],
  ["a record for a list", suggest({ items: { 0: 1 } }), /items: expected an array, got a record/],
  ["a text for a record", suggest({ settings: "a: 1" }), /settings: expected a record, got a string/],
  ["a number out of its range", suggest({ rate: 2 }), /rate: not in 0…1 \(constraint: From 0 to 1\.\)/],
  ["no number", suggest({ rate: Number.NaN }), /rate: .*NaN/],
  [
    "10 MB of text",
    suggest({ word: "x".repeat(10_000_000) }),
    /word: The value has 10000000 characters; the most is 200000/,
  ],
  ["10 MB of reply", `{"suggestion":{"word":"${"x".repeat(10_000_000)}"}}`, /The reply has 100000\d\d characters/],
  ["lists 100,000 deep", `{"suggestion":{"items":${deep(100_000)}}}`, /more than 1000 levels deep/],
  ["lists 100,000 deep by tool", suggest({ items: JSON.parse(deep(100_000)) }), /items: .*deep/],
  ["a cycle", suggest(cycle()), /items: .*cycle/],
  [
    "code that does not parse",
    suggest({ shout: "function shout(text: string) { return text + }" }),
    /shout: .*line 1, column/s,
  ],
  ["code of another name", suggest({ shout: "function yell(text: string): string { return text; }" }), /shout: /],
  [
    "code with other parameters",
    suggest({ shout: "function shout(text: string, loud: boolean): string { return text; }" }),
    /shout: /,
  ],
  ["code that became async", suggest({ shout: "async function shout(text: string) { return text; }" }), /shout: /],
  [
    "code that imports",
    suggest({ shout: 'import fs from "node:fs";\nfunction shout(text: string): string { return text; }' }),
    /shout: /,
  ],
  [
    "code that reaches out",
    suggest({ shout: "function shout(text: string): string { return process.env.HOME + text; }" }),
    /shout: .*process/s,
  ],
  ["a number for code", suggest({ shout: 5 }), /shout: expected source text, got number/],
  [
    "good code with a bad value",
    suggest({ shout: "function shout(text: string): string { return text; }", rate: 9 }),
    /rate: not in/,
  ],
];

/** Those that hold nothing to go on from: the whole question is asked once more. */
const askedAnew: readonly string[] = [
  ...["no text at all", "only blanks", "prose", "a refusal", "a reply cut at the limit"],
  ...["10 MB of text", "10 MB of reply", "lists 100,000 deep"],
];

function cycle(): unknown {
  const items: unknown[] = [];
  items.push(items);
  return { items };
}

describe("an answer with", () => {
  it.each(hostile)(
    "%s changes nothing, and its reason reaches the second request once",
    async (what, answer, reason) => {
      const { parameters, run } = program();
      const before = run().value;
      const llm = answering((index) => (index === 0 ? answer : suggest({ rate: 0.25 })));
      const optimizer = optoPrime(parameters, { llm });
      run().backward("?");
      const result = await optimizer.step();

      const second = llm.calls[1];
      const said = second?.messages.slice(1).map((message) => message.role);
      expect(said).toEqual(["assistant", "user"]);
      const reasons = textOf(second as never, -1);
      expect(reasons).toMatch(reason);
      expect(reasons.match(/^- /gm)).toHaveLength(1);
      const [first, again] = [0, 1].map((call) => textOf(llm.calls[call] as never, 0));
      if (askedAnew.includes(what)) expect(again).toBe(first);
      else {
        expect(again).not.toMatch(/^# (Code|Inputs|Outputs|Feedback)/m);
        expect(again).toContain("Call the tool propose_update");
      }
      expect(JSON.stringify(second).length).toBeLessThan(300_000);

      expect(llm.calls).toHaveLength(2);
      expect(result.changes.map(({ name, after }) => [name, after])).toEqual([["rate", 0.25]]);
      expect(run().value).toEqual(before?.with(1, 0.25));
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    },
  );

  it.each(hostile)("%s, twice, leaves all as it was and says why", async (_what, answer, reason) => {
    const { parameters, run } = program();
    const before = run().value;
    const optimizer = optoPrime(parameters, { llm: answering(() => answer) });
    run().backward("?");
    const result = await optimizer.step();
    expect(result).toMatchObject({ updates: [], changes: [] });
    expect(
      result.refused.map(({ name, reason: why }) => (name === undefined ? why : `${name}: ${why}`)).join("\n"),
    ).toMatch(reason);
    expect(result.exchanges).toHaveLength(2);
    expect(run().value).toEqual(before);
    expect(parameters.number.version).toBe(0);
  });

  it("a repeated key in the prose beside a tool call is nobody's business", async () => {
    const { parameters, run } = program();
    const answer: Partial<ModelReply> = { ...suggest({ rate: 0.1 }), text: 'It returns {"a":1,"a":2}.' };
    run().backward("?");
    await optoPrime(parameters, { llm: scripted(() => answer) }).step();
    expect(parameters.number.data).toBe(0.1);
  });

  it("several bad values names each, and asks again as often as it is told", async () => {
    const { parameters, run } = program();
    const llm = scripted(() => suggest({ rate: 2, flag: 1 }));
    run().backward("?");
    const result = await optoPrime(parameters, { llm, maxRetries: 3 }).step();
    expect(llm.calls).toHaveLength(4);
    expect(llm.calls.map(({ messages }) => messages.length)).toEqual([1, 3, 3, 3]);
    expect(textOf(llm.calls[3] as never, -1).match(/^- (rate|flag): /gm)).toHaveLength(2);
    expect(result.refused.map(({ name }) => name)).toEqual(["rate", "flag"]);
  });

  it("a bad value is not asked about again when there are no retries", async () => {
    const { parameters, run } = program();
    const llm = scripted(() => suggest({ rate: 2 }));
    run().backward("?");
    expect((await optoPrime(parameters, { llm, maxRetries: 0 }).step()).refused).toHaveLength(1);
    expect(llm.calls).toHaveLength(1);
  });

  it("values that are projected first are taken as projected", async () => {
    const { parameters, run } = program();
    run().backward("?");
    await optoPrime(parameters, { llm: scripted(() => suggest({ word: "  bye  ", settings: { a: 1 } })) }).step();
    expect(parameters.text.data).toBe("bye");
    expect(parameters.record.version).toBe(0);
  });
});
