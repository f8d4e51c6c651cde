/** Writes a program with what it has learned as a module that needs no tracegrad. */

import { isDeepStrictEqual } from "node:util";
import { bundleInfo } from "../nodes/bundle.ts";
import { Node } from "../nodes/node.ts";
import * as operators from "../nodes/operators/index.ts";
import { originOf } from "../nodes/origin.ts";
import { Parameter } from "../nodes/parameter.ts";
import { parametersOf } from "../nodes/parameters-of.ts";
import { checkSource } from "../sandbox/check.ts";
import { getOrSet } from "../util/collections.ts";
import { messageOf, TracegradError } from "../util/errors.ts";
import { identifier, namesBeside } from "../util/names.ts";
import { type FunctionText, functionText } from "./function-text.ts";
import { constantText, docText } from "./module-text.ts";

/** Functions of tracegrad that make nodes: a text that uses one cannot run without it. */
const ofTracegrad: ReadonlySet<string> = new Set([
  ...Object.keys(operators),
  ...["bundle", "model", "node", "parameter", "trace", "untraced", "withParameters"],
]);

const functionsOfTracegrad: ReadonlySet<unknown> = new Set(Object.values(operators));

/**
 * A program with what it has learned, as the text of a JavaScript module without imports, whose function `createAgent`
 * makes it. The module has the live values: call `load` before.
 *
 * Give the parts of the program under the names that its functions use: texts and other parameters become constants;
 * bundles and plain functions become functions of plain values; an instance of `model(Class)` becomes an object with its
 * methods; other data stay data. A learned function runs as its sandbox ran it, anew in each call and on copies of what
 * it is given, but without the sandbox's limits. What the functions use besides, such as a client or the `scope` of a
 * trainable function, is an argument of `createAgent`, by name.
 * @throws TracegradError `not-exportable` that names each part that cannot be exported, and says why: functions without a
 * text, schemas of bundles, functions that read `.data` of nodes, operators of tracegrad, variables that functions change.
 * `no-parameter` when the parts hold none.
 * @example
 * await load({ prompt, clean }, "learned/learned.json");
 * writeFileSync("agent.js", exportAgent({ prompt, clean, ask, triage }));
 * // Elsewhere: const { triage } = createAgent({ client });
 */
export function exportAgent(parts: Readonly<Record<string, unknown>>): string {
  if (parametersOf(parts).length === 0) {
    throw new TracegradError("no-parameter", "The parts hold no parameter, so nothing of them was learned.");
  }
  return new AgentWriter(parts).write();
}

class AgentWriter {
  readonly #parts: Readonly<Record<string, unknown>>;
  readonly #problems: string[] = [];
  /** Which functions use what is no part, by its name. */
  readonly #external = new Map<string, Set<string>>();
  /** What the scopes of trainable functions hold. */
  readonly #scopes = new Map<string, unknown>();
  readonly #globals = new Set(Object.getOwnPropertyNames(globalThis));
  /** The name of the function that runs learned ones; no text uses it. */
  #isolated = "isolated";

  constructor(parts: Readonly<Record<string, unknown>>) {
    this.#parts = parts;
  }

