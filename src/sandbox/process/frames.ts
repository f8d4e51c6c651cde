/**
 * Messages as bytes, for both ends of the pipes: the length of the rest, the kind, the number of texts, the length of
 * each, and the texts in UTF-8. The functions are handed over as text, too, so each uses only its arguments and its
 * siblings.
 */

/** One message: what it is, in one character, and its texts. */
export interface Frame {
  readonly kind: string;
  readonly texts: readonly string[];
}

/** The bytes on their way over one connection. */
export interface FrameCoder {
  readonly allocate: (size: number) => Buffer;
  /** The longest message that is taken. */
  readonly maxBytes: number;
  /** The size of a buffer that is kept; a message that is larger gets one of its own. */
  readonly usual: number;
  /** Bytes of a message before the lengths of its texts. */
  readonly head: number;
  readonly output: Buffer;
  input: Buffer;
  /** What has arrived and was not read. */
  start: number;
  end: number;
}

/** Begins a connection. */
export function newCoder(allocate: (size: number) => Buffer, maxBytes: number): FrameCoder {
  const usual = 65_536;
  const [output, input] = [allocate(usual), allocate(usual)];
  return { allocate, maxBytes, usual, head: 9, output, input, start: 0, end: 0 };
}

/** The bytes of a message. They are good until the next call. */
export function encodeFrame(coder: FrameCoder, kind: string, texts: readonly string[]): Buffer {
  const { head } = coder;
  let at = head + 4 * texts.length;
  let most = at;
  for (let i = 0; i < texts.length; i++) most += 3 * (texts[i] as string).length;
  const bytes = most > coder.usual ? coder.allocate(most) : coder.output;
  for (let i = 0; i < texts.length; i++) {
    const length = bytes.write(texts[i] as string, at, "utf8");
    bytes.writeUInt32LE(length, head + 4 * i);
    at += length;
  }
  bytes.writeUInt32LE(at - 4, 0);
  bytes[4] = kind.charCodeAt(0);
  bytes.writeUInt32LE(texts.length, 5);
  return bytes.subarray(0, at);
}

/** Takes in bytes: `read` puts them at the given place and returns how many. False when there were none. */
export function receiveBytes(coder: FrameCoder, read: (into: Buffer, at: number, room: number) => number): boolean {
  if (coder.end === coder.input.length) makeRoom(coder, 2 * (coder.end - coder.start));
  const count = read(coder.input, coder.end, coder.input.length - coder.end);
  coder.end += count;
  return count > 0;
}

/**
 * The next message that has arrived whole; undefined while there is none. Throws when the bytes are none that
 * `encodeFrame` makes.
 */
export function nextFrame(coder: FrameCoder): Frame | undefined {
  const { head, input, start } = coder;
  const here = coder.end - start;
  if (here < head) return undefined;
  const size = input.readUInt32LE(start) + 4;
  if (size < head || size > coder.maxBytes) throw new Error("a message has a length that none can have");
  if (here < size) {
    makeRoom(coder, size);
    return undefined;
  }
  const texts = textsOf(coder, start, start + size);
  const kind = String.fromCharCode(input[start + 4] as number);
  coder.start += size;
  if (coder.start === coder.end) {
    coder.start = coder.end = 0;
    if (input.length > coder.usual) coder.input = coder.allocate(coder.usual);
  }
  return { kind, texts };
}

function textsOf({ head, input }: FrameCoder, start: number, end: number): string[] {
  const count = input.readUInt32LE(start + 5);
  let at = start + head + 4 * count;
  if (at > end) throw new Error("a message has more texts than bytes");
  const texts: string[] = [];
  for (let i = 0; i < count; i++) {
    const next = at + input.readUInt32LE(start + head + 4 * i);
    if (next > end) throw new Error("a text is longer than its message");
    texts[i] = input.toString("utf8", at, next);
    at = next;
  }
  return texts;
}

/** Makes the input begin at 0, with room for at least `size` bytes. */
function makeRoom(coder: FrameCoder, size: number): void {
  const { input, start, end } = coder;
  const target = size > input.length ? coder.allocate(size) : input;
  input.copy(target, 0, start, end);
  coder.input = target;
  coder.start = 0;
  coder.end = end - start;
}

/** The functions by name. */
export interface FrameFunctions {
  readonly newCoder: typeof newCoder;
  readonly encodeFrame: typeof encodeFrame;
  readonly receiveBytes: typeof receiveBytes;
  readonly nextFrame: typeof nextFrame;
}

/** An expression that gives the {@link FrameFunctions}. */
export function framesSource(): string {
  const [first, second, third, fourth] = [newCoder, encodeFrame, receiveBytes, nextFrame].map(({ name }) => name);
  return `(() => { "use strict"; const __name = (fn) => fn;
${[newCoder, encodeFrame, receiveBytes, nextFrame, textsOf, makeRoom].join("\n")}
return { newCoder: ${first}, encodeFrame: ${second}, receiveBytes: ${third}, nextFrame: ${fourth} }; })()`;
}
