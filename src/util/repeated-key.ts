/** Finds a key that a JSON text gives twice: JSON.parse would silently take the last. */

/**
 * The first key that occurs twice in one object of a JSON object in `text`, which may be between prose or in a code
 * fence; undefined when there is none. Only what JSON.parse reads counts, so braces in the prose mean nothing. A text
 * of many unmatched braces is looked through no further than its first 1,000.
 */
export function repeatedKeyIn(text: string): string | undefined {
  let at = text.indexOf("{");
  for (let tries = 0; at >= 0 && tries < 1_000; tries++) {
    const { end, repeated } = scanObject(text, at);
    const isObject = end >= 0 && isJson(text.slice(at, end));
    if (isObject && repeated !== undefined) return repeated;
    at = text.indexOf("{", isObject ? end : at + 1);
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

interface Scanned {
  /** The index after the closing brace; -1 when there is none. */
  readonly end: number;
  readonly repeated: string | undefined;
}

/** Reads on from the brace at `start` to the one that closes it. Uses its own stack, so depth does not matter. */
function scanObject(text: string, start: number): Scanned {
  // What is around the place: false for an array; for an object its keys, or true before it has one.
  const around: (Set<string> | boolean)[] = [];
  let repeated: string | undefined;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === "{" || char === "[") around.push(char === "{");
    else if (char === "}" || char === "]") {
      around.pop();
      if (around.length === 0) return { end: at + 1, repeated };
    } else if (char === '"') {
      const end = endOfString(text, at);
      const key = keyBetween(text, at, end);
      if (key !== undefined && !noteKey(around, key)) repeated ??= key;
      at = end - 1;
    }
  }
  return { end: -1, repeated };
}

/** Adds a key to the innermost object; false when that has it already. */
function noteKey(around: (Set<string> | boolean)[], key: string): boolean {
  const keys = around.at(-1);
  if (keys === true) around[around.length - 1] = new Set([key]);
  if (!(keys instanceof Set)) return true;
  if (keys.has(key)) return false;
  keys.add(key);
  return true;
}

/** The index after the quote that closes the one at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

/** The string from `start` to `end` without its escapes, when a colon follows it; undefined when it is not a key. */
function keyBetween(text: string, start: number, end: number): string | undefined {
  let next = end;
  while (next < text.length && " \t\n\r".includes(text[next] as string)) next++;
  if (text[next] !== ":") return undefined;
  const quoted = text.slice(start, end);
  return isJson(quoted) ? (JSON.parse(quoted) as string) : undefined;
}
