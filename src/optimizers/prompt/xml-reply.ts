/** The reply format for answers in text that hold code: tags around values that stand as they are, nothing escaped. */

import type { ModelReply } from "../../llm/llm.ts";
import { headOf } from "../../util/cut.ts";
import { problemText, readJson } from "../../util/loose-json.ts";
import { endOfThinking, thinkingNames } from "../../util/thinking.ts";
import type { Problem } from "../problem.ts";
import type { Refusal } from "../suggestion.ts";
import { refusal, unusableReply } from "./answer.ts";
import { writesValue } from "./convert.ts";
import { matchNames } from "./names.ts";
import { type ReplyFormat, suggest } from "./reply.ts";
import { withoutFence } from "./unwrap.ts";

/**
 * `<reasoning>…</reasoning>` and a `<variable><name>…</name><value>…</value></variable>` for each change, in
 * `<answer>…</answer>`, as text only. Values stand raw, so source text needs no quoting; numbers, booleans and records
 * are JSON. A value that holds one of these tags itself stands between `<value:word>` and `</value:word>`, with a word
 * that it does not hold.
 */
export const xmlReply: ReplyFormat = {
  name: "xml",

  instructions: ({ variables }) =>
    [
      "Answer in this form and nothing else, with one <variable> for each variable that you change:",
      "<answer>",
      "<reasoning>why the feedback was what it was, and what change follows</reasoning>",
      "<variable>",
      "<name>the name of the variable</name>",
      "<value>",
      "its whole new value",
      "</value>",
      "</variable>",
      "</answer>",
      `The names are of: ${variables.map((variable) => variable.name).join(", ")}. Name only those that you change. ` +
        "Text and source text stand as they are: nothing is escaped, and no fence is put around them. " +
        "A line break right after <value> and the one before </value> do not belong to the value. Everything " +
        "else is JSON of the same type. " +
        "A value that holds one of these tags itself goes between <value:end1> and </value:end1>, " +
        "where end1 is any word that makes a tag which the value does not hold.",
    ].join("\n"),

  tool: () => undefined,

  read(reply: ModelReply, problem: Problem) {
    // What a tool was called with is no answer in text.
    const { toolInput: _, ...said } = reply;
    const unusable = unusableReply(said);
    if (unusable !== undefined) return refusal(unusable);
    try {
      const { values, reasoning } = new XmlReader(withoutThinking(reply.text)).answer();
      const matched = matchNames(values, problem);
      if ("reason" in matched) return matched;
      const parsed = parseValues(matched.values, problem);
      if ("reason" in parsed) return parsed;
      return suggest({ given: values, values: parsed, dropped: matched.dropped }, reasoning, problem);
    } catch (error) {
      if (error instanceof Malformed) return refusal(error.message);
      throw error;
    }
  },
};

/** The text breaks the grammar. */
class Malformed extends Error {}

/** Our tags, as they must be written. */
const tags = /<\/?(?:answer|reasoning|variable|name|value)(?::[A-Za-z0-9_-]+)?>/g;
/** What looks like one of them: outside of elements it is a mistake, since dropping it would drop a change. */
const tagLike = /<\s*\/?\s*(?:answer|reasoning|variable|name|value)\b/i;

