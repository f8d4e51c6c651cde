/** Messages that were read before are known again, whatever marks they bear, and only they. */

import fc from "fast-check";
import { expect, it } from "vitest";
import { type KnownMessage, KnownMessages } from "../../src/agents/known-messages.ts";
import { encode } from "../../src/util/encode.ts";
import { heapInUse } from "../heap.ts";
import { leastTime } from "../processor-time.ts";

const mark = { cache_control: { type: "ephemeral" } };

/** Few different messages, so that conversations begin alike; with marks, which do not count. */
const message = fc
  .tuple(fc.constantFrom("user", "assistant"), fc.constantFrom("a", "b"), fc.boolean(), fc.boolean())
  .map(([role, text, isMarked, isBlock]) => ({
    role,
    content: isBlock ? [{ type: "text", text, ...(isMarked ? mark : {}) }] : text,
    ...(isMarked && !isBlock ? mark : {}),
  }));

/** A part that is a text alone is the same as the text. */
const textOf = (messages: readonly { readonly role: string; readonly content: unknown }[]): string =>
  JSON.stringify(
    messages.map(({ role, content }) => [
      role,
      Array.isArray(content) ? (content[0] as { text: string }).text : content,
    ]),
  );

it("gives two messages one place where they and all before them are the same", () => {
  fc.assert(
    fc.property(fc.array(fc.array(message, { maxLength: 5 }), { maxLength: 8 }), (conversations) => {
      const known = new KnownMessages();
      const places = new Map<string, KnownMessage>();
      for (const conversation of conversations) {
        for (const [index, place] of known.read(structuredClone(conversation)).entries()) {
          const text = textOf(conversation.slice(0, index + 1));
          expect(places.get(text) ?? place).toBe(place);
          places.set(text, place);
        }
      }
      expect(new Set([...places.values()].map(({ key }) => key)).size).toBe(places.size);
    }),
  );
});

it("does not take a message for the one that it was before the program changed it", () => {
  const known = new KnownMessages();
  const said = { role: "user", content: [{ type: "text", text: "lyra" }] };
  const [first] = known.read([said]);
  said.content[0] = { type: "text", text: "vega" };
  const [second] = known.read([said]);
  expect([first?.message.text, second?.message.text]).toEqual(["lyra", "vega"]);
});

it.each([
  ["a picture", "x".repeat(200_000)],
  ["a big number", { value: 10n }],
  ["a time", new Date(0)],
  ["what is no number", Number.NaN],
])("knows %s again by its digest", (_, content) => {
  const known = new KnownMessages();
  const conversation = () => [
    { role: "user", content },
    { role: "assistant", content: "yes" },
  ];
  const places = known.read(conversation());
  expect(known.read(conversation())).toEqual(places);
  expect(known.read(conversation())[1]).toBe(places[1]);
});

const url = (end: string) => new URL(`https://example.com/${"a".repeat(300)}${end}`);

it.each([
  ["maps", new Map([[1, 2]]), new Map([[1, 3]])],
  ["bytes", new Uint8Array([1]).buffer, new Uint8Array([2]).buffer],
  ["patterns", /a/, /b/],
  ["a time and nothing", {}, new Date(0)],
  ["addresses", [{ type: "file", data: url("1") }], [{ type: "file", data: url("2") }]],
  ["a field and none", JSON.parse('{"__proto__":{}}'), { x: 1 }],
])("tells %s apart", (_, one, other) => {
  const known = new KnownMessages();
  const keyOf = (content: unknown) => known.read([{ role: "user", content }])[0]?.key;
  expect(keyOf(one)).not.toBe(keyOf(other));
  expect(keyOf(one)).toBe(keyOf(one));
});

it("gives a conversation the same key in every store", () => {
  const said = [
    { role: "user", content: "a" },
    { role: "assistant", content: "b" },
  ];
  const keys = () => new KnownMessages().read(said).map(({ key }) => key);
  expect(keys()).toEqual(keys());
});

it("reads a picture of bytes about as fast as the bytes can be encoded", () => {
  const bytes = new Uint8Array(300_000);
  const content = [{ type: "file", mediaType: "image/png", data: bytes }];
  const encoding = leastTime(() => JSON.stringify(encode(bytes)));
  const reading = leastTime(() => new KnownMessages().read([{ role: "user", content }]));
  expect(reading).toBeLessThan(30 * encoding + 5);
});

it("holds a bounded part of conversations that all begin in another way", () => {
  const known = new KnownMessages();
  const said: object[] = [{}];
  const before = heapInUse();
  for (let turn = 0; turn < 300; turn++) {
    said[0] = { role: "system", content: `It is ${turn} o'clock.` };
    said.push({ role: turn % 2 === 0 ? "user" : "assistant", content: `turn ${turn} of ${"words ".repeat(400)}` });
    known.read(said);
  }
  // All of them together are 110 MB.
  expect((heapInUse() - before) / 2 ** 20).toBeLessThan(50);
  expect(known.read(said)).toHaveLength(301);
});

it("knows a message again in a small part of the time that it took to read it", () => {
  const conversation = Array.from({ length: 4_000 }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: [{ type: "text", text: `message ${index} of a long conversation` }],
  }));
  const known = new KnownMessages();
  known.read(conversation);
  const again = leastTime(() => known.read(structuredClone(conversation)));
  const copying = leastTime(() => structuredClone(conversation));
  const first = leastTime(() => new KnownMessages().read(conversation));
  expect(again - copying).toBeLessThan(first / 4);
});
