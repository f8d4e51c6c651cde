/**
 * Counts what reading a text from inside would cost, in one pass and before anything is made of it.
 *
 * A step is about 0.1 µs. Measured in fresh processes on a machine with two busy cores, as processor time of the thread:
 * JSON.parse takes 0.2 µs for a value, 0.3 µs for a text, 0.5 µs for a record or an array, 2 µs for a key that follows
 * keys which it has not followed before (the engine makes a new class of objects); a tag takes 1 µs more; and the pass
 * itself and the text take 7 ns for a character. Of 45 kinds of text, the longest that may come out of asynchronous code
 * take 10 to 60 ms there, half of them less than 35 ms.
 */

/** What counts how much, in steps. */
const cost = { value: 2, string: 1, container: 3, shape: 20, tag: 10 };
const charsOfAStep = 16;

/** Levels of brackets: a tag adds some to the 200 levels that a value may have. */
const maxLevels = 800;
/** In a shorter text neither depth nor cost can matter. */
const minLength = 2 * maxLevels;

/** How many steps a text of at most so many characters may cost: half of them are for its values. */
export function stepsFor(maxChars: number): number {
  return maxChars / 8;
}

/** What {@link survey} found. */
export interface Survey {
  /** Steps that are left for what the text does not show. Below zero, the text is too large. */
  readonly left: number;
  readonly tooDeep: boolean;
}

/** Goes through a text, which may be anything at all. */
export function survey(text: string, steps: number): Survey {
  if (text.length <= minLength) return { left: steps, tooDeep: false };
  const shapes = new ShapeCounter(text, steps);
  let left = steps - text.length / charsOfAStep;
  let level = 0;
  let string = 0;
  for (let at = 0; at < text.length && left >= 0; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      left -= cost.string;
      string = at + 1;
      at = endOfString(text, string);
    } else if (code === comma) left -= cost.value;
    else if (code === colon) {
      if (shapes.isNew(level, string)) left -= cost.shape;
      if (text.startsWith(tag, string)) left -= cost.tag;
    } else if (code === openBracket || code === openBrace) {
      left -= cost.value + cost.container;
      if (++level > maxLevels) return { left, tooDeep: true };
      shapes.open(level);
    } else if (code === closeBracket || code === closeBrace) level--;
  }
  return { left, tooDeep: false };
}

const [quote, backslash, colon, comma] = [34, 92, 58, 44];
const [openBracket, closeBracket, openBrace, closeBrace] = [91, 93, 123, 125];

/** The place of the quote that ends a string. */
function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) return at;
    if (code === backslash) at++;
  }
  return text.length;
}

/** The beginning of a key that marks a tag. */
const tag = '$type"';

/**
 * Tells keys that follow a sequence of keys for the first time. It keeps one bit for the hash of each sequence, so that
 * it takes a few for known ones.
 */
class ShapeCounter {
  readonly #text: string;
  readonly #seen: Int32Array;
  readonly #sequences = new Int32Array(maxLevels + 1);

  constructor(text: string, steps: number) {
    this.#text = text;
    // A key needs more than four characters, and its steps: so no more than one bit in eight is set.
    const most = Math.min(text.length / 4, steps / cost.shape);
    this.#seen = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(1, most / 4))));
  }

  /** Enters a record or an array at a level. */
  open(level: number): void {
    this.#sequences[level] = 1;
  }

  /** The key begins at `from`. */
  isNew(level: number, from: number): boolean {
    let hash = this.#sequences[level] as number;
    for (let at = from; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      hash = Math.imul(hash ^ code, 0x5bd1e995);
      if (code === quote) break;
    }
    hash ^= hash >>> 15;
    this.#sequences[level] = hash;
    const word = (hash >>> 5) & (this.#seen.length - 1);
    const before = this.#seen[word] as number;
    this.#seen[word] = before | (1 << (hash & 31));
    return this.#seen[word] !== before;
  }
}
