/** TextEncoder and TextDecoder for inside, in UTF-8 only. The functions are handed over as text, see guest.ts. */

/** Makes the two classes. */
export function makeTextCoders(): { readonly TextEncoder: object; readonly TextDecoder: object } {
  class TextEncoder {
    get encoding(): string {
      return "utf-8";
    }
    encode(text = ""): Uint8Array {
      const bytes: number[] = [];
      for (const char of `${text}`) {
        const raw = char.codePointAt(0) as number;
        const code = raw >= 0xd800 && raw < 0xe000 ? 0xfffd : raw;
        if (code < 0x80) bytes.push(code);
        else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
        else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
        else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
      }
      return new Uint8Array(bytes);
    }
  }
  class TextDecoder {
    constructor(label = "utf-8") {
      if (!/^utf-?8$/i.test(label)) throw new RangeError(`the sandbox decodes utf-8 only, not ${label}`);
    }
    get encoding(): string {
      return "utf-8";
    }
    decode(input: ArrayBuffer | ArrayBufferView = new ArrayBuffer(0)): string {
      const view = ArrayBuffer.isView(input) ? input : new Uint8Array(input);
      return decodeUtf8(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
    }
  }
  return { TextEncoder, TextDecoder };
}

/** UTF-8 to text, with U+FFFD for what is malformed. */
export function decodeUtf8(bytes: Uint8Array): string {
  const least = [0, 0x80, 0x800, 0x10000];
  let text = "";
  for (let i = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0; i < bytes.length; ) {
    const first = bytes[i++] as number;
    const more = first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : -1;
    let code = more < 1 ? first : first & (0x3f >> more);
    let taken = 0;
    while (taken < more && ((bytes[i] as number) & 0xc0) === 0x80) {
      code = (code << 6) | ((bytes[i++] as number) & 63);
      taken++;
    }
    const surrogate = code >= 0xd800 && code < 0xe000;
    const bad = more < 0 || taken < more || code < (least[more] as number) || surrogate || code > 0x10ffff;
    text += bad ? "\ufffd" : String.fromCodePoint(code);
  }
  return text;
}
