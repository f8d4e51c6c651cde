import fc from "fast-check";
import { fit, jsonReply } from "tracegrad/extend";
import type { ModelReply } from "tracegrad/llm";
import { describe, expect, it } from "vitest";
import { code, problem, replyOf } from "./shapes.ts";

type Answer = string | { readonly toolInput: unknown };

const read = (answer: Answer, rest: Partial<ModelReply> = {}) =>
  jsonReply.read(replyOf({ ...(typeof answer === "string" ? { text: answer } : answer), ...rest }), problem);
const suggest = (suggestion: unknown) => ({ toolInput: { reasoning: "So.", suggestion } });
const json = (suggestion: unknown) => JSON.stringify({ reasoning: "So.", suggestion });
const rate5 = json({ rate: 5 });
const draft = json({ rate: 4 });
const call = (name: string, input: unknown) => JSON.stringify({ name, [input === undefined ? "" : "input"]: input });
const fence = (text: string, language = "json") => `\`\`\`${language}\n${text}\n\`\`\``;

type Shape = readonly [what: string, answer: Answer, values: Readonly<Record<string, unknown>>];

/** What surrounds an answer. */
const around: readonly Shape[] = [
  ["a tool call", suggest({ rate: 5 }), { rate: 5 }],
  ["JSON and nothing else", rate5, { rate: 5 }],
  ["JSON on many lines", JSON.stringify(JSON.parse(rate5), null, 2), { rate: 5 }],
  ["JSON between blanks", `\n\n  ${rate5}\n `, { rate: 5 }],
  ["a fence", fence(rate5), { rate: 5 }],
  ["a fence without a language", fence(rate5, ""), { rate: 5 }],
  ["a fence of tildes", `~~~\n${rate5}\n~~~`, { rate: 5 }],
  ["an indented fence in a list", `1. So:\n   \`\`\`json\n   ${rate5}\n   \`\`\``, { rate: 5 }],
  ["a fence with carriage returns", fence(rate5).replaceAll("\n", "\r\n"), { rate: 5 }],
  ["prose before it", `Here is my proposal: ${rate5}`, { rate: 5 }],
  ["prose behind it", `${rate5}\nI hope this helps!`, { rate: 5 }],
  ["prose and a fence", `Here it is.\n${fence(rate5)}\nThat should do.`, { rate: 5 }],
  ["prose with empty braces", `The state was {} before.\n${rate5}`, { rate: 5 }],
  ["prose with braces", `With {x} in f() { return 1; } it holds.\n${rate5}`, { rate: 5 }],
  ["prose with an open brace", `Mind the {brace.\n${rate5}`, { rate: 5 }],
  ["prose with another object", `The settings were {"a": 1}.\n${rate5}`, { rate: 5 }],
  ["prose with an object of JavaScript", `It had { a: 1 } there.\n${rate5}`, { rate: 5 }],
  ["prose with a value in JSON", `The rate {"rate": 0.5} is too low.\n${rate5}`, { rate: 5 }],
  ["prose with a broken object", `It printed {"a": oops}.\n${rate5}`, { rate: 5 }],
  ["thinking", `<think>Hm, higher.</think>${rate5}`, { rate: 5 }],
  ["thinking with a draft", `<think>Perhaps ${draft}?</think>\n${rate5}`, { rate: 5 }],
  ["thinking with braces", `<think>if {x} { y</think>\n${rate5}`, { rate: 5 }],
  ["thinking with half a draft", `<think>{"suggestion": {"rate": </think>\n${rate5}`, { rate: 5 }],
  ["thinking by another name", `<thinking>\n${draft}\n</thinking>\n\n${rate5}`, { rate: 5 }],
  ["a scratchpad", `<scratchpad>${draft}</scratchpad>${rate5}`, { rate: 5 }],
  ["reasoning in tags", `<reasoning>${draft}</reasoning>${rate5}`, { rate: 5 }],
  ["thinking whose first tag is missing", `Perhaps ${draft}?\n</think>\n${rate5}`, { rate: 5 }],
  ["thinking twice", `<think>${draft}</think> Well. <think>No.</think> ${rate5}`, { rate: 5 }],
  ["thinking, prose and a fence", `<think>${draft}</think>Here:\n${fence(rate5)}\nDone.`, { rate: 5 }],
  [
    "tags of thinking in a value",
    `<think>x</think>${json({ word: "<think>{</think>" })}`,
    { word: "<think>{</think>" },
  ],
  [
    "tags of thinking in a value alone",
    json({ word: "Think in <think> and </think>." }),
    { word: "Think in <think> and </think>." },
  ],
  ["a fence in a value", json({ word: "So:\n```json\n{}\n```" }), { word: "So:\n```json\n{}\n```" }],
  ["an answer in a value", json({ word: rate5 }), { word: rate5 }],
  ["itself again", `${rate5}\nTo repeat:\n${fence(rate5)}`, { rate: 5 }],
  ["itself again for another reason", `${rate5}\n${rate5.replace("So.", "Thus.")}`, { rate: 5 }],
  ["a tag around it", `<answer>${rate5}</answer>`, { rate: 5 }],
  ["a line before it", `json\n${rate5}`, { rate: 5 }],
  ["the tool's name before it", `propose_update(${rate5})`, { rate: 5 }],
];

