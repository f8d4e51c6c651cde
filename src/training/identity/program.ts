/** The program of a run, as far as it can be known: hashes of the functions and values that decide its scores. */

import { fileURLToPath } from "node:url";
import { types } from "node:util";
import { Node } from "../../nodes/node.ts";
import { originOf } from "../../nodes/origin.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import { parametersOf } from "../../nodes/parameters-of.ts";
import { encode, type Json } from "../../util/encode.ts";
import { home } from "../../util/home.ts";
import { isObject, isRecord } from "../../util/is-record.ts";
import { hashOf } from "../../util/json.ts";
import { settingsOf } from "../guides/settings.ts";
import type { TrainOptions } from "../options.ts";
import { Closures } from "./closures.ts";
import { shapeOf } from "./shape.ts";

/**
 * Hashes by place: `guide` is the text of the guide, `guide > weights` is a function or a value that the guide uses,
 * and so on. Parameters, values that change while a program runs, models, and code in `node_modules` are excluded.
 */
export type ProgramText = Readonly<Record<string, string>>;

/** A program, its judge, and the redaction of both. */
export type ProgramParts = Pick<TrainOptions, "agent" | "guide" | "environment" | "redact">;

/** The place of what writes the feedback on rollouts, which decides no evaluation. */
const writer = "feedback option";

/** The text of the program of a run, of its judge, of its `feedback`, and of everything they reach. */
export function programTextOf(options: ProgramParts & Pick<TrainOptions, "feedback">): ProgramText {
  return walkProgram(options, { [writer]: options.feedback ?? false });
}

/** What decides the evaluations of a run, out of the text of its program. */
export function evaluatedTextOf(text: ProgramText): ProgramText {
  return Object.fromEntries(Object.entries(text).filter(([place]) => !place.startsWith(writer)));
}

/** The text of a program and its judge, and the parameters that they reach. */
export function programOf(options: ProgramParts): {
  readonly text: ProgramText;
  readonly parameters: readonly Parameter[];
} {
  const parameters = new Set<Parameter>();
  const text = walkProgram(options, {}, parameters);
  return { text, parameters: [...parameters] };
}

/** `others` are further parts by their places. They come last: what the program reaches too is a part of the program. */
function walkProgram(
  { agent, guide, environment, redact = false }: ProgramParts,
  others: Readonly<Record<string, unknown>>,
  parameters?: Set<Parameter>,
): ProgramText {
  const closures = Closures.open();
  const walk = new ProgramWalk(closures, parameters);
  try {
    walk.add("guide", guide);
    walk.add("agent", agent);
    walk.add("redact option", redact);
    for (const [name, part] of Object.entries(environment?.parts ?? {})) walk.add(`environment.${name}`, part);
    for (const [place, part] of Object.entries(others)) walk.add(place, part);
    return walk.found();
  } finally {
    closures?.close();
  }
}

/** The maximum number of functions: no real program reaches it, but a wrong turn might. */
const maxFunctions = 500;
/** The maximum number of items of data that count as settings. */
const maxItems = 10_000;
const maxDepth = 6;

class ProgramWalk {
  readonly #closures: Closures | undefined;
  readonly #hashes = new Map<string, string>();
  readonly #seen = new Set<unknown>();
  /** Collects the parameters that are reached. */
  readonly #parameters: Set<Parameter> | undefined;
  #functions = 0;

  constructor(closures: Closures | undefined, parameters: Set<Parameter> | undefined) {
    this.#closures = closures;
    this.#parameters = parameters;
  }

