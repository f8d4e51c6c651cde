/** The texts of a program that are parameters, as they are looked for in what the program sends. */

import { Parameter, parameter } from "../nodes/parameter.ts";
import { splitAtPlaceholders } from "../nodes/placeholders.ts";
import { TracegradError } from "../util/errors.ts";
import { preview } from "../util/preview.ts";
import { typeName } from "../util/type-name.ts";
import type { Needle } from "./find-texts.ts";

/** The shortest text that is looked for: shorter ones stand in other texts by accident. */
const minLength = 8;

/** The texts of one program. */
export class ProgramTexts {
  /** The name of the program, for messages. */
  readonly program: string;
  /** By the names that the user gave. */
  readonly parameters: Readonly<Record<string, Parameter<string>>>;
  /** What to look for in requests. */
  readonly needles: readonly Needle<Parameter<string>>[];

  /** @throws TracegradError `bad-text` for a text that cannot be found without doubt. */
  constructor(program: string, texts: Readonly<Record<string, string | Parameter<string>>>) {
    this.program = program;
    this.parameters = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, toParameter(name, text)]));
    this.needles = Object.entries(this.parameters).map(([name, owner]) => needleOf(name, owner));
    if (this.needles.length === 0) throw badText(`The program "${program}" has no texts. Give at least one.`);
    this.#refuseTwins();
  }

  /** The parameters, in the order in which they were given. */
  get all(): readonly Parameter<string>[] {
    return this.needles.map(({ owner }) => owner);
  }

  #refuseTwins(): void {
    const names = new Map<string, string>();
    for (const { text, owner } of this.needles) {
      const twin = names.get(text);
      if (twin !== undefined)
        throw badText(`"${twin}" and "${owner.name}" are the same text, so that one cannot be told from the other.`);
      names.set(text, owner.name);
    }
  }
}

/** A text as it is looked for now, with its placeholders. */
export function textNeedle<T>(text: string, owner: T, hasPlaceholders: boolean): Needle<T> {
  const split = hasPlaceholders ? splitAtPlaceholders(text.trim()) : undefined;
  return { text: text.trim(), owner, split: split === undefined || split.names.length === 0 ? undefined : split };
}

function toParameter(name: string, given: unknown): Parameter<string> {
  if (typeof given === "string") return parameter(given, { name });
  if (!(given instanceof Parameter)) throw badText(`"${name}" is of type ${typeName(given)}. Give a text.`);
  if (given.kind !== "text") throw badText(`"${name}" is a parameter of kind ${given.kind}. Give one of a text.`);
  given.adopt(name);
  return given as Parameter<string>;
}

/** White space around a text is left out: many SDKs trim what they send. */
function needleOf(name: string, owner: Parameter<string>): Needle<Parameter<string>> {
  const needle = textNeedle(owner.first, owner, owner.placeholders);
  const { literals } = needle.split ?? { literals: [needle.text] };
  if (literals.slice(1, -1).includes("")) {
    throw badText(
      `"${name}" has two placeholders side by side, so that their values cannot be told apart in a request. Put a ` +
        "word between them.",
    );
  }
  if (literals.some((literal) => literal.trim().length >= minLength)) return needle;
  throw badText(
    `"${name}" is ${preview(needle.text)}, which is too short to be found without doubt in a request: a text has at ` +
      `least ${minLength} characters, between its placeholders if it has some. Declare a longer text that contains ` +
      "it, or use a parameter in the program: `name.data`.",
  );
}

function badText(problem: string): TracegradError {
  return new TracegradError("bad-text", problem);
}