/** How an answer is wrapped in JSON. */
const wrapped: readonly Shape[] = [
  ["the tool call as text", call("propose_update", JSON.parse(rate5)), { rate: 5 }],
  [
    "the tool call with arguments",
    JSON.stringify({ name: "propose_update", arguments: JSON.parse(rate5) }),
    { rate: 5 },
  ],
  [
    "the tool call with parameters",
    JSON.stringify({ name: "propose_update", parameters: JSON.parse(rate5) }),
    { rate: 5 },
  ],
  ["the tool call with arguments as text", JSON.stringify({ name: "propose_update", arguments: rate5 }), { rate: 5 }],
  ["the tool call in tags", `<tool_call>\n${call("propose_update", JSON.parse(rate5))}\n</tool_call>`, { rate: 5 }],
  ["the tool call in a fence", fence(call("propose_update", JSON.parse(rate5))), { rate: 5 }],
  [
    "the tool call of an API",
    JSON.stringify({ tool_calls: [{ type: "function", function: { name: "propose_update", arguments: rate5 } }] }),
    { rate: 5 },
  ],
  ["the tool call in the tool call", { toolInput: { name: "propose_update", input: JSON.parse(rate5) } }, { rate: 5 }],
  ["the tool's name as the key", JSON.stringify({ propose_update: JSON.parse(rate5) }), { rate: 5 }],
  ["an answer in an answer", JSON.stringify({ answer: JSON.parse(rate5) }), { rate: 5 }],
  ["a list of one", `[${rate5}]`, { rate: 5 }],
  ["JSON in a JSON string", JSON.stringify(rate5), { rate: 5 }],
  ["JSON in a string by the tool", { toolInput: rate5 }, { rate: 5 }],
  ["the suggestion as text", json('{"rate": 5}'), { rate: 5 }],
  ["the suggestion as text by the tool", suggest('{"rate": 5}'), { rate: 5 }],
  ["the suggestion as text in a fence", suggest(fence('{"rate": 5}')), { rate: 5 }],
  ["the suggestion in a list", suggest([{ rate: 5 }]), { rate: 5 }],
  ["no reasoning", '{"suggestion": {"rate": 5}}', { rate: 5 }],
  ["more fields", '{"analysis": "Low.", "suggestion": {"rate": 5}, "confidence": 0.9}', { rate: 5 }],
  ["reasoning behind", '{"suggestion": {"rate": 5}, "reasoning": "So."}', { rate: 5 }],
  ["no suggestion around the values", '{"reasoning": "So.", "rate": 5}', { rate: 5 }],
  ["nothing around the values", '{"rate": 5, "flag": false}', { rate: 5, flag: false }],
  ["nothing around the values, in a fence", `Here:\n${fence('{"rate": 5}')}`, { rate: 5 }],
  ["nothing around the values, by the tool", { toolInput: { rate: 5 } }, { rate: 5 }],
  ["nothing around the values in the tool call", call("propose_update", { rate: 5 }), { rate: 5 }],
  ["an empty suggestion", json({}), {}],
  ["null for the suggestion", json(null), {}],
];

