import fc from "fast-check";
import { bundle, parameter, trace } from "tracegrad";
import { type Problem, xmlReply } from "tracegrad/extend";
import type { ModelReply } from "tracegrad/llm";
import * as operators from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { textOf } from "../readers.ts";

/** A problem with a variable of each kind. */
const parameters = {
  word: parameter("hello"),
  rate: parameter(0.5),
  flag: parameter(true),
  items: parameter<unknown>([1]),
  any: parameter<unknown>(null),
};
const problem: Problem = {
  variables: Object.entries(parameters).map(([name, one]) => ({
    name,
    parameter: one as never,
    value: one.data,
    version: 0,
  })),
  shared: [],
  runs: [],
  docs: [],
  feedback: {},
};

const replyOf = (text: string, rest: Partial<ModelReply> = {}): ModelReply => ({
  text,
  stopReason: "end",
  usage: { inputTokens: 0, outputTokens: 0 },
  model: "test",
  ...rest,
});
const read = (text: string, rest?: Partial<ModelReply>) => xmlReply.read(replyOf(text, rest), problem);

const tag = /<\/?(answer|reasoning|variable|name|value)(:[\w-]+)?>/;

/** What a model writes that keeps to the instructions. */
function written(values: Readonly<Record<string, unknown>>, careful = true): string {
  const variables = Object.entries(values).map(([name, value]) => {
    const text = typeof value === "string" && name !== "items" && name !== "any" ? value : JSON.stringify(value);
    let word = "";
    for (let index = 1; careful && (word === "" ? tag.test(text) : text.includes(`</value${word}>`)); index++)
      word = `:end${index}`;
    return `<variable>\n<name>${name}</name>\n<value${word}>\n${text}\n</value${word}>\n</variable>\n`;
  });
  return `<answer>\n<reasoning>Because 1 < 2 & so on.</reasoning>\n${variables.join("")}</answer>`;
}

/** Text with all that could be taken for the form. */
const fragments = [
  "<value>",
  "</value>",
  "<value:end1>",
  "</value:end1>",
  "</variable>",
  "<variable>",
  "<name>",
  "</name>",
];
const more = [
  "<answer>",
  "</answer>",
  "</reasoning>",
  "\n",
  "\r\n",
  " ",
  "```",
  "<",
  "&lt;",
  "&",
  "<![CDATA[",
  "]]>",
  "x",
];
const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...fragments, ...more), fc.string({ unit: "binary" })), { maxLength: 12 })
  .map((parts) => parts.join(""));
const anyValues = fc.record(
  {
    word: fc.oneof(fc.string(), fc.string({ unit: "binary" }), hostileText),
    rate: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    flag: fc.boolean(),
    items: fc.array(fc.oneof(hostileText, fc.integer())),
    any: fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  },
  { requiredKeys: [] },
);

