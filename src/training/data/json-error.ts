/** Finds where a text stops being JSON: the errors of JSON.parse do not always say. */

/** A mark, a text, or any other value. */
const token =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\p{Cc}]+|[\u007f-\u009f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-]))/uy;

/** What may come next. */
type Wanted = "value" | "value or ]" | "key" | "key or }" | ":" | "more";

/** The offset of the first character that makes `text` no JSON; its length when only the end is missing. */
export function jsonErrorAt(text: string): number {
  const open: string[] = [];
  let wanted: Wanted = "value";
  let at = 0;
  while (at < text.length) {
    token.lastIndex = at;
    const found = token.exec(text);
    const start = at + (/^[ \t\n\r]*/.exec(text.slice(at, at + 1_000))?.[0].length ?? 0);
    const next: Wanted | undefined =
      found === null ? undefined : after(wanted, found[1] ?? (found[2] === undefined ? "value" : "text"), open);
    if (next === undefined) return start;
    wanted = next;
    at = token.lastIndex;
  }
  return text.length;
}

/** What comes after a token where it may come at all; commas and closing marks depend on what they are in. */
const grammar: Readonly<Record<Wanted, Readonly<Record<string, Wanted>>>> = {
  value: { text: "more", value: "more", "{": "key or }", "[": "value or ]" },
  "value or ]": { text: "more", value: "more", "{": "key or }", "[": "value or ]", "]": "more" },
  key: { text: ":" },
  "key or }": { text: ":", "}": "more" },
  ":": { ":": "value" },
  more: { "}": "more", "]": "more" },
};

/** What may come after a token; undefined when the token may not come. Opens and closes arrays and objects. */
function after(wanted: Wanted, kind: string, open: string[]): Wanted | undefined {
  const inside = open.at(-1);
  if (kind === "," && wanted === "more" && inside !== undefined) return inside === "{" ? "key" : "value";
  const next = grammar[wanted][kind];
  if (next === undefined) return undefined;
  if (kind === "{" || kind === "[") open.push(kind);
  if ((kind === "}" || kind === "]") && open.pop() !== (kind === "}" ? "{" : "[")) return undefined;
  return next;
}