/** How values are written. */
const written: readonly Shape[] = [
  ["raw line breaks", '{"reasoning": "One\ntwo", "suggestion": {"word": "a\nb"}}', { word: "a\nb" }],
  ["raw tabs", '{"suggestion": {"word": "a\tb"}}', { word: "a\tb" }],
  ["raw carriage returns", '{"suggestion": {"word": "a\r\nb"}}', { word: "a\r\nb" }],
  ["a comma behind the last value", '{"suggestion": {"rate": 5,},}', { rate: 5 }],
  ["a comma behind the last item", '{"suggestion": {"items": [1, 2,],}}', { items: [1, 2] }],
  ["code with raw line breaks", `{"suggestion": {"shout": "${code.replaceAll("\\", "\\\\")}"}}`, { shout: code }],
  ["a number as text", suggest({ rate: "5" }), { rate: 5 }],
  ["a number as text with blanks", suggest({ rate: " 5.0\n" }), { rate: 5 }],
  ["a number as text with an exponent", suggest({ rate: "-5e-3" }), { rate: -0.005 }],
  ["a number as text with a sign", suggest({ rate: "+.5" }), { rate: 0.5 }],
  ["a boolean as text", suggest({ flag: "false" }), { flag: false }],
  ["a boolean of Python as text", suggest({ flag: "False" }), { flag: false }],
  ["a list as text", suggest({ items: "[3, 4]" }), { items: [3, 4] }],
  ["a record as text", suggest({ settings: '{"a": 2}' }), { settings: { a: 2 } }],
  ["a record in a fence", suggest({ settings: fence('{"a": 2}') }), { settings: { a: 2 } }],
  ["a text where any JSON will do", suggest({ any: "5" }), { any: "5" }],
  ["null where any JSON will do", suggest({ any: null }), { any: null }],
  ["a number as text for a text", suggest({ word: "5" }), { word: "5" }],
  ["null for what stays", suggest({ rate: 5, word: null, flag: null, settings: null, shout: null }), { rate: 5 }],
  ["null for all", suggest({ rate: null, word: null }), {}],
  ["code", suggest({ shout: code }), { shout: code }],
  ["code in a fence", suggest({ shout: fence(code, "ts") }), { shout: code }],
  ["code in a fence with blanks", suggest({ shout: `\n${fence(code, "typescript")}\n\n` }), { shout: code }],
  ["code that is exported", suggest({ shout: `export ${code}` }), { shout: code }],
  ["code that is the default export", suggest({ shout: `export default ${code}` }), { shout: code }],
  ["code that is exported, in a fence", suggest({ shout: fence(`export ${code}`, "ts") }), { shout: code }],
  ["code that is exported behind", suggest({ shout: `${code}\nexport { shout };` }), { shout: `${code}\n` }],
  [
    "code that is the default export behind",
    suggest({ shout: `${code}\nexport default shout;` }),
    { shout: `${code}\n` },
  ],
  [
    "exports in the text of code",
    suggest({ shout: code.replace("!", "\nexport function f() {}") }),
    { shout: code.replace("!", "\nexport function f() {}") },
  ],
  ["the only code as code", suggest({ code }), { shout: code }],
  ["the only code as source", suggest({ source: fence(code, "js") }), { shout: code }],
  ["the only code under a name of its own", suggest({ new_shout: `export ${code}` }), { shout: code }],
  ["the only code as code, without a suggestion", JSON.stringify({ reasoning: "So.", code }), { shout: code }],
  ["a name in capitals", suggest({ RATE: 5 }), { rate: 5 }],
  ["a name with blanks", suggest({ " rate ": 5 }), { rate: 5 }],
  ["a name twice with one value", suggest({ rate: 5, Rate: 5 }), { rate: 5 }],
  ["an unknown name beside a good one", suggest({ rate: 5, speed: 2 }), { rate: 5 }],
  [
    "the name of a built-in beside a good one",
    '{"suggestion": {"rate": 5, "__proto__": {"x": 1}, "constructor": 1}}',
    { rate: 5 },
  ],
];

/** What could mean two things, or is not whole. */
const refused: readonly (readonly [what: string, answer: Answer, reason: RegExp])[] = [
  ["two answers", `${draft}\n${rate5}`, /2 answers that differ/],
  ["two answers in fences", `${fence(draft)}\nor\n${fence(rate5)}`, /2 answers that differ/],
  ["two answers in a list", `[${draft}, ${rate5}]`, /2 answers that differ/],
  ["two tool calls", JSON.stringify([draft, rate5].map((input) => ({ name: "propose_update", input }))), /2 answers/],
  ["two answers, one without a suggestion around it", '{"rate": 4}\n{"rate": 5}', /2 answers that differ/],
  ["an answer and half of another", `${draft}\n{"suggestion": {"rate": 5`, /two answers, of which one cannot be read/],
  ["an answer that does not end", rate5.slice(0, -1), /can be read: it ends where/],
  ["values alone and half of others", '{"rate": 4}\n{"rate": 5', /two answers/],
  ["a name twice", '{"suggestion": {"rate": 4, "rate": 5}}', /"rate" twice/],
  ["one variable by two names", suggest({ rate: 4, Rate: 5 }), /twice, as "rate" and as "Rate"/],
  ["two texts for the only code", suggest({ shout: code, code: `${code}\n` }), /twice, as "shout" and as "code"/],
  ["values in the middle of prose", 'With {"rate": 5} it failed, so I leave it.', /no object "suggestion"/],
  ["values beside others", '{"rate": 5, "speed": 2}', /no object "suggestion"/],
  ["a suggestion in prose", json('Set {"rate": 5}.'), /no object "suggestion"/],
  ["a suggestion of two", suggest([{ rate: 4 }, { rate: 5 }]), /no object "suggestion"/],
  ["a draft in thinking only", `<think>${rate5}</think>`, /no JSON object/],
  ["thinking that does not end", `<think>Hm. ${rate5}`, /<think> is not closed/],
  ["an escape that JSON has not", '{"suggestion": {"word": "\\d+"}}', /has the escape \\d/],
  ["quotes of another kind", "{'suggestion': {'rate': 5}}", /a name in double quotes/],
  ["values that are left out", '{"suggestion": {"rate": ...}}', /there is "\." where a value should be/],
];