describe("xmlReply", () => {
  it("reads back any values that are written as it says", () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        const expected = new Map(Object.entries(values));
        expect(read(written(values))).toEqual({ values: expected, reasoning: "Because 1 < 2 & so on." });
      }),
      { numRuns: 500 },
    );
  });

  it("refuses every answer that was cut, wherever", () => {
    fc.assert(
      fc.property(anyValues, fc.nat(), (values, at) => {
        const text = written(values);
        expect(read(text.slice(0, at % text.length))).toHaveProperty("reason");
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes a value that breaks the form for what it is or not at all", () => {
    let refused = 0;
    fc.assert(
      fc.property(hostileText, (word) => {
        // Text that goes on as another variable is one: no reader could tell.
        fc.pre(!/<\/value>\s*<\/variable>\s*<variable>/.test(word));
        const answer = read(written({ word, rate: 1 }, false));
        if ("reason" in answer) refused += 1;
        else
          expect(answer.values).toEqual(
            new Map<string, unknown>([
              ["word", word],
              ["rate", 1],
            ]),
          );
      }),
      { numRuns: 1_000 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it.each([
    ["prose around it", `Let me see.\n\n${written({ rate: 2 })}\nDone.`],
    ["a fence around it", `\`\`\`xml\n${written({ rate: 2 })}\n\`\`\``],
    ["no answer element", "<reasoning>So.</reasoning><variable><name>rate</name><value>2</value></variable>"],
    ["no reasoning", "<variable><name> rate </name><value> 2 </value></variable>"],
    ["an end word where none is needed", "<variable><name>rate</name><value:x>2</value:x></variable>"],
  ])("takes an answer with %s", (_what, text) => {
    expect(read(text)).toMatchObject({ values: new Map([["rate", 2]]) });
  });

  const variable = (name: string, value: string) => `<variable><name>${name}</name><value>${value}</value></variable>`;
  it.each([
    ["thinking", `<think>Perhaps ${variable("rate", "1")}</think>${variable("rate", "2")}`, { rate: 2 }],
    ["thinking without its first tag", `Hm.\n</think>\n${variable("rate", "2")}`, { rate: 2 }],
    ["tags of thinking in a value", variable("word", "<think>a</think>"), { word: "<think>a</think>" }],
    ["a fence around a value", variable("items", "\n```json\n[3]\n```\n"), { items: [3] }],
    ["a comma behind the last item", variable("items", "[3, 4,]"), { items: [3, 4] }],
    ["a boolean of Python", variable("flag", "False"), { flag: false }],
    ["a number in quotes", variable("rate", '"2"'), { rate: 2 }],
    ["null for what stays", variable("rate", "2") + variable("flag", "null"), { rate: 2 }],
    ["null where any JSON will do", variable("any", "null"), { any: null }],
    ["null as a text", variable("word", "null"), { word: "null" }],
    ["a name in capitals", variable("RATE", "2"), { rate: 2 }],
    ["an unknown name beside a good one", variable("rate", "2") + variable("speed", "3"), { rate: 2 }],
  ])("takes an answer with %s", (_what, text, values) => {
    expect(read(text)).toMatchObject({ values: new Map<string, unknown>(Object.entries(values)) });
  });

  it("tells what it left out", () => {
    expect(read(variable("rate", "2") + variable("speed", "3"))).toMatchObject({ dropped: [{ name: "speed" }] });
  });

  it("drops the line breaks that put a value on lines of its own, and no other blanks", () => {
    const valueOf = (text: string) => {
      const answer = read(`<variable><name>word</name><value>${text}</value></variable>`);
      return "values" in answer ? answer.values.get("word") : answer;
    };
    expect(valueOf("\n  a\n b\n")).toBe("  a\n b");
    expect(valueOf("\r\na\r\n")).toBe("a");
    expect(valueOf("\n\na\n\n")).toBe("\na\n");
    expect(valueOf("a\n")).toBe("a\n");
    expect(valueOf("")).toBe("");
    expect(valueOf("&lt;b&gt; ```ts\nx\n```")).toBe("&lt;b&gt; ```ts\nx\n```");
  });

  it("takes an answer without variables for one that changes nothing", () => {
    expect(read("<answer><reasoning>Right already.</reasoning></answer>")).toEqual({
      values: new Map(),
      reasoning: "Right already.",
    });
  });

  const one = "<variable><name>rate</name><value>2</value></variable>";
  it.each([
    ["nothing", "", /empty/],
    ["prose", "I would rather not.", /no <variable>/],
    ["JSON", '{"suggestion":{"rate":2}}', /no <variable>/],
    ["a name twice", one + one, /gives "rate" twice/],
    ["one variable by two names", one + one.replace("rate", "Rate").replace("2", "3"), /as "rate" and as "Rate"/],
    ["a draft in thinking only", `<think>${one}</think>`, /no <variable>/],
    ["thinking that does not end", `<think>${one}`, /<think> is not closed/],
    ["two answers", `<answer>${one}</answer><answer>${one}</answer>`, /<answer> stands where it means nothing/],
    ["a draft before it", `${one}<answer>${one}</answer>`, /<answer> stands/],
    ["something behind its end", `<answer>${one}</answer>${one}`, /<variable> stands/],
    ["no end", `<answer>${one}`, /<\/answer> is missing/],
    ["an end without a beginning", `${one}</answer>`, /<\/answer> stands/],
    ["reasoning behind", `${one}<reasoning>So.</reasoning>`, /<reasoning> stands/],
    ["changes inside the reasoning", `<reasoning>So: ${one}</reasoning>`, /<variable> stands inside <reasoning>/],
    [
      "tags in upper case",
      "<reasoning>So.</reasoning><Variable><Name>rate</Name></Variable>",
      /"<Variable>.*not written as/,
    ],
    ["attributes", '<reasoning>So.</reasoning><variable name="rate">2</variable>', /"<variable name=.*not written as/],
    ["a value without an end", "<variable><name>rate</name><value>2</variable>", /<\/variable> stands inside <value>/],
    ["no name", "<variable><value>2</value></variable>", /<name> is missing before <value>/],
    ["no value", "<variable><name>rate</name></variable>", /<value> is missing before <\/variable>/],
    ["text between its parts", "<variable><name>rate</name> is <value>2</value></variable>", /text before <value>/],
    [
      "an end word that differs",
      "<variable><name>rate</name><value:a>2</value:b></variable>",
      /<\/value:a> is missing/,
    ],
    [
      "an end inside a value",
      "<variable><name>word</name><value>a</value>b</value></variable>",
      /is missing before <\/value>/,
    ],
    ["a reply of 10 MB", `<answer>${"x".repeat(10_000_000)}</answer>`, /characters; the most is/],
  ])("refuses an answer with %s", (_what, text, reason) => {
    const answer = read(text);
    expect(answer).toHaveProperty("reason");
    expect("reason" in answer && answer.reason).toMatch(reason);
  });

  it.each([
    ["rate", "fast"],
    ["rate", "5 apples"],
    ["rate", "NaN"],
    ["flag", "yes"],
    ["items", "1, 2"],
    ["items", '{"a": 1, "a": 2}'],
    ["any", "plain text"],
  ])("never guesses what %s is by %j", (name, text) => {
    expect(read(`<variable><name>${name}</name><value>${text}</value></variable>`)).toMatchObject({
      name,
      reason: expect.stringMatching(/JSON/) as string,
    });
  });

  it("refuses what was cut by the token limit, declined, or said by a tool call only", () => {
    expect(read(one, { stopReason: "length" })).toMatchObject({ reason: expect.stringContaining("cut") as string });
    expect(read(one, { stopReason: "refusal" })).toMatchObject({ reason: "The model refused to answer." });
    expect(read("", { toolInput: { suggestion: { rate: 2 } } })).toMatchObject({ reason: "The reply was empty." });
  });
});

describe("OptoPrime with format xml", () => {
  /** A program of a text and of code, both full of what XML would escape. */
  function program() {
    const wrap = bundle(
      function wrap(text: string): string {
        return `<b>${text}</b>`;
      },
      { trainable: true },
    );
    const word = parameter("a < b && c", { name: "word" });
    return { word, wrap, run: () => trace(() => wrap(word)) };
  }
  const code =
    "function wrap(text: string): string {\n  return text.length < 3 && text !== '</value>' ? `<i>${text}</i>` : text;\n}";
  const answer = (source: string) =>
    `<answer><reasoning>So.</reasoning><variable><name>wrap</name><value:q>\n${source}\n</value:q></variable>` +
    "<variable><name>word</name><value>x&y</value></variable></answer>";

  it("asks in text only, and takes code and text with <, & and tags as they stand", async () => {
    const { word, wrap, run } = program();
    const llm = scripted(() => answer(code));
    const optimizer = optoPrime({ word, wrap }, { llm, format: "xml" });
    run().backward("Shorter.");
    const result = await optimizer.step();
    expect(result).toMatchObject({ refused: [], reasoning: "So." });
    expect([word.data, run().value]).toEqual(["x&y", "x&y"]);
    expect(optimizer.state.values["wrap"]).toBe(code);
    expect(llm.calls[0]).not.toHaveProperty("tool");
    expect(textOf(llm.calls[0] as never)).toContain("<name>the name of the variable</name>");
    expect(optimizer.settings).toMatchObject({ format: "xml" });
  });

  it("takes code in a fence, with an export, under another name", async () => {
    const { word, wrap, run } = program();
    const fenced = answer(`\`\`\`ts\nexport ${code}\n\`\`\``).replace("<name>wrap", "<name>code");
    const optimizer = optoPrime({ word, wrap }, { llm: scripted(() => fenced), format: "xml" });
    run().backward("Shorter.");
    expect((await optimizer.step()).exchanges).toHaveLength(1);
    expect(optimizer.state.values["wrap"]).toBe(code);
  });

  it("changes nothing by half of an answer, and asks again with the reason", async () => {
    const { word, wrap, run } = program();
    const llm = scripted((_, index) => (index === 0 ? answer(code).slice(0, -9) : answer(code)));
    run().backward("Shorter.");
    const result = await optoPrime({ word, wrap }, { llm, format: "xml" }).step();
    expect(textOf(llm.calls[1] as never, -1)).toContain("</answer> is missing");
    expect(result.changes).toHaveLength(2);
  });

  it("can be a format of one's own, which settings call custom", async () => {
    const p = parameter(1, { name: "p" });
    const format = {
      instructions: () => "Say a number.",
      tool: () => undefined,
      read: ({ text }: ModelReply) => ({ values: new Map([["p", Number(text)]]), reasoning: "" }),
    };
    const optimizer = optoPrime(p, { llm: scripted(() => "7"), format });
    trace(() => operators.add(p, 1)).backward("Higher.");
    await optimizer.step();
    expect(p.data).toBe(7);
    expect(optimizer.settings).toMatchObject({ format: "custom" });
    expect(() => optoPrime(p, { llm: scripted(() => ""), format: "yaml" as never })).toThrow(
      '`format` must be "json", "xml" or a ReplyFormat; got "yaml".',
    );
  });
});