  found(): ProgramText {
    return Object.fromEntries([...this.#hashes].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Adds a value that a program reaches, and everything that it reaches itself. */
  add(place: string, value: unknown): void {
    if (this.#parameters !== undefined) for (const one of parametersOf(value)) this.#parameters.add(one);
    if (value === undefined || types.isProxy(value) || value instanceof Node) return;
    if (typeof value === "function") this.#function(place, value);
    else if (isInstance(value)) this.#methodsOf(place, value);
    else if (!isModel(value)) this.#data(place, value);
  }

  #function(place: string, fn: Function): void {
    if (this.#seen.has(fn) || this.#functions >= maxFunctions) return;
    this.#seen.add(fn);
    this.#functions += 1;
    const origin = originOf(fn);
    if (origin !== undefined) {
      this.#function(place, origin.fn);
      this.add(`${place} > this`, origin.self);
      for (const [name, given] of Object.entries(origin.scope)) this.add(`${place} > ${name}`, given);
      return;
    }
    const maker = settingsOf(fn);
    if (maker !== undefined) {
      // With the names, so that a new setting is noticed too.
      this.#hashes.set(place, `${maker.name}(${Object.keys(maker.settings).sort().join(", ")})`);
      for (const [name, setting] of Object.entries(maker.settings)) this.add(`${place} > ${name}`, setting);
      return;
    }
    this.#own(place, fn);
  }

  /** A function of the user. */
  #own(place: string, fn: Function): void {
    const inside = this.#closures?.inside(fn);
    if (inside?.bound !== undefined) {
      this.#function(place, inside.bound.fn);
      this.add(`${place} > this`, inside.bound.self);
      return;
    }
    const shape = isForeign(inside?.url ?? "") ? undefined : shapeOf(fn);
    if (shape === undefined) return;
    this.#hashes.set(place, shape.hash);
    for (const { name, module } of shape.mentions) {
      const variable = inside?.variable(name, module);
      if (variable !== undefined) this.add(`${place} > ${name}`, variable.value);
    }
  }

  /** The methods of an instance. Its fields may change while the program runs. */
  #methodsOf(place: string, self: object): void {
    if (this.#seen.has(self) || isModel(self)) return;
    this.#seen.add(self);
    const names = new Set<string>(["constructor"]);
    for (let at: unknown = self; isObject(at) && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
      for (const [name, field] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
        const value: unknown = field.value;
        if (!names.has(name) && typeof value === "function") this.add(`${place}.${name}`, value);
        names.add(name);
      }
    }
  }

  /** Plain data, and the functions in them. */
  #data(place: string, value: unknown): void {
    if (typeof value === "object" && value !== null) {
      if (this.#seen.has(value)) return;
      this.#seen.add(value);
    }
    const functions: (readonly [string, unknown])[] = [];
    const data = plainOf(value, { place, functions, left: { items: maxItems } }, 0);
    if (data !== undefined) this.#hashes.set(place, hashOf(data).slice(0, 16));
    for (const [at, fn] of functions) this.add(at, fn);
  }
}

interface DataReading {
  readonly place: string;
  readonly functions: (readonly [string, unknown])[];
  readonly left: { items: number };
}

/** A value as JSON, with functions and instances only by their place; undefined for a value that is too large. */
function plainOf(value: unknown, reading: DataReading, depth: number): Json | undefined {
  reading.left.items -= 1;
  if (reading.left.items < 0 || depth > maxDepth) return undefined;
  if (typeof value !== "object" || value === null) {
    if (typeof value !== "function") return typeof value === "symbol" ? undefined : encode(value);
    reading.functions.push([reading.place, value]);
    return "function";
  }
  if (types.isProxy(value) || value instanceof Node || isModel(value)) return "object";
  if (isInstance(value)) {
    reading.functions.push([reading.place, value]);
    return "object";
  }
  if (!Array.isArray(value) && !isPlain(value)) return types.isRegExp(value) ? String(value) : "object";
  const fields: Readonly<Record<string, PropertyDescriptor>> = Object.getOwnPropertyDescriptors(value);
  const entries = Object.entries(fields).filter(([key]) => key !== "length");
  const items = entries.map(([key, field]) => {
    const item: unknown = field.value;
    const at = Array.isArray(value) ? `${reading.place}[${key}]` : `${reading.place}.${key}`;
    return [key, plainOf(item, { ...reading, place: at }, depth + 1)] as const;
  });
  return items.some(([, item]) => item === undefined) ? undefined : (items as unknown as Json);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** An instance of a class that a user has written; classes of the language and of Node hold data that change. */
function isInstance(value: unknown): value is object {
  if (!isRecord(value) || isPlain(value)) return false;
  const { constructor } = value as { readonly constructor?: unknown };
  return typeof constructor === "function" && /^class\b/.test(Function.prototype.toString.call(constructor));
}

/** A language model is external: its answers are in the journal. */
function isModel(value: unknown): boolean {
  return isObject(value) && "generate" in value && "name" in value && typeof value.generate === "function";
}

/** Whether a file belongs to Node, this library or a package: those have versions, and change for other reasons. */
function isForeign(url: string): boolean {
  if (url.startsWith("node:") || /[\\/]node_modules[\\/]/.test(url)) return true;
  const folder = home();
  const path = (url.startsWith("file:") ? fileURLToPath(url) : url).replaceAll("\\", "/");
  return folder !== undefined && (path.startsWith(`${folder}/src/`) || path.startsWith(`${folder}/dist/`));
}
