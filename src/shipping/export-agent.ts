/** Writes a program with what it has learned as a module that needs no tracegrad. */

import { isDeepStrictEqual } from "node:util";
import { bundleInfo } from "../nodes/bundle.ts";
import { Node } from "../nodes/node.ts";
import * as operators from "../nodes/operators/index.ts";
import { originOf } from "../nodes/origin.ts";
import { Parameter } from "../nodes/parameter.ts";
import { parametersOf } from "../nodes/parameters-of.ts";
import { programConstantOf } from "../nodes/program-constant.ts";
import { checkSource } from "../sandbox/check.ts";
import { Closures } from "../training/identity/closures.ts";
import { getOrSet } from "../util/collections.ts";
import { messageOf, TracegradError } from "../util/errors.ts";
import { identifier, namesBeside } from "../util/names.ts";
import { agentModule } from "./agent-module.ts";
import { type FunctionText, functionText, type ReadField } from "./function-text.ts";
import { constantText, docText } from "./module-text.ts";

/** Functions of tracegrad that make nodes: a text that uses one cannot run without it. */
const ofTracegrad: ReadonlySet<string> = new Set([
  ...Object.keys(operators),
  ...["bundle", "model", "node", "parameter", "trace", "untraced", "withParameters"],
]);

const operatorFunctions: ReadonlySet<unknown> = new Set(Object.values(operators));