describe("jsonReply takes an answer with", () => {
  it.each([...around, ...wrapped, ...written])("%s", async (_what, answer, values) => {
    const suggestion = read(answer);
    expect(suggestion).toMatchObject({ values: new Map(Object.entries(values)) });
    expect((await fit(suggestion as never, problem)).refused).toEqual([]);
  });
});

describe("jsonReply refuses", () => {
  it.each(refused)("%s", (_what, answer, reason) => {
    expect(read(answer)).toMatchObject({ reason: expect.stringMatching(reason) as string });
  });

  it.each([...around, ...wrapped, ...written])("what was cut at the token limit: %s", (_what, answer) => {
    expect(read(answer, { stopReason: "length" })).toMatchObject({ reason: expect.stringContaining("cut") as string });
  });

  it.each([
    ["yes for a boolean", { flag: "yes" }],
    ["words for a number", { rate: "five" }],
    ["a number with a unit", { rate: "5 ms" }],
    ["two numbers", { rate: "1,000" }],
    ["no number", { rate: "NaN" }],
    ["a number without an end", { rate: "Infinity" }],
    ["a hexadecimal number", { rate: "0x10" }],
    ["an empty text for a number", { rate: "" }],
    ["a number for a text", { word: 5 }],
    ["a list for a record", { settings: "[1]" }],
    ["prose around a record", { settings: 'It is {"a": 2}.' }],
    ["two blocks of code", { shout: `${fence(code)}\n${fence(code)}` }],
    ["prose around code", { shout: `Here:\n${fence(code)}` }],
    ["an unknown name alone", { speed: 2 }],
    ["an unknown name and no change", { speed: 2, rate: null }],
    ["the name of a built-in", JSON.parse('{"__proto__": {"x": 1}}')],
  ])("to guess what is meant by %s", async (_what, suggestion) => {
    const answer = read(suggest(suggestion));
    const reasons = "values" in answer ? (await fit(answer, problem)).refused : [answer];
    expect(reasons).toHaveLength(1);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

describe("what is left out", () => {
  it("is told with the reason", () => {
    expect(read(suggest({ rate: 5, speed: 2 }))).toEqual({
      values: new Map([["rate", 5]]),
      reasoning: "So.",
      dropped: [
        {
          name: "speed",
          reason: 'There is no variable "speed". The variables are: word, rate, flag, items, settings, any, shout.',
        },
      ],
    });
  });
});

const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }).filter((text) => !text.includes("\u0000")),
  fc.constantFrom("<think>", "</think>{", "```json\n{}\n```", rate5, 'a "b" \\ {c}', "null", "5", "\n\t\r\n"),
);
const values = fc.record(
  {
    word: texts,
    rate: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    flag: fc.boolean(),
    items: fc.array(fc.oneof(texts, fc.integer())),
    settings: fc.dictionary(
      fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
      texts,
    ),
    shout: fc.constantFrom(code, code.replace("!", "?"), `// export it\n${code}`),
  },
  { requiredKeys: [] },
);
type Values = Readonly<Record<string, unknown>>;

/** Ways to write values, none of which changes what they mean; each is taken or not. */
const ways = {
  plainly: (given: Values) =>
    mapped(given, (name, value) => (name === "rate" || name === "flag" ? ` ${String(value)}\n` : value)),
  asText: (given: Values) =>
    mapped(given, (name, value) => (name === "items" || name === "settings" ? JSON.stringify(value, null, 1) : value)),
  exported: (given: Values) => mapped(given, (name, value) => (name === "shout" ? exported(String(value)) : value)),
  fenced: (given: Values) => mapped(given, (name, value) => (name === "shout" ? fence(String(value), "ts") : value)),
  withNulls: (given: Values) => ({ word: null, rate: null, flag: null, items: null, shout: null, ...given }),
  withUnknown: (given: Values) => (given["word"] == null ? given : { speed: 5, ...given, __hint: "x" }),
  inCapitals: (given: Values) =>
    Object.fromEntries(Object.entries(given).map(([name, value]) => [` ${name.toUpperCase()}`, value])),
  asCode: (given: Values) =>
    Object.fromEntries(Object.entries(given).map(([name, value]) => [/shout/i.test(name) ? "code" : name, value])),
};

function mapped(given: Values, change: (name: string, value: unknown) => unknown): Values {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, change(name, value)]));
}

