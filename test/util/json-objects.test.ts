import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonObjectsIn, onlyJsonObject } from "../../src/util/json-objects.ts";
import { leastTime } from "../processor-time.ts";

const objects = fc.dictionary(fc.string(), fc.jsonValue());
const valuesOf = (text: string) => jsonObjectsIn(text).objects.map(({ value }) => value);

describe("jsonObjectsIn", () => {
  it("finds each outermost object, in order", () => {
    expect(valuesOf('{"a": {"b": 1}} and {x} and\n{"c": [{"d": 2}]}')).toEqual([{ a: { b: 1 } }, { c: [{ d: 2 }] }]);
  });

  it("finds none in thinking, and takes tags and braces in texts of objects for text", () => {
    const object = { a: "<think>{</think>", b: "</think> {" };
    for (const text of [
      `<think>{"a": 1}</think>${JSON.stringify(object)}`,
      `<THINKING time="3">{"a": 1</THINKING>\n${JSON.stringify(object)}`,
      `First {"a": 1}, or {"b": \n</think>\n${JSON.stringify(object)}`,
    ]) {
      expect(valuesOf(text)).toEqual([object]);
    }
  });

  it("finds nothing inside of an object that is broken, and says what is wrong", () => {
    const { objects: found, broken } = jsonObjectsIn('{"a": {"b": 1}, "c": oops, "d": {"e": 2}} {"f": 3}');
    expect(found.map(({ value }) => value)).toEqual([{ f: 3 }]);
    expect(broken.map(({ problem }) => problem)).toEqual(['there is "o" where a value should be (line 1, column 22)']);
  });

  it("knows which object stands alone on its lines", () => {
    const alone = (text: string) => jsonObjectsIn(text).objects.map((object) => object.alone);
    for (const text of ['{"a":1}', 'So:\n  {"a":1} \nDone.', '```json\r\n{"a":1}\r\n```', '<think>x</think>{"a":1}']) {
      expect(alone(text)).toEqual([true]);
    }
    for (const text of ['So: {"a":1}', '{"a":1}.', `${"x".repeat(100)}{"a":1}`]) expect(alone(text)).toEqual([false]);
  });

  it("names thinking that does not end", () => {
    expect(jsonObjectsIn('<think>{"a":1}')).toMatchObject({ objects: [], unclosed: "<think>" });
  });

  it("gives up on hostile texts in time that grows with their length only", () => {
    for (const part of ['{"', '{"a" x}', "{a: ", '{"a":1}', "<think>", "</think>", '{"a":[']) {
      const [short, long] = [1_500, 12_000].map((count) => leastTime(() => jsonObjectsIn(part.repeat(count))));
      // 8 times the text: 64 times the time if that grew with the square.
      expect([part, (long as number) / (short as number) < 30]).toEqual([part, true]);
    }
  });
});

describe("onlyJsonObject", () => {
  it("finds any JSON object between prose and in a fence", () => {
    fc.assert(
      fc.property(objects, fc.boolean(), (value, fenced) => {
        const json = JSON.stringify(value, null, 2);
        const text = fenced ? `Here {it} is:\n\`\`\`json\n${json}\n\`\`\`\nDone.` : `I say ${json} {and no more.`;
        expect(onlyJsonObject(text)).toStrictEqual(JSON.parse(json));
      }),
    );
  });

  it("chooses none of two objects, and none beside a broken one", () => {
    expect(onlyJsonObject('{"a":1} or rather {"a":2}')).toBeUndefined();
    expect(onlyJsonObject('{"a":1} or rather {"a":2')).toBeUndefined();
  });

  it("finds none in prose, an array or a cut object", () => {
    for (const text of ["", "no object", "[1, 2]", '{"a": 1', "function f() { return 1; }"]) {
      expect(onlyJsonObject(text)).toBeUndefined();
    }
  });
});
