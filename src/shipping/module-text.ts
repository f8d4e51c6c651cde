/** Writes parameters as a module that needs no tracegrad: texts and data as constants, code as functions. */

import type { CodeContract, Parameter } from "../nodes/parameter.ts";
import { namesBeside } from "../util/names.ts";
import { parametersByName } from "./learned.ts";

/**
 * The present values of a program's parameters as the text of a TypeScript module without imports: a constant for each
 * text, number or other data, a function for each trainable function. A trainable function with a `scope` becomes a
 * function of that scope, which returns it. The functions run as plain JavaScript: without the sandbox and its limits,
 * on the arguments themselves, and what they change outside of themselves outlasts a call.
 * @param target What holds the parameters: a model, a parameter, a traced function, an array or record of these.
 * @throws TracegradError `no-parameter` when it holds none.
 * @example
 * await load(parameters, "learned/learned.json");
 * writeFileSync("learned.ts", exportModule(parameters));
 * // Elsewhere: import { prompt, clean } from "./learned.ts";
 */
export function exportModule(target: unknown): string {
  // A constant with the name of a global would hide it from the functions.
  const names = namesBeside(Object.getOwnPropertyNames(globalThis));
  const parts = [...parametersByName(target)].map(
    ([name, parameter]) =>
      `${docText(parameter)}export const ${names.take(name)} = ${valueText(parameter, parameter.read().value)};\n`,
  );
  return `// Written by tracegrad from a program's parameters. It needs no tracegrad.\n\n${parts.join("\n")}`;
}

/** What a parameter is for, as a comment; "" where it does not say. */
export function docText({ doc }: Parameter): string {
  return doc === undefined ? "" : `/** ${doc.replaceAll("*/", "*\\/").replaceAll("\n", "\n * ")} */\n`;
}

function valueText({ code }: Parameter, value: unknown): string {
  return code === undefined ? constantText(value) : functionText(code, String(value));
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
