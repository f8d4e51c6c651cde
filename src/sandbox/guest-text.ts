/**
 * TextEncoder and TextDecoder for inside, in UTF-8 only. The functions are handed over as text, see guest.ts; so the
 * classes have no fields, for which bundlers may call helpers of their own.
 */

/** Where a decoder stands: bytes that the character still needs, its bits so far, and what the next byte may be. */
interface Utf8State {
  needed: number;
  code: number;
  lower: number;
  upper: number;
  /** Whether a character has come, so that no byte order mark can follow. */
  begun: boolean;
}

interface Decoder extends Utf8State {
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
}

/** Makes the class. */
export function makeTextEncoder(): object {
  return class TextEncoder {
    get encoding(): string {
      return "utf-8";
    }
    encode(text = ""): Uint8Array {
      const bytes: number[] = [];
      for (const char of `${text}`) encodeUtf8(char, bytes);
      return new Uint8Array(bytes);
    }
    encodeInto(text: string, target: Uint8Array): { read: number; written: number } {
      let read = 0;
      let written = 0;
      for (const char of `${text}`) {
        const bytes: number[] = [];
        encodeUtf8(char, bytes);
        if (written + bytes.length > target.length) break;
        for (const byte of bytes) target[written++] = byte;
        read += char.length;
      }
      return { read, written };
    }
  };
}

/** Makes the class. */
export function makeTextDecoder(): object {
  const labels = /^\s*(?:utf-?8|unicode-1-1-utf-8|(?:x-)?unicode20utf8|unicode11utf8)\s*$/i;
  const decoders = new WeakMap<object, Decoder>();
  return class TextDecoder {
    constructor(label = "utf-8", options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean }) {
      if (!labels.test(label)) throw new RangeError(`the sandbox decodes utf-8 only, not ${label}`);
      const given = { fatal: Boolean(options?.fatal), ignoreBOM: Boolean(options?.ignoreBOM) };
      decoders.set(this, { needed: 0, code: 0, lower: 0x80, upper: 0xbf, begun: false, ...given });
    }
    get encoding(): string {
      return "utf-8";
    }
    get fatal(): boolean {
      return (decoders.get(this) as Decoder).fatal;
    }
    get ignoreBOM(): boolean {
      return (decoders.get(this) as Decoder).ignoreBOM;
    }
    decode(input: ArrayBuffer | ArrayBufferView = new ArrayBuffer(0), options?: { readonly stream?: boolean }): string {
      const view = ArrayBuffer.isView(input) ? input : new Uint8Array(input);
      const state = decoders.get(this) as Decoder;
      const { begun } = state;
      const last = !options?.stream;
      const { text, malformed } = decodeUtf8(
        state,
        new Uint8Array(view.buffer, view.byteOffset, view.byteLength),
        last,
      );
      if (malformed && state.fatal) {
        state.needed = 0;
        state.begun = false;
        throw new TypeError("The encoded data was not valid for encoding utf-8");
      }
      state.begun = !last && (begun || text !== "");
      return !begun && !state.ignoreBOM && text[0] === "\ufeff" ? text.slice(1) : text;
    }
  };
}

/** Appends the bytes of one character; U+FFFD stands for half a character. */
export function encodeUtf8(char: string, bytes: number[]): void {
  const raw = char.codePointAt(0) as number;
  const code = raw >= 0xd800 && raw < 0xe000 ? 0xfffd : raw;
  if (code < 0x80) bytes.push(code);
  else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
  else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
}

/**
 * UTF-8 to text. U+FFFD stands for each malformed piece, as long as the Encoding Standard has it; at the `last` bytes,
 * also for a character that is not complete.
 */
export function decodeUtf8(
  state: Utf8State,
  bytes: Uint8Array,
  last: boolean,
): { readonly text: string; readonly malformed: boolean } {
  let text = "";
  let malformed = false;
  const refuse = (): void => {
    state.needed = 0;
    text += "\ufffd";
    malformed = true;
  };
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (state.needed > 0 && byte >= state.lower && byte <= state.upper) {
      state.code = (state.code << 6) | (byte & 63);
      state.lower = 0x80;
      state.upper = 0xbf;
      if (--state.needed === 0) text += String.fromCodePoint(state.code);
      continue;
    }
    if (state.needed > 0) refuse();
    if (byte < 0x80) text += String.fromCodePoint(byte);
    else if (byte < 0xc2 || byte > 0xf4) refuse();
    else {
      state.needed = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
      state.code = byte & (0x3f >> state.needed);
      state.lower = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
      state.upper = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
    }
  }
  if (last && state.needed > 0) refuse();
  return { text, malformed };
}
