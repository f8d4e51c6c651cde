import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeFrame,
  type Frame,
  type FrameCoder,
  newCoder,
  nextFrame,
  receiveBytes,
} from "../../../src/sandbox/process/frames.ts";

const maxBytes = 1_000_000;
const make = (): FrameCoder => newCoder(Buffer.allocUnsafe, maxBytes);

/** The messages in bytes that arrive in pieces of the given sizes, again and again. */
function read(bytes: Buffer, sizes: readonly number[]): Frame[] {
  const coder = make();
  const frames: Frame[] = [];
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] as number;
    receiveBytes(coder, (into, start, room) => {
      const count = bytes.copy(into, start, at, Math.min(at + size, at + room));
      at += count;
      return count;
    });
    for (let frame = nextFrame(coder); frame !== undefined; frame = nextFrame(coder)) frames.push(frame);
  }
  return frames;
}

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 10 }).map((part) => part.repeat(500)),
);
const frame: fc.Arbitrary<Frame> = fc.record({
  kind: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 1 }),
  texts: fc.array(text, { maxLength: 6 }),
});

describe("messages", () => {
  test("arrive as they were sent, in whatever pieces", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 6 }), sizes, (sent, pieces) => {
        const coder = make();
        const bytes = sent.map(({ kind, texts }) => Buffer.from(encodeFrame(coder, kind, texts)));
        expect(
          read(
            Buffer.concat(bytes),
            pieces.map((size) => size + 500),
          ),
        ).toEqual(sent);
      }),
      { numRuns: 60 },
    );
  });

  test("of one byte at a time", () => {
    const sent = { kind: "C", texts: ["", "aé😀", "\0\n"] };
    expect(read(Buffer.from(encodeFrame(make(), sent.kind, sent.texts)), [1])).toEqual([sent]);
  });

  test("leave no large buffer behind", () => {
    const coder = make();
    const large = Buffer.from(encodeFrame(coder, "R", ["x".repeat(500_000)]));
    let at = 0;
    while (at < large.length) {
      receiveBytes(coder, (into, start, room) => {
        const count = large.copy(into, start, at, at + room);
        at += count;
        return count;
      });
      nextFrame(coder);
    }
    expect(coder.input.length).toBe(65_536);
    expect(coder.output.length).toBe(65_536);
  });

  test("that no coder makes are refused, whatever they are", () => {
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      // A head that may be plausible.
      fc.tuple(fc.nat(300), fc.nat(40), fc.uint8Array({ maxLength: 100 })).map(([length, count, rest]) => {
        const head = Buffer.alloc(9);
        head.writeUInt32LE(length, 0);
        head.writeUInt32LE(count, 5);
        return Buffer.concat([head, rest]);
      }),
    );
    fc.assert(
      fc.property(garbage, (bytes) => {
        try {
          for (const { texts } of read(Buffer.from(bytes), [bytes.length || 1]))
            expect(texts.join("").length).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect((error as Error).message).toMatch(/^a (message|text) /);
        }
      }),
    );
  });

  test("that would be too long are refused by their heads", () => {
    const head = Buffer.alloc(9);
    head.writeUInt32LE(maxBytes, 0);
    expect(() => read(head, [9])).toThrow("a message has a length that none can have");
  });
});
