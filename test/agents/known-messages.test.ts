/** Messages that were read before are known again, whatever marks they bear, and only they. */

import fc from "fast-check";
import { expect, it } from "vitest";
import { KnownMessages } from "../../src/agents/known-messages.ts";
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

const textOf = (messages: readonly object[]): string =>
  JSON.stringify(messages, (key, value: unknown) => (key === "cache_control" ? undefined : value));

it("gives two messages one place where they and all before them are the same", () => {
  fc.assert(
    fc.property(fc.array(fc.array(message, { maxLength: 5 }), { maxLength: 8 }), (conversations) => {
      const known = new KnownMessages();
      const places = new Map<string, unknown>();
      for (const conversation of conversations) {
        const found = known.find(conversation);
        const read = known.read(structuredClone(conversation));
        expect(found).toEqual(read.slice(0, found.length));
        for (const [index, place] of read.entries()) {
          const text = textOf(conversation.slice(0, index + 1));
          expect(index < found.length).toBe(places.has(text));
          expect(places.get(text) ?? place).toBe(place);
          places.set(text, place);
        }
      }
      expect(new Set(places.values()).size).toBe(places.size);
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
