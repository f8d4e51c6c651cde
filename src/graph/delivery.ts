/** Credits that wait at parameters for an optimizer to collect them. */

import type { Parameter } from "../nodes/parameter.ts";
import { append, getOrSet } from "../util/collections.ts";
import type { Credit } from "./credit.ts";

const waiting = new WeakMap<Parameter, Set<Credit>>();

/** Leaves a credit with the parameters that it has signals for. Credits pile up there until they are collected. */
export function deliver(credit: Credit): void {
  for (const parameter of credit.signals.keys()) getOrSet(waiting, parameter, () => new Set<Credit>()).add(credit);
}

/** The credits that wait at `parameter`, left where they are. */
export function waitingCredits(parameter: Parameter): readonly Credit[] {
  return [...(waiting.get(parameter) ?? [])];
}

/** A credit that was collected, and the parameters that it waited at. */
export interface CollectedCredit {
  readonly credit: Credit;
  readonly parameters: readonly Parameter[];
}

/** Takes the credits that wait at these parameters. They still wait at others that they have signals for. */
export function collectCredits(parameters: Iterable<Parameter>): readonly CollectedCredit[] {
  const taken = new Map<Credit, Parameter[]>();
  for (const parameter of parameters) {
    for (const credit of waitingCredits(parameter)) append(taken, credit, parameter);
    waiting.delete(parameter);
  }
  return [...taken].map(([credit, at]) => ({ credit, parameters: at }));
}

/** Takes one credit away from those of these parameters that it waits at; it still waits at others. */
export function withdrawCredit(credit: Credit, parameters: Iterable<Parameter>): readonly CollectedCredit[] {
  const taken = [...parameters].filter((parameter) => waiting.get(parameter)?.delete(credit) === true);
  return taken.length === 0 ? [] : [{ credit, parameters: taken }];
}

/** Puts collected credits back, before those that came since: for an update that could not be made. */
export function putBack(collected: readonly CollectedCredit[]): void {
  const byParameter = new Map<Parameter, Credit[]>();
  for (const { credit, parameters } of collected) {
    for (const parameter of parameters) append(byParameter, parameter, credit);
  }
  for (const [parameter, credits] of byParameter) {
    waiting.set(parameter, new Set([...credits, ...waitingCredits(parameter)]));
  }
}