  write(): string {
    const names = Object.keys(this.#parts);
    for (const name of names) {
      if (identifier(name) !== name) this.#refuse(name, "the name is no identifier");
    }
    this.#isolated = namesBeside([...names, ...this.#globals]).take("isolated");
    const statements = names.map((name) => {
      const value = this.#parts[name];
      const doc = value instanceof Parameter ? docText(value) : "";
      return { rank: rankOf(value), text: `${doc}const ${name} = ${this.#valueText(name, value)};` };
    });
    if (this.#problems.length > 0) {
      throw new TracegradError("not-exportable", `Not all parts can be exported.\n${this.#problems.join("\n")}`);
    }
    // Constants first: a learned text may use them while it is defined.
    const body = statements.sort((a, b) => a.rank - b.rank).map(({ text }) => text);
    return this.#module(body, names);
  }

  #module(body: readonly string[], names: readonly string[]): string {
    const external = [...this.#external].filter(([name]) => name !== "__name");
    const params = external.length === 0 ? "" : `{ ${external.map(([name]) => name).join(", ")} }`;
    return [
      "// Written by tracegrad from a program with what it has learned. It needs no tracegrad.\n",
      "/** Runs a learned function as its sandbox did: anew in each call, on copies of what it is given. */",
      `const ${this.#isolated} = (define) => (...args) => define()(...structuredClone(args));`,
      // Some compilers name functions by it.
      ...(this.#external.has("__name") ? ["const __name = (fn) => fn;"] : []),
      `\n/** ${agentDoc(external)} */`,
      `export function createAgent(${params}) {`,
      body.join("\n\n"),
      `return { ${names.join(", ")} };`,
      "}\n",
    ].join("\n");
  }

  #refuse(path: string, problem: string): string {
    this.#problems.push(`"${path}": ${problem}.`);
    return "undefined";
  }

  #valueText(path: string, value: unknown): string {
    if (value instanceof Parameter) {
      return value.code === undefined ? constantText(value.read().value) : this.#refuse(path, "give its function");
    }
    if (value instanceof Node) return this.#refuse(path, "it is a node of a run");
    if (typeof value === "function") return this.#functionPart(path, value);
    if (isJson(value)) return constantText(value);
    if (typeof value === "object" && value !== null) return this.#objectText(path, value);
    return this.#refuse(path, "it is no plain data");
  }