const exported = (source: string) => source.replace(/^function/m, "export function");

/** Ways to wrap an answer in JSON. */
const wrappings = {
  asked: (suggestion: Values) => ({ reasoning: "So.", suggestion }),
  stringified: (suggestion: Values) => ({ reasoning: "So.", suggestion: JSON.stringify(suggestion) }),
  call: (suggestion: Values) => ({ name: "propose_update", input: { reasoning: "So.", suggestion } }),
  callOfText: (suggestion: Values) => ({ name: "propose_update", arguments: JSON.stringify({ suggestion }) }),
  list: (suggestion: Values) => [{ suggestion }],
};

/** JSON as models write it: with line breaks in texts as they are, and a comma behind each last item. */
function loose(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value).replace(/\\\\|\\n|\\t/g, (escape) => ({ "\\n": "\n", "\\t": "\t" })[escape] ?? escape);
  }
  if (Array.isArray(value)) return `[${value.map((item) => `${loose(item)}, `).join("")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${loose(key)}: ${loose(item)},\n`)
    .join("")}}`;
}

/** Ways to put a JSON text among other text. */
const surroundings: readonly ((text: string) => string)[] = [
  (text) => fence(text),
  (text) => `Here it is:\n${text}`,
  (text) => `${text}\nI hope that this {helps}.`,
  (text) => `The state was {} before, with {"a": 1}.\n\n${text}`,
  (text) => `<think>\nPerhaps ${draft}, or {"suggestion": {\n</think>\n${text}`,
  (text) => `Perhaps ${draft}?\n</think>\n${text}`,
  (text) => `${text}\n\nOnce more:\n${text}`,
];

const someWays = fc.subarray(Object.values(ways));
const someWrapping = fc.constantFrom(...Object.values(wrappings));
const write = fc.constantFrom<(value: unknown) => string>(
  JSON.stringify,
  (value) => JSON.stringify(value, null, 2),
  loose,
);
const surround = fc.subarray([...surroundings], { maxLength: 3 });

describe("jsonReply", () => {
  it("finds the very same values in a good answer, whatever is put around it", () => {
    fc.assert(
      fc.property(values, someWays, someWrapping, write, surround, (given, chosen, wrap, stringify, around) => {
        const written = chosen.reduce<Values>((value, way) => way(value), given);
        const text = around.reduce((inner, put) => put(inner), stringify(wrap(written)));
        const found = read(text);
        expect(found).toMatchObject({ values: new Map(Object.entries(given)) });
        const dropped = "dropped" in found ? found.dropped?.map(({ name = "" }) => name.trim().toLowerCase()) : [];
        expect(dropped).toEqual(chosen.includes(ways.withUnknown) && "word" in given ? ["speed", "__hint"] : []);
      }),
      { numRuns: 2_000 },
    );
  });

  it("finds the same by a tool call", () => {
    fc.assert(
      fc.property(values, someWays, someWrapping, (given, chosen, wrap) => {
        const written = chosen.reduce<Values>((value, way) => way(value), given);
        const found = read({ toolInput: wrap(written) });
        expect(found).toMatchObject({ values: new Map(Object.entries(given)) });
      }),
      { numRuns: 500 },
    );
  });

  it("takes none of two good answers that differ", () => {
    const pair = fc.tuple(values, values).filter(([one, other]) => JSON.stringify(one) !== JSON.stringify(other));
    fc.assert(
      fc.property(pair, fc.tuple(someWrapping, someWrapping), fc.tuple(write, write), ([one, other], wraps, writes) => {
        const text = [one, other].map((given, at) => fence(writes[at]?.(wraps[at]?.(given)) as string)).join("\nor\n");
        expect(read(text)).toHaveProperty("reason");
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes no part of an answer that ends too early", () => {
    fc.assert(
      fc.property(values, someWrapping, write, fc.nat(), (given, wrap, stringify, at) => {
        const text = stringify(wrap(given));
        expect(read(text.slice(0, at % text.lastIndexOf("}")))).toHaveProperty("reason");
      }),
      { numRuns: 2_000 },
    );
  });
});
