/** Signals that wait at the parameters for an optimizer to collect them. */

import type { Parameter } from "../nodes/parameter.ts";
import type { Credit, Signal } from "./credit.ts";

const waiting = new WeakMap<Parameter, Signal[]>();
const origins = new WeakMap<Signal, Credit>();

/** Leaves the signals of a credit with their parameters. Signals of several graphs pile up until they are collected. */
export function deliver(credit: Credit): void {
  for (const [parameter, signal] of credit.signals) {
    origins.set(signal, credit);
    const signals = waiting.get(parameter);
    if (signals === undefined) waiting.set(parameter, [signal]);
    else signals.push(signal);
  }
}

/** The credit that a delivered signal is part of: which signals speak of the same run and feedback. */
export function originOf(signal: Signal): Credit | undefined {
  return origins.get(signal);
}

/** The credits that delivered signals are parts of, each once. */
export function originsOf(collected: ReadonlyMap<Parameter, readonly Signal[]>): readonly Credit[] {
  const all = [...collected.values()].flat().map(originOf);
  return [...new Set(all)].filter((origin) => origin !== undefined);
}

/** Takes the waiting signals of these parameters, by parameter; those without any are left out. */
export function collectSignals(parameters: Iterable<Parameter>): ReadonlyMap<Parameter, readonly Signal[]> {
  const collected = new Map<Parameter, readonly Signal[]>();
  for (const parameter of parameters) {
    const signals = waiting.get(parameter);
    if (signals !== undefined) collected.set(parameter, signals);
    waiting.delete(parameter);
  }
  return collected;
}

/** The signals that wait at `parameter`, left where they are. */
export function signalsOf(parameter: Parameter): readonly Signal[] {
  return waiting.get(parameter) ?? [];
}

/** Puts collected signals back, before those that came since: for an update that could not be made. */
export function putBack(collected: ReadonlyMap<Parameter, readonly Signal[]>): void {
  for (const [parameter, signals] of collected) waiting.set(parameter, [...signals, ...signalsOf(parameter)]);
}
