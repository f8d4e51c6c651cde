/**
 * Options as data: one table says of each option what it defaults to, what it may be, and how a run records it.
 *
 * Options are what a user gives, settings are the options with the defaults filled in. Since the known names, the
 * defaults, the checks, the type of the settings and the record of a run all come from one table, they cannot drift
 * apart.
 *
 * @example
 * const table = {
 *   minibatchSize: [3, count()],
 *   parent: ["pareto", oneOf("pareto", "best")],
 *   // No default: null until it is given.
 *   trials: [null, optional(count())],
 *   // A group of options: `gepa({ parallel: { parents: 2 } })`.
 *   parallel: [{}, group({ parents: [1, count()], proposals: [1, count()] })],
 *   // A third entry turns a setting that JSON cannot hold into one that it can.
 *   gate: [strict(), must("be a gate", isGate), ({ name, settings }: Gate) => ({ name, settings })],
 * } satisfies OptionTable<GepaOptions>;
 *
 * export type GepaSettings = SettingsOf<typeof table>;
 *
 * export function gepa(options: GepaOptions = {}): Search {
 *   const settings = resolveOptions("gepa", options, table);
 *   return { name: "GEPA", settings: recordSettings(settings, table), … };
 * }
 */

import type { Json } from "./decode.ts";
import { TracegradError } from "./errors.ts";
import { requireKnownNames } from "./known-names.ts";
import { preview } from "./preview.ts";
import { requireWholeNumber } from "./require.ts";

/**
 * Checks the value of an option, or its default, and gives the setting: the value itself, or what it stands for.
 * @param name The option as the user wrote it, such as `parallel.parents`.
 * @param owner What has the option, such as `gepa`.
 * @throws TracegradError `bad-option` that names the option and what it may be.
 */
export type OptionCheck<S> = (name: string, value: unknown, owner: string) => S;

/** Turns a setting into JSON for the record of a run. What it turns into undefined is left out. */
type SettingRecord = (setting: never) => Json | undefined;

type OptionRow<V, S> = readonly [fallback: V | null, check: OptionCheck<S>, record?: SettingRecord];

/**
 * A row for each option of `O`: its default, its check and, unless the setting is JSON, its record. The compiler
 * misses no option. The default goes through the check too. A table that other files use is declared with its settings
 * `S`.
 */
export type OptionTable<O, S extends { readonly [K in keyof O]-?: unknown } = Required<Record<keyof O, unknown>>> = {
  readonly [K in keyof O]-?: OptionRow<Exclude<O[K], undefined>, S[K]>;
};

/** Settings that are like the options `O`; those named by `N` have no default and are null unless given. */
export type SettingsLike<O, N extends keyof O = never> = {
  readonly [K in keyof O]-?: Exclude<O[K], undefined> | (K extends N ? null : never);
};

type AnyTable = { readonly [name: string]: OptionRow<unknown, unknown> };

/** What {@link resolveOptions} makes of the options of a table. */
export type SettingsOf<T> = {
  readonly [K in keyof T]: T[K] extends readonly [unknown, OptionCheck<infer S>, ...unknown[]] ? S : never;
};

/** What {@link recordSettings} makes of the settings of a table. */
export type SettingsRecord<T> = {
  readonly [K in keyof T]: T[K] extends readonly [unknown, unknown]
    ? Exclude<SettingsOf<T>[K], undefined>
    : T[K] extends readonly [unknown, unknown, (setting: never) => infer R]
      ? Exclude<R, undefined>
      : Json;
};

/**
 * Checks `options` and fills in the defaults. An option that is undefined counts as not given.
 * @param owner What has the options, such as `gepa`: it begins the error for an unknown name.
 * @throws TracegradError `bad-option` that names the first unknown name, else the first invalid value.
 */
export function resolveOptions<T extends AnyTable>(owner: string, options: object, table: T): SettingsOf<T> {
  return resolve(owner, "", options, table);
}