/**
 * A program with what it has learned, as the text of a JavaScript module without imports, whose function `createAgent`
 * makes it. The module has the live values: call `load` before.
 *
 * Give the parts of the program under the names that its functions use: texts and other parameters become constants;
 * bundles and plain functions become functions of plain values; an instance of `model(Class)` becomes an object with its
 * methods; other data stay data. A learned function runs as its sandbox ran it, anew in each call and on copies of what
 * it is given, but without the sandbox's limits. What the functions use besides, such as a client or the `scope` of a
 * trainable function, is an argument of `createAgent`, by name.
 *
 * Of a program of `learn`, give the function behind it, and its `parameters` under the names of the constants that they
 * replace: `exportAgent({ SYSTEM_PROMPT: agent.parameters.system, answer })`.
 * @throws TracegradError `not-exportable` that names each part that cannot be exported, and says why: functions without a
 * text, programs of `learn` themselves, constants of theirs that no function of the parts uses, schemas of bundles,
 * functions that read `.data` of nodes, operators of tracegrad, variables that functions change.
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
  /** What names stand for in the functions, as far as that can be seen. */
  readonly #values = new Map<string, unknown>();
  /** Objects around the one that is written. */
  readonly #above = new Set<object>();
  /** The parts that functions use. */
  readonly #used = new Set<string>();
  readonly #closures = Closures.open();
  #isolated = "isolated";
  #hasNames = false;

  constructor(parts: Readonly<Record<string, unknown>>) {
    this.#parts = parts;
  }

  write(): string {
    const names = Object.keys(this.#parts);
    for (const name of names) {
      if (identifier(name) !== name) this.#refuse(name, "the name is no identifier");
    }
    try {
      let definitions = this.#definitions(names);
      const taken = [...names, ...this.#external.keys()];
      if (taken.includes(this.#isolated)) {
        this.#isolated = namesBeside([...taken, ...globals]).take(this.#isolated);
        definitions = this.#definitions(names);
      }
      const [external, isolated, hasNames] = [this.#external, this.#isolated, this.#hasNames];
      return agentModule({ names, definitions, external, isolated, hasNames });
    } finally {
      this.#closures?.close();
    }
  }

  #definitions(names: readonly string[]): readonly string[] {
    const found = names.map((name) => {
      const value = this.#parts[name];
      const doc = value instanceof Parameter ? docText(value) : "";
      return { rank: rankOf(value), text: `${doc}const ${name} = ${this.#valueText(name, value)};` };
    });
    for (const name of names) {
      const part = this.#parts[name];
      const isIdle = part instanceof Parameter && programConstantOf(part) !== undefined && !this.#used.has(name);
      if (isIdle) this.#refuse(name, "no function of the parts has a constant of this name, so it would not be sent");
    }
    if (this.#problems.length > 0) {
      throw new TracegradError("not-exportable", `Not all parts can be exported.\n${this.#problems.join("\n")}`);
    }
    return found.sort((a, b) => a.rank - b.rank).map(({ text }) => text);
  }

  #refuse(path: string, problem: string): string {
    this.#problems.push(`"${path}": ${problem}.`);
    return "undefined";
  }

  #valueText(path: string, value: unknown): string {
    if (value instanceof Parameter) return this.#parameterText(path, value);
    if (value instanceof Node) return this.#refuse(path, "it is a node of a run");
    if (typeof value === "function") return this.#functionPart(path, value);
    if (isJson(value)) return constantText(value);
    if (typeof value !== "object" || value === null) return this.#refuse(path, "it is no plain data");
    if (this.#above.has(value)) return this.#refuse(path, "it holds itself");
    this.#above.add(value);
    const text = this.#objectText(path, value);
    this.#above.delete(value);
    return text;
  }

  #parameterText(path: string, parameter: Parameter): string {
    if (parameter.code !== undefined) return this.#refuse(path, "give its function");
    const constant = programConstantOf(parameter);
    if (constant === undefined) return constantText(parameter.read().value);
    if ("problem" in constant) return this.#refuse(path, constant.problem);
    if ("value" in constant) return constantText(constant.value);
    return this.#refuse(path, "how its placeholders are filled in is not known. `exportModule` gives it as a function");
  }

  #functionPart(path: string, fn: Function): string {
    const part = Object.keys(this.#parts).find((name) => this.#parts[name] === fn);
    if (part !== undefined && this.#above.size > 0) return part;
    if (operatorFunctions.has(fn)) return this.#refuse(path, "it is an operator of tracegrad. Write it as a bundle");
    if (originOf(fn)?.self !== undefined) return this.#refuse(path, "it is bound to an object. Give the object");
    if (bundleInfo(fn) === undefined && parametersOf(fn).length > 0) {
      const fix = "Give the function behind it and, under the names of its constants, its `parameters`";
      return this.#refuse(path, `its texts are put in when they are sent, which tracegrad does. ${fix}`);
    }
    return expressionOf(this.#text(path, fn, undefined));
  }

  /** The text of a function or a method of `self`; undefined where it is refused. */
  #text(path: string, fn: Function, self: object | undefined): FunctionText | string | undefined {
    const info = bundleInfo(fn);
    const { fn: own = fn, scope = {} } = originOf(fn) ?? {};
    if (info?.hasSchema === true) {
      this.#refuse(path, "it has a schema, which would not be applied. Check inside of the function");
      return undefined;
    }
    const learned = info?.codeOf(self);
    if (learned !== undefined) return this.#learnedText(path, learned, scope);
    const found = functionText(own, this.#parts);
    const problem = "problem" in found ? found.problem : this.#problemOf(found, info !== undefined);
    if (problem !== undefined) {
      this.#refuse(path, problem);
      return undefined;
    }
    const view = this.#closures?.inside(own);
    for (const { name, module } of (found as FunctionText).free) this.#use(path, name, view?.variable(name, module));
    return found as FunctionText;
  }

  #problemOf({ free, fields, hasOuterThis }: FunctionText, isBundle: boolean): string | undefined {
    const operator = free.find(({ name }) => ofTracegrad.has(name) && !Object.hasOwn(this.#parts, name));
    if (operator !== undefined) {
      return `it uses \`${operator.name}\` of tracegrad. Write it as a bundle, or give your own as a part`;
    }
    if (hasOuterThis) return "it is an arrow function that uses `this`. Make it a method";
    const read = fields.find((field) => this.#isOfNode(field, isBundle));
    if (read === undefined) return undefined;
    const fix = "Do that in a bundle, with the node as an argument";
    return `it reads \`.${read.field}\` of a node, and there are no nodes without tracegrad. ${fix}`;
  }

  /** A bundle is given plain values. What composes bundles is given nodes, and parameters outside are nodes anywhere. */
  #isOfNode({ field, variable, called }: ReadField, isBundle: boolean): boolean {
    const partOf = (name: string | undefined) =>
      name !== undefined && Object.hasOwn(this.#parts, name) ? this.#parts[name] : undefined;
    return (
      partOf(variable) instanceof Parameter ||
      bundleInfo(partOf(called)) !== undefined ||
      (!isBundle && field === "data")
    );
  }

  #learnedText(path: string, parameter: Parameter, scope: Readonly<Record<string, unknown>>): string {
    const { spec } = parameter.code as NonNullable<Parameter["code"]>;
    for (const [name, value] of Object.entries(scope)) this.#use(path, name, { value });
    try {
      const text = checkSource(String(parameter.read().value), spec);
      return `${this.#isolated}(() => {\n${text}\nreturn ${spec.entry};\n})`;
    } catch (error) {
      return this.#refuse(path, messageOf(error));
    }
  }

  /** Notes that a function uses a name, and what that stands for, where it is known. */
  #use(path: string, name: string, known: { readonly value: unknown } | undefined): void {
    if (name === "__name") {
      this.#hasNames = true;
      return;
    }
    const isPart = Object.hasOwn(this.#parts, name);
    if (known !== undefined) {
      const other = isPart ? this.#parts[name] : getOrSet(this.#values, name, () => known.value);
      if (!Object.is(other, known.value) && !isConstantOf(other, known.value)) {
        this.#refuse(
          path,
          `its \`${name}\` is another than ${isPart ? `the part \`${name}\`` : "that of another part"}`,
        );
      }
    }
    const isGlobal =
      globals.has(name) && (known === undefined || Object.is(known.value, Reflect.get(globalThis, name)));
    if (isPart) this.#used.add(name);
    if (!isPart && !isGlobal) getOrSet(this.#external, name, () => new Set<string>()).add(path);
  }

  /** A record of parts, or an object with methods. */
  #objectText(path: string, value: object): string {
    const isPlain = Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value) as object);
    if (!isPlain && parametersOf(value).length === 0) {
      return this.#refuse(path, "it is no plain data. Leave it out: it becomes an argument of `createAgent`");
    }
    const methods = isPlain ? new Map<string, Function>() : this.#methodsOf(path, value);
    const fields = Object.entries(Object.getOwnPropertyDescriptors(value))
      .filter(([name, { enumerable }]) => enumerable === true && !methods.has(name))
      .map(([name, { value: field }]) => [name, this.#valueText(`${path}.${name}`, field)] as const);
    if (Array.isArray(value)) return `[${fields.map(([, text]) => text).join(", ")}]`;
    const texts = [...methods].map(
      ([name, method]) => [name, expressionOf(this.#text(`${path}.${name}`, method, value))] as const,
    );
    // In brackets a field called __proto__ is one.
    const members = [...fields, ...texts].map(([name, text]) => `[${JSON.stringify(name)}]: ${text},`).join("\n");
    if (methods.size === 0) return `{\n${members}\n}`;
    // Methods of a model are bound.
    const bind = `for (const name of ${JSON.stringify([...methods.keys()])}) self[name] = self[name].bind(self);`;
    return `(() => {\nconst self = {\n${members}\n};\n${bind}\nreturn self;\n})()`;
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

const globals: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(globalThis));

/** A method as an expression, whatever its name: what its object literal holds. */
function expressionOf(found: FunctionText | string | undefined): string {
  if (found === undefined) return "undefined";
  if (typeof found === "string") return found;
  return found.isMethod ? `Object.values({ ${found.text} })[0]` : found.text;
}

/** Whether a parameter replaces a constant of a program of `learn`, which has this value. */
function isConstantOf(part: unknown, value: unknown): boolean {
  return part instanceof Parameter && programConstantOf(part) !== undefined && isDeepStrictEqual(part.first, value);
}

/** Constants come first, then functions, then what holds them. */
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