/** Reads an answer from left to right. At each place exactly one kind of tag may follow; there is nothing to guess. */
class XmlReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  answer(): { readonly values: ReadonlyMap<string, string>; readonly reasoning: string } {
    const values = new Map<string, string>();
    let tag = this.#nextTag();
    const isWrapped = tag === "<answer>";
    if (isWrapped) tag = this.#nextTag();
    const isReasoned = tag === "<reasoning>";
    const reasoning = isReasoned ? this.#plain("reasoning").trim() : "";
    if (isReasoned) tag = this.#nextTag();
    for (; tag === "<variable>"; tag = this.#nextTag()) {
      const [name, value] = this.#variable();
      if (values.has(name)) throw new Malformed(`The answer gives "${name}" twice.`);
      values.set(name, value);
    }
    if (isWrapped && tag === undefined) throw new Malformed("The answer was cut: </answer> is missing.");
    if (isWrapped && tag === "</answer>") tag = this.#nextTag();
    if (tag !== undefined) throw new Malformed(`${tag} stands where it means nothing. ${fix}`);
    if (!isReasoned && values.size === 0) {
      throw new Malformed("The reply has no <variable>. Answer in the form that was asked for.");
    }
    return { values, reasoning };
  }

  /** The tag that comes next, with the prose before it skipped; undefined at the end. */
  #nextTag(): string | undefined {
    tags.lastIndex = this.#at;
    const match = tags.exec(this.#text);
    const skipped = this.#text.slice(this.#at, match?.index);
    const stray = tagLike.exec(skipped);
    if (stray !== null) {
      const place = headOf(skipped.slice(stray.index), 40).split("\n")[0];
      throw new Malformed(`"${place}" is not written as the form has it.`);
    }
    this.#at = match === null ? this.#text.length : tags.lastIndex;
    return match?.[0];
  }

  #variable(): readonly [string, string] {
    this.#expect("<name>");
    const name = this.#plain("name").trim();
    const opening = this.#expect("<value>");
    const value = opening === "<value>" ? this.#plain("value") : this.#raw(opening.slice(1, -1));
    this.#expect("</variable>");
    return [name, withoutMargin(value)];
  }

  /** Skips blanks and `tag`, which may have an end word. Gives the tag as it was written. */
  #expect(tag: string): string {
    const from = this.#at;
    tags.lastIndex = from;
    const match = tags.exec(this.#text);
    const found = match?.[0];
    const isIt = found === tag || (tag === "<value>" && found?.startsWith("<value:") === true);
    if (match === null || !isIt)
      throw new Malformed(`${tag} is missing${found === undefined ? "" : ` before ${found}`}. ${fix}`);
    if (this.#text.slice(from, match.index).trim() !== "") throw new Malformed(`There is text before ${tag}. ${fix}`);
    this.#at = tags.lastIndex;
    return match[0];
  }

  /** What stands in an element whose text may hold none of the tags. */
  #plain(element: string): string {
    const from = this.#at;
    tags.lastIndex = from;
    const match = tags.exec(this.#text);
    if (match === null) throw new Malformed(`The answer was cut: </${element}> is missing.`);
    if (match[0] !== `</${element}>`) throw new Malformed(`${match[0]} stands inside <${element}>. ${fix}`);
    this.#at = tags.lastIndex;
    return this.#text.slice(from, match.index);
  }

  /** What stands in an element with an end word: everything up to its own end. */
  #raw(element: string): string {
    const end = this.#text.indexOf(`</${element}>`, this.#at);
    if (end < 0) throw new Malformed(`The answer was cut: </${element}> is missing.`);
    const value = this.#text.slice(this.#at, end);
    this.#at = end + element.length + 3;
    return value;
  }
}

const fix =
  "Where a value itself holds a tag of the form, put it between <value:end1> and </value:end1>, " +
  "with a word of your own.";

/** A value without the two line breaks, of one kind, that put it on lines of its own. */
function withoutMargin(value: string): string {
  const lineBreak = /^\r?\n/.exec(value)?.[0];
  if (lineBreak === undefined) return value;
  const inner = value.slice(lineBreak.length);
  return inner.endsWith(lineBreak) ? inner.slice(0, -lineBreak.length) : inner;
}

/** A text from its first tag of the form on, with the thinking before that skipped. */
function withoutThinking(text: string): string {
  const mark = new RegExp(`<(/?)(${thinkingNames})(?:\\s[^<>]*)?>|<(?:answer|reasoning|variable)\\b`, "gi");
  for (let from = 0; ; ) {
    mark.lastIndex = from;
    const [tag, slash, name] = mark.exec(text) ?? [];
    if (tag === undefined || name === undefined) return text.slice(from);
    const end = slash === "/" ? mark.lastIndex : endOfThinking(text, name, mark.lastIndex);
    if (end === undefined) throw new Malformed(`${tag} is not closed, so no answer follows it.`);
    from = end;
  }
}

/** The values by the kinds of their variables. Those of unknown names stay text: the checks report them later. */
function parseValues(
  texts: ReadonlyMap<string, string>,
  { variables }: Problem,
): ReadonlyMap<string, unknown> | Refusal {
  const values = new Map<string, unknown>();
  for (const [name, text] of texts) {
    const variable = variables.find((one) => one.name === name);
    const kind = variable?.parameter.kind ?? "text";
    const json = kind === "text" || kind === "code" ? undefined : withoutFence(text);
    if (json === undefined || writesValue(kind, json)) values.set(name, json ?? text);
    else {
      // Nothing is guessed: `yes` is no boolean, and `5 apples` no number.
      const read = readJson(json);
      if ("problem" in read) {
        return { name, reason: `The value must be JSON, and nothing else: ${problemText(json, read)}.` };
      }
      values.set(name, read.value);
    }
  }
  return values;
}