function resolve<T extends AnyTable>(owner: string, prefix: string, options: object, table: T): SettingsOf<T> {
  requireKnownNames(owner, options, Object.keys(table));
  const settings = Object.entries(table).map(([name, [fallback, check]]) => {
    const value: unknown = (options as Readonly<Record<string, unknown>>)[name];
    return [name, check(prefix + name, value === undefined ? fallback : value, owner)] as const;
  });
  return Object.fromEntries(settings) as SettingsOf<T>;
}

/** The settings as JSON, for the record of a run: all that decide what it does, the defaults too. */
export function recordSettings<T extends AnyTable>(settings: SettingsOf<T>, table: T): SettingsRecord<T> {
  const entries = Object.entries(table).flatMap(([name, [, , record]]) => {
    const setting = settings[name] as never;
    const recorded = record === undefined ? setting : record(setting);
    return recorded === undefined ? [] : [[name, recorded] as const];
  });
  return Object.fromEntries(entries) as SettingsRecord<T>;
}

/**
 * Requires what `test` accepts.
 * @param must What the value must do, such as `be a list of texts`: the error says "`name` must be a list of texts".
 */
export function must<S>(must: string, test: (value: unknown) => boolean): OptionCheck<S> {
  return (name, value) => {
    if (test(value)) return value as S;
    throw new TracegradError("bad-option", `\`${name}\` must ${must}; got ${preview(value)}.`);
  };
}

/** A whole number from `min` (default: 1) to `max` (default: no limit). */
export function count(min: 0 | 1 = 1, max: number = Infinity): OptionCheck<number> {
  const atMost = must<number>(`be at most ${max}`, (value) => (value as number) <= max);
  return (name, value, owner) => {
    requireWholeNumber(name, value as number, { zero: min === 0 });
    return atMost(name, value, owner);
  };
}

/** A finite number, `min` or more. Default of `min`: any finite number. */
export function number(min?: number): OptionCheck<number> {
  const what = min === undefined ? "be a finite number" : `be a finite number, ${min} or more`;
  return must(what, (value) => Number.isFinite(value) && (value as number) >= (min ?? -Infinity));
}

/** A number from 0 to 1. */
export const probability: OptionCheck<number> = must(
  "be a number from 0 to 1",
  (value) => typeof value === "number" && value >= 0 && value <= 1,
);

/** True or false. */
export const flag: OptionCheck<boolean> = must("be true or false", (value) => typeof value === "boolean");

/** Any text. */
export const text: OptionCheck<string> = must("be a string", (value) => typeof value === "string");

/** A list of texts; it may be empty. */
export const texts: OptionCheck<readonly string[]> = must(
  "be a list of strings",
  (value) => Array.isArray(value) && value.every((one) => typeof one === "string"),
);

/** One of some names. */
export function oneOf<const S extends string>(...names: readonly S[]): OptionCheck<S> {
  const quoted = names.map((name) => `"${name}"`);
  const what = `be ${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
  return must(what, (value) => names.some((name) => name === value));
}

/** What `check` accepts, or null: an option without a default. */
export function optional<S>(check: OptionCheck<S>): OptionCheck<S | null> {
  return (name, value, owner) => (value === null ? null : check(name, value, owner));
}

/** As the record of a setting: leaves out what was not given. */
export function unlessNull<S extends Json>(setting: S | null): S | undefined {
  return setting ?? undefined;
}

/** As the record of a setting: leaves out what changes no result, such as how many calls run at once. */
export function unrecorded(): undefined {
  return undefined;
}

/** A record of options with a table of its own; its default is `{}`, and each of its options has its own default. */
export function group<T extends AnyTable>(table: T): OptionCheck<SettingsOf<T>> {
  const record = must<object>("be a record of options", (value) => typeof value === "object" && value !== null);
  return (name, value, owner) => resolve(`\`${name}\` of ${owner}`, `${name}.`, record(name, value, owner), table);
}
