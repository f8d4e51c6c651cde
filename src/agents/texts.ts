/** What a program learns, as it is looked for in what it sends: texts, lists of them or of messages, and settings. */

import { Parameter, parameter } from "../nodes/parameter.ts";
import { splitAtPlaceholders } from "../nodes/placeholders.ts";
import { rememberConstant } from "../nodes/program-constant.ts";
import { TracegradError } from "../util/errors.ts";
import { preview } from "../util/preview.ts";
import { typeName } from "../util/type-name.ts";
import { constantOfList, constantOfWords } from "./constants.ts";
import type { Needle } from "./find-texts.ts";
import { isMessageList, isTextList, type LearnedMessage, listSchema, type MessageList } from "./lists.ts";
import { Setting } from "./settings.ts";

/**
 * What a program learns: a text as it stands in the program, a list of texts or of messages, a parameter with one of
 * these, which may say more, or a setting, as {@link setting} makes it.
 */
export type LearnedValue =
  | string
  | readonly string[]
  | readonly LearnedMessage[]
  | Parameter<string>
  | Parameter<readonly string[]>
  | Parameter<readonly LearnedMessage[]>
  | Setting<string>
  | Setting<number>
  | Setting<boolean>;

/** The shortest text that is looked for: shorter ones stand in other texts by accident. */
const minLength = 8;

/** The texts, lists and settings of one program. */
export class ProgramTexts {
  /** The name of the program, for messages. */
  readonly program: string;
  /** By the names that the user gave. */
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** The texts, and the lists of them, to look for in requests. */
  readonly needles: readonly Needle<Parameter>[];
  /** The messages to look for. */
  readonly lists: readonly MessageList[];
  /** The fields to look for. */
  readonly settings: readonly Setting[];

  /** @throws TracegradError `bad-text` for what cannot be found without doubt. */
  constructor(program: string, given: Readonly<Record<string, unknown>>) {
    this.program = program;
    const entries = Object.entries(given);
    if (entries.length === 0) throw badText(`The program "${program}" has no texts. Give at least one.`);
    this.parameters = Object.fromEntries(entries.map(([name, value]) => [name, toParameter(name, value)]));
    this.settings = Object.values(given).filter((value) => value instanceof Setting);
    const fields = new Set(this.settings.map((one) => one.parameter as Parameter));
    const words = this.all.filter((one) => !fields.has(one));
    this.lists = words.flatMap((owner) => (isDialogue(owner.first) ? [{ items: owner.first, owner }] : []));
    this.needles = words.filter(({ first }) => !isDialogue(first)).map(needleOf);
    this.#refuseTwins();
    this.#rememberConstants();
  }

  /** The parameters, in the order in which they were given. */
  get all(): readonly Parameter[] {
    return Object.values(this.parameters);
  }

  #rememberConstants(): void {
    for (const { owner } of this.needles) rememberConstant(owner, () => constantOfWords(owner));
    for (const list of this.lists) rememberConstant(list.owner, () => constantOfList(list));
    for (const { parameter: owner } of this.settings)
      rememberConstant(owner as Parameter, () => ({ value: owner.peek() }));
  }

  #refuseTwins(): void {
    const names = new Map<string, string>();
    const keys = [
      ...this.needles.map(({ text, owner }) => [text, owner] as const),
      ...this.lists.map(({ items, owner }) => [JSON.stringify(items), owner] as const),
      ...this.settings.map(
        ({ path, parameter: owner }) => [JSON.stringify([path, owner.first]), owner as Parameter] as const,
      ),
    ];
    for (const [text, owner] of keys) {
      const twin = names.get(text);
      if (twin !== undefined)
        throw badText(`"${twin}" and "${owner.name}" are the same, so that one cannot be told from the other.`);
      names.set(text, owner.name);
    }
  }
}

/** A list of messages, which is looked for as messages. */
function isDialogue(value: unknown): value is readonly LearnedMessage[] {
  return isMessageList(value) && value.length > 0;
}

/** A text as it is looked for now, with its placeholders. */
function textNeedle<T>(text: string, owner: T, hasPlaceholders: boolean): Needle<T> {
  const split = hasPlaceholders ? splitAtPlaceholders(text.trim()) : undefined;
  return { text: text.trim(), owner, split: split === undefined || split.names.length === 0 ? undefined : split };
}

/** The value of now of a parameter, as it is looked for in what was sent. */
export function needlesOfValue(learned: Parameter): readonly Needle<Parameter>[] {
  const value = learned.peek();
  if (typeof value === "string") return value.trim() === "" ? [] : [textNeedle(value, learned, learned.placeholders)];
  if (isTextList(value) && value.length > 1) return [listNeedle(value, learned)];
  if (isTextList(value)) return value.map((text) => textNeedle(text, learned, false));
  const contents = isMessageList(value) ? value.map(({ content }) => content.trim()).filter((one) => one !== "") : [];
  return contents.map((text) => ({ text, owner: learned, isWhole: true }));
}

function listNeedle(items: readonly string[], owner: Parameter): Needle<Parameter> {
  return { text: items.join("\n"), owner, items };
}

function toParameter(name: string, given: unknown): Parameter {
  const learned = given instanceof Setting ? (given.parameter as Parameter) : parameterOf(name, given);
  learned.adopt(name);
  return learned;
}

function parameterOf(name: string, given: unknown): Parameter {
  const value = given instanceof Parameter ? given.first : given;
  if (typeof value === "string") return given instanceof Parameter ? given : (parameter(value, { name }) as Parameter);
  if (isTextList(value) ? value.length > 1 : isDialogue(value)) {
    const learned = given instanceof Parameter ? given : (parameter<unknown>(value, { name }) as Parameter);
    learned.adoptSchema(listSchema<unknown>(value));
    return learned;
  }
  if (Array.isArray(value)) {
    throw badText(
      `"${name}" is ${preview(value)}. Give a list of at least two texts, or of messages { role, content } with texts.`,
    );
  }
  if (given instanceof Parameter) throw badText(`"${name}" is a parameter of kind ${given.kind}. Give one of a text.`);
  throw badText(`"${name}" is of type ${typeName(given)}. Give a text, a list of texts, or setting(field, value).`);
}

/** White space around a text is left out: many SDKs trim what they send. */
function needleOf(owner: Parameter): Needle<Parameter> {
  const { name, first } = owner;
  const needle = isTextList(first) ? listNeedle(first, owner) : textNeedle(first as string, owner, owner.placeholders);
  const literals = needle.items ?? needle.split?.literals ?? [needle.text];
  if (needle.items === undefined && literals.slice(1, -1).includes("")) {
    throw badText(
      `"${name}" has two placeholders side by side, so that their values cannot be told apart in a request. Put a ` +
        "word between them.",
    );
  }
  if (literals.some((literal) => literal.trim().length >= minLength)) return needle;
  throw badText(
    `"${name}" is ${preview(first)}, which is too short to be found without doubt in a request: a text has at ` +
      `least ${minLength} characters, between its placeholders if it has some. Declare a longer text that contains ` +
      "it, or use a parameter in the program: `name.data`.",
  );
}

function badText(problem: string): TracegradError {
  return new TracegradError("bad-text", problem);
}
