/** The whole program of a run, as far as it can be known: hashes of the functions and values that decide its scores. */

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
 * Hashes by place: `guide` is the text of the guide, `guide > weights` a function or a value that the guide uses, and
 * so on. Parameters are not among them, nor what changes while a program runs, models, and code in `node_modules`.
 */
export type ProgramText = Readonly<Record<string, string>>;

/** A program, what judges it, and what takes secrets out of what both say. */
export type Judged = Pick<TrainOptions, "agent" | "guide" | "environment" | "redact">;

/** The text of the program of a run, of its judge, and of what both reach. */
export function programTextOf(options: Judged): ProgramText {
  return walked(options, undefined);
}

/** The same, and the parameters that the program and its judge reach. */
export function programOf(options: Judged): { readonly text: ProgramText; readonly parameters: readonly Parameter[] } {
  const parameters = new Set<Parameter>();
  const text = walked(options, parameters);
  return { text, parameters: [...parameters] };
}

function walked({ agent, guide, environment, redact = false }: Judged, parameters?: Set<Parameter>): ProgramText {
  const closures = Closures.open();
  const walk = new Walk(closures, parameters);
  try {
    walk.visit("guide", guide);
    walk.visit("agent", agent);
    walk.visit("redact option", redact);
    for (const [name, part] of Object.entries(environment?.parts ?? {})) walk.visit(`environment.${name}`, part);
    return walk.found();
  } finally {
    closures?.close();
  }
}

/** More functions than this are not looked at: nobody's program is that large, but a wrong turn might be. */
const mostFunctions = 500;
/** Larger data are data, not settings. */
const mostItems = 10_000;
const deepest = 6;

class Walk {
  readonly #closures: Closures | undefined;
  readonly #hashes = new Map<string, string>();
  readonly #seen = new Set<unknown>();
  /** Takes the parameters that are reached. */
  readonly #parameters: Set<Parameter> | undefined;
  #functions = 0;

  constructor(closures: Closures | undefined, parameters: Set<Parameter> | undefined) {
    this.#closures = closures;
    this.#parameters = parameters;
  }

  found(): ProgramText {
    return Object.fromEntries([...this.#hashes].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Takes a value that a program reaches into account, and all that it reaches itself. */
  visit(place: string, value: unknown): void {
    if (this.#parameters !== undefined) for (const one of parametersOf(value)) this.#parameters.add(one);
    if (value === undefined || types.isProxy(value) || value instanceof Node) return;
    if (typeof value === "function") this.#function(place, value);
    else if (isInstance(value)) this.#methodsOf(place, value);
    else if (!isModel(value)) this.#data(place, value);
  }

  #function(place: string, fn: Function): void {
    if (this.#seen.has(fn) || this.#functions >= mostFunctions) return;
    this.#seen.add(fn);
    this.#functions += 1;
    const origin = originOf(fn);
    if (origin !== undefined) {
      this.#function(place, origin.fn);
      this.visit(`${place} > this`, origin.self);
      for (const [name, given] of Object.entries(origin.scope)) this.visit(`${place} > ${name}`, given);
      return;
    }
    const made = settingsOf(fn);
    if (made !== undefined) {
      // With the names, so that a setting which is new is seen as well.
      this.#hashes.set(place, `${made.name}(${Object.keys(made.settings).sort().join(", ")})`);
      for (const [name, setting] of Object.entries(made.settings)) this.visit(`${place} > ${name}`, setting);
      return;
    }
    this.#own(place, fn);
  }

  /** A function that nobody has made for the user. */
  #own(place: string, fn: Function): void {
    const inside = this.#closures?.inside(fn);
    if (inside?.bound !== undefined) {
      this.#function(place, inside.bound.fn);
      this.visit(`${place} > this`, inside.bound.self);
      return;
    }
    const shape = isForeign(inside?.url ?? "") ? undefined : shapeOf(fn);
    if (shape === undefined) return;
    this.#hashes.set(place, shape.hash);
    for (const { name, module } of shape.mentions) {
      const variable = inside?.variable(name, module);
      if (variable !== undefined) this.visit(`${place} > ${name}`, variable.value);
    }
  }

  /** The methods of an object of a class. Its fields may change as the program runs. */
  #methodsOf(place: string, self: object): void {
    if (this.#seen.has(self) || isModel(self)) return;
    this.#seen.add(self);
    const names = new Set<string>(["constructor"]);
    for (let at: unknown = self; isObject(at) && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
      for (const [name, field] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
        const value: unknown = field.value;
        if (!names.has(name) && typeof value === "function") this.visit(`${place}.${name}`, value);
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
    const data = plainOf(value, { place, functions, left: { items: mostItems } }, 0);
    if (data !== undefined) this.#hashes.set(place, hashOf(data).slice(0, 16));
    for (const [at, fn] of functions) this.visit(at, fn);
  }
}

interface Reading {
  readonly place: string;
  readonly functions: (readonly [string, unknown])[];
  readonly left: { items: number };
}

/** A value as JSON, functions and objects of classes by their place only; undefined for one that is too large. */
function plainOf(value: unknown, reading: Reading, depth: number): Json | undefined {
  reading.left.items -= 1;
  if (reading.left.items < 0 || depth > deepest) return undefined;
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

/** An object of a class that somebody has written; those of the language and of Node hold data that change. */
function isInstance(value: unknown): value is object {
  if (!isRecord(value) || isPlain(value)) return false;
  const { constructor } = value as { readonly constructor?: unknown };
  return typeof constructor === "function" && /^class\b/.test(Function.prototype.toString.call(constructor));
}

/** A language model is the world outside: its answers are in the journal. */
function isModel(value: unknown): boolean {
  return isObject(value) && "generate" in value && "name" in value && typeof value.generate === "function";
}

/** Whether a file is Node's, this library's, or of a package: those have versions, and change for other reasons. */
function isForeign(url: string): boolean {
  if (url.startsWith("node:") || /[\\/]node_modules[\\/]/.test(url)) return true;
  const folder = home();
  const path = (url.startsWith("file:") ? fileURLToPath(url) : url).replaceAll("\\", "/");
  return folder !== undefined && (path.startsWith(`${folder}/src/`) || path.startsWith(`${folder}/dist/`));
}
