/** Finds the JSON objects that stand in the text of a model, between prose and in fences, but not in its thinking. */

import { headOf } from "./cut.ts";
import { problemText, readJsonAt } from "./loose-json.ts";
import { endOfThinking, thinkingNames } from "./thinking.ts";

/** An object of a text. */
export interface FoundObject {
  readonly value: Readonly<Record<string, unknown>>;
  /** Whether nothing else stands on its lines, fences aside. */
  readonly alone: boolean;
}

/** A text that begins like a JSON object and is none. */
export interface BrokenObject {
  readonly text: string;
  /** What is wrong with it, and where. */
  readonly problem: string;
}

/** The outermost objects of a text, in order. Nothing inside of a broken one is found: it would be a part of a whole. */
export interface ObjectsOfText {
  readonly objects: readonly FoundObject[];
  readonly broken: readonly BrokenObject[];
  /** The tag of thinking that does not end; what follows it was not read. */
  readonly unclosed: string | undefined;
}

const thinking = `${thinkingNames}|reasoning`;

/** A brace, or a tag around what a model thinks before it answers. */
const marks = new RegExp(`\\{|<(/?)(${thinking})(?:\\s[^<>]*)?>`, "gi");

/** What begins like an object of JSON, or of JavaScript: braces of other kinds are prose or code. */
const opening = /\{\s*(?:["}]|[\w$']+\s*:)/y;

/** A text of more is not looked through: the end of each may be sought up to the end of the text. */
const maxBroken = 100;

/** Finds the objects of `text`. Nothing is found in a text of more than 100 broken ones. */
export function jsonObjectsIn(text: string): ObjectsOfText {
  let [objects, broken]: [FoundObject[], BrokenObject[]] = [[], []];
  for (let [at, tries] = [0, 0]; ; ) {
    marks.lastIndex = at;
    const mark = marks.exec(text);
    if (mark === null) return { objects, broken, unclosed: undefined };
    const [tag, slash, name] = mark;
    at = mark.index + tag.length;
    if (name !== undefined && slash === "/") {
      // Some models leave out the tag that begins their thinking.
      [objects, broken] = [[], []];
    } else if (name !== undefined) {
      const end = endOfThinking(text, name, at);
      if (end === undefined) return { objects, broken, unclosed: tag };
      at = end;
    } else {
      const found = objectAt(text, mark.index);
      if (found === undefined) continue;
      at = found.end;
      if ("value" in found) objects.push(found);
      else if (broken.push(found) && ++tries > maxBroken) return { objects: [], broken, unclosed: undefined };
    }
  }
}

type Found = (FoundObject | BrokenObject) & { readonly end: number };

function objectAt(text: string, start: number): Found | undefined {
  opening.lastIndex = start;
  const begins = opening.exec(text)?.[0];
  if (begins === undefined) return undefined;
  const read = readJsonAt(text, start);
  if (!("problem" in read)) {
    const { value, end } = read;
    return { value: value as FoundObject["value"], alone: standsAlone(text, start, end), end };
  }
  const problem = problemText(text, read);
  // Of an object without quotes nobody can tell where its texts end.
  if (!begins.endsWith('"')) {
    return { text: headOf(text.slice(start), glimpse).split("}", 1)[0] as string, problem, end: start + 1 };
  }
  const end = endOfBroken(text, start);
  return { text: text.slice(start, end), problem, end };
}

/** How many characters are kept of an object without quotes, up to its first closing brace. */
const glimpse = 2_000;

const behindLineStart = new RegExp(`(?:\\n|</(?:${thinking})\\s*>)[ \\t]*(?:[\`~]+[ \\t]*\\w*[ \\t]*)?$`, "i");
const beforeLineEnd = /^[ \t]*[`~]*[ \t]*\r?\n/;
/** The most characters of fences and thinking tags beside an object. */
const maxBeside = 60;

function standsAlone(text: string, start: number, end: number): boolean {
  const before = `${start <= maxBeside ? "\n" : ""}${text.slice(Math.max(0, start - maxBeside), start)}`;
  const behind = text.slice(end, end + maxBeside);
  return behindLineStart.test(before) && beforeLineEnd.test(behind.length < maxBeside ? `${behind}\n` : behind);
}

/** The offset after the brace that closes the one at `start`; else that of the next end of thinking, or of the text. */
function endOfBroken(text: string, start: number): number {
  let depth = 0;
  for (const token of text.slice(start).matchAll(/"[^"\\]*(?:\\[^][^"\\]*)*"|[{}]/g)) {
    if (token[0] === "{") depth += 1;
    else if (token[0] === "}") depth -= 1;
    if (depth === 0) return start + token.index + token[0].length;
  }
  const closing = new RegExp(`</(?:${thinking})\\s*>`, "gi");
  closing.lastIndex = start;
  return closing.exec(text)?.index ?? text.length;
}

/**
 * The one JSON object of a text, between prose or in a code fence. Undefined when there is none, when there are
 * several, and when one is broken: choosing would be a guess.
 */
export function onlyJsonObject(text: string): FoundObject["value"] | undefined {
  const { objects, broken, unclosed } = jsonObjectsIn(text);
  return objects.length === 1 && broken.length === 0 && unclosed === undefined ? objects[0]?.value : undefined;
}
