/** Writes parameters as a module that needs no tracegrad: texts and data as constants, code as functions. */

import type { CodeContract, Parameter } from "../nodes/parameter.ts";
import type { TextPiece } from "../nodes/placeholders.ts";
import { programConstantOf } from "../nodes/program-constant.ts";
import { TracegradError } from "../util/errors.ts";
import { namesBeside } from "../util/names.ts";
import { parametersByName } from "./learned.ts";

/**
 * The present values of a program's parameters as the text of a TypeScript module without imports: a constant for each
 * text, number or other data, a function for each trainable function. A trainable function with a `scope` becomes a
 * function of that scope, which returns it. The functions run as plain JavaScript: without the sandbox and its limits,
 * on the arguments themselves, and what they change outside of themselves outlasts a call.
 *
 * Of a program of `learn` they are the constants with which the program, without tracegrad, sends what it sends now,
 * each with the value that it is to replace. A text whose placeholders the program fills in becomes a function that
 * fills them in: `rules({ name: "Ann" })`; what it is not given stays as it is.
 * @param target What holds the parameters: a model, a parameter, a traced function, a program of `learn`, an array or
 * record of these.
 * @throws TracegradError `no-parameter` when it holds none; `not-exportable` for a list of texts in a program of `learn`
 * that is empty now.
 * @example
 * await load(parameters, "learned/learned.json");
 * writeFileSync("learned.ts", exportModule(parameters));
 * // Elsewhere: import { prompt, clean } from "./learned.ts";
 */
export function exportModule(target: unknown): string {
  // A constant with the name of a global would hide it from the functions.
  const names = namesBeside(Object.getOwnPropertyNames(globalThis));
  const parts = [...parametersByName(target)].map(
    ([name, parameter]) => `${docText(parameter)}export const ${names.take(name)} = ${valueText(name, parameter)};\n`,
  );
  return `// Written by tracegrad from a program's parameters. It needs no tracegrad.\n\n${parts.join("\n")}`;
}

/** What a parameter is for and which constant it replaces, as a comment; "" where there is nothing to say. */
export function docText(parameter: Parameter): string {
  const replaced = programConstantOf(parameter) === undefined ? [] : [`Replaces ${JSON.stringify(parameter.first)}.`];
  const lines = [...(parameter.doc === undefined ? [] : [parameter.doc]), ...replaced];
  return lines.length === 0 ? "" : `/** ${lines.join("\n").replaceAll("*/", "*\\/").replaceAll("\n", "\n * ")} */\n`;
}

function valueText(name: string, parameter: Parameter): string {
  const { code } = parameter;
  if (code !== undefined) return functionText(code, String(parameter.read().value));
  const constant = programConstantOf(parameter) ?? { value: parameter.read().value };
  if ("problem" in constant) throw new TracegradError("not-exportable", `"${name}": ${constant.problem}.`);
  return "pieces" in constant ? fillingText(constant.pieces) : constantText(constant.value);
}

/** A function that fills in the placeholders of a text. */
function fillingText(pieces: readonly TextPiece[]): string {
  const placeholders = [...new Set(pieces.flatMap(({ placeholder }) => placeholder ?? []))];
  const bare = (placeholder: string) => placeholder.replace(/^[${]+|\}+$/g, "");
  const isPlain = new Set(placeholders.map(bare)).size === placeholders.length;
  // Two styles may have one name.
  const keyOf = (placeholder: string) => JSON.stringify(isPlain ? bare(placeholder) : placeholder);
  const keys = placeholders.map(keyOf).join(" | ");
  const items = pieces.map(({ text, placeholder }) =>
    placeholder === undefined ? JSON.stringify(text) : `values[${keyOf(placeholder)}] ?? ${JSON.stringify(text)}`,
  );
  return `(values: { readonly [name in ${keys}]?: string } = {}): string =>\n  [${items.join(", ")}].join("")`;
}

/** Data as an expression. */
export function constantText(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2);
  // As a key in a literal it would set the prototype.
  return text.includes('"__proto__"') ? `JSON.parse(${JSON.stringify(text)})` : text;
}

/**
 * The source in a function of its own, so that its helpers and types meet no others. Not indented: a text of several
 * lines in it would become another.
 */
function functionText({ spec, types }: CodeContract, source: string): string {
  const declarations = types.map(({ text }) => text.replace(/^(\s*\/\*[^]*?\*\/)?\s*export /, "$1\n").trim());
  const body = [...declarations, source, `return ${spec.entry};`].filter((text) => text !== "").join("\n");
  if (spec.scope.length === 0) return `(() => {\n${body}\n})()`;
  // What a scope holds has no type that a text could name.
  const names = spec.scope.map((name) => JSON.stringify(name)).join(" | ");
  return `({ ${spec.scope.join(", ")} }: Record<${names}, any>) => {\n${body}\n}`;
}
