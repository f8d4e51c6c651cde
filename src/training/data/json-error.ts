/** Finds where a text stops being JSON: the errors of JSON.parse do not always say. */

/** A punctuation mark, a string, or any other value. */
const token =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\p{Cc}]+|[\u007f-\u009f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-]))/uy;

/** What may come next. */
type Expectation = "value" | "value or ]" | "key" | "key or }" | ":" | "more";

/** The offset of the first character that is invalid JSON; the length of the text when only the end is missing. */
export function jsonErrorAt(text: string): number {
  const open: string[] = [];
  let wanted: Expectation = "value";
  let at = 0;
  while (at < text.length) {
    token.lastIndex = at;
    const found = token.exec(text);
    const start = at + (/^[ \t\n\r]*/.exec(text.slice(at, at + 1_000))?.[0].length ?? 0);
    const next: Expectation | undefined =
      found === null ? undefined : after(wanted, found[1] ?? (found[2] === undefined ? "value" : "text"), open);
    if (next === undefined) return start;
    wanted = next;
    at = token.lastIndex;
  }
  return text.length;
}

/** What may follow a token that is valid; after commas and closing marks it depends on the container. */
const grammar: Readonly<Record<Expectation, Readonly<Record<string, Expectation>>>> = {
  value: { text: "more", value: "more", "{": "key or }", "[": "value or ]" },
  "value or ]": { text: "more", value: "more", "{": "key or }", "[": "value or ]", "]": "more" },
  key: { text: ":" },
  "key or }": { text: ":", "}": "more" },
  ":": { ":": "value" },
  more: { "}": "more", "]": "more" },
};

/** What may follow a token; undefined when the token is invalid. Opens and closes arrays and objects. */
function after(wanted: Expectation, kind: string, open: string[]): Expectation | undefined {
  const inside = open.at(-1);
  if (kind === "," && wanted === "more" && inside !== undefined) return inside === "{" ? "key" : "value";
  const next = grammar[wanted][kind];
  if (next === undefined) return undefined;
  if (kind === "{" || kind === "[") open.push(kind);
  if ((kind === "}" || kind === "]") && open.pop() !== (kind === "}" ? "{" : "[")) return undefined;
  return next;
}