  #functionPart(path: string, fn: Function): string {
    const origin = originOf(fn);
    if (functionsOfTracegrad.has(fn)) return this.#refuse(path, "it is an operator of tracegrad. Write it as a bundle");
    if (bundleInfo(fn) === undefined && parametersOf(fn).length > 0) {
      return this.#refuse(
        path,
        "it finds its texts when it sends them. Write them into its source: `exportModule` gives them",
      );
    }
    if (origin?.self !== undefined) return this.#refuse(path, "it is bound to an object. Give the object");
    const { text = "undefined", isMethod = false } = this.#text(path, fn, undefined) ?? {};
    return isMethod ? `({ ${text} })[${JSON.stringify(fn.name)}]` : text;
  }

  /** The text of a function or a method of `self`; undefined where it is refused. */
  #text(path: string, fn: Function, self: object | undefined): Pick<FunctionText, "text" | "isMethod"> | undefined {
    const info = bundleInfo(fn);
    const { fn: own = fn, scope = {} } = originOf(fn) ?? {};
    const learned = info?.codeOf(self);
    if (info?.hasSchema === true) {
      this.#refuse(path, "it has a schema, which would not be applied. Check inside of the function");
      return undefined;
    }
    if (learned !== undefined) return { text: this.#learnedText(path, learned, scope), isMethod: false };
    const found = functionText(own, this.#parts);
    const problem = "problem" in found ? found.problem : this.#problemOf(found, info !== undefined);
    if (problem !== undefined) {
      this.#refuse(path, problem);
      return undefined;
    }
    const { text, isMethod, free } = found as FunctionText;
    for (const name of free) this.#use(path, name);
    return { text, isMethod };
  }

  #problemOf({ free, dataOf, hasOuterThis }: FunctionText, isBundle: boolean): string | undefined {
    const operator = free.find((name) => ofTracegrad.has(name) && !Object.hasOwn(this.#parts, name));
    if (operator !== undefined)
      return `it uses \`${operator}\` of tracegrad. Write it as a bundle, or give your own as a part`;
    if (hasOuterThis) return "it is an arrow function that uses `this`. Make it a method";
    // A bundle is given plain values; what composes bundles is given nodes.
    const reads = dataOf.some((name) => !isBundle || (name !== undefined && this.#parts[name] instanceof Parameter));
    return reads
      ? "it reads `.data`, and there are no nodes without tracegrad. Do that in a bundle, with the node as an argument"
      : undefined;
  }

  #learnedText(path: string, parameter: Parameter, scope: Readonly<Record<string, unknown>>): string {
    const { spec } = parameter.code as NonNullable<Parameter["code"]>;
    for (const [name, value] of Object.entries(scope)) {
      const known = Object.hasOwn(this.#parts, name) ? this.#parts[name] : getOrSet(this.#scopes, name, () => value);
      if (known !== value) this.#refuse(path, `\`${name}\` of its scope is not the \`${name}\` of another part`);
      this.#use(path, name);
    }
    try {
      const text = checkSource(String(parameter.read().value), spec);
      return `${this.#isolated}(() => {\n${text}\nreturn ${spec.entry};\n})`;
    } catch (error) {
      return this.#refuse(path, messageOf(error));
    }
  }

  #use(path: string, name: string): void {
    if (Object.hasOwn(this.#parts, name) || (this.#globals.has(name) && !this.#scopes.has(name))) return;
    getOrSet(this.#external, name, () => new Set<string>()).add(path);
  }

  /** A record of parts, or an object with methods. */
  #objectText(path: string, value: object): string {
    const isPlain =
      Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
    if (!isPlain && parametersOf(value).length === 0) {
      return this.#refuse(path, "it is no plain data. Leave it out: it becomes an argument of `createAgent`");
    }
    const methods = isPlain ? new Map<string, Function>() : this.#methodsOf(path, value);
    const fields = Object.entries(Object.getOwnPropertyDescriptors(value))
      .filter(([name, { enumerable }]) => enumerable === true && !methods.has(name))
      .map(([name, { value: field }]) => [name, this.#valueText(`${path}.${name}`, field)] as const);
    if (Array.isArray(value)) return `[${fields.map(([, text]) => text).join(", ")}]`;
    const members = fields.map(([name, text]) => `${JSON.stringify(name)}: ${text},`);
    for (const [name, method] of methods) {
      const { text = "undefined", isMethod = false } = this.#text(`${path}.${name}`, method, value) ?? {};
      members.push(isMethod ? `${text},` : `${JSON.stringify(name)}: ${text},`);
    }
    if (methods.size === 0) return `{\n${members.join("\n")}\n}`;
    // Methods of a model are bound.
    const bind = `for (const name of ${JSON.stringify([...methods.keys()])}) self[name] = self[name].bind(self);`;
    return `(() => {\nconst self = {\n${members.join("\n")}\n};\n${bind}\nreturn self;\n})()`;
  }

  /** The methods of an instance, those of the most derived class first. */
  #methodsOf(path: string, self: object): ReadonlyMap<string, Function> {
    const found = new Map<string, Function>();
    for (let at = Object.getPrototypeOf(self); at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
      for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
        if (name === "constructor" || found.has(name)) continue;
        if (typeof value === "function") found.set(name, value);
        else this.#refuse(`${path}.${name}`, "it is a getter or a setter. Make it a method");
      }
    }
    return found;
  }
}

function agentDoc(external: readonly (readonly [name: string, users: ReadonlySet<string>])[]): string {
  if (external.length === 0) return "Makes the program.";
  const lines = external.map(
    ([name, users]) => ` * - \`${name}\`, which ${[...users].join(", ")} use${users.size === 1 ? "s" : ""}`,
  );
  const text = `Makes the program. It is given what its functions use from outside:\n${lines.join("\n")}`;
  return `${text.replaceAll("*/", "*\\/")}\n`;
}

function rankOf(value: unknown): number {
  if (typeof value === "function") return bundleInfo(value)?.codeOf(undefined) === undefined ? 1 : 2;
  return value instanceof Parameter || isJson(value) ? 0 : 3;
}

/** Whether JSON holds all of it. */
function isJson(value: unknown): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(JSON.stringify(value) ?? "null"), value);
  } catch {
    // A cycle, a bigint, a proxy that throws.
    return false;
  }
}
