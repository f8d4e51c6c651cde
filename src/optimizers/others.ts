/**
 * Trainable parameters that take part in outputs without belonging to the optimizer: nobody should believe that they
 * are trained.
 */

import { bundleInfo } from "../nodes/bundle.ts";
import { Parameter } from "../nodes/parameter.ts";

/** Parameters that some optimizer of this process trains. */
const trained = new WeakSet<Parameter>();
/** Parameters that a warning has named. */
const named = new WeakSet<Parameter>();

/** The parameters of others that feedback reaches. */
export class Others {
  readonly #own: ReadonlySet<Parameter>;
  readonly #met = new Set<Parameter>();
  /** Whether the parameters were looked for in an object, so that the user counts on all of them being found. */
  readonly #searched: boolean;

  /** @param target What the optimizer was given. */
  constructor(target: unknown, own: readonly Parameter[]) {
    this.#own = new Set(own);
    this.#searched = ![target].flat().every(isChosen);
    for (const parameter of own) trained.add(parameter);
  }

  /** All that were met so far. */
  get met(): readonly Parameter[] {
    return [...this.#met];
  }

  /** Those among `reached` that are not the optimizer's own. Warns, once each, of those that no optimizer trains. */
  among(reached: Iterable<Parameter>): readonly Parameter[] {
    const others = [...new Set(reached)].filter((parameter) => parameter.trainable && !this.#own.has(parameter));
    for (const parameter of others) this.#met.add(parameter);
    if (this.#searched) warnOf(others.filter((parameter) => !trained.has(parameter) && !named.has(parameter)));
    return others;
  }
}

/** A parameter, or a traced function, which is given for its own code. */
function isChosen(target: unknown): boolean {
  return target instanceof Parameter || bundleInfo(target) !== undefined;
}

function warnOf(parameters: readonly Parameter[]): void {
  if (parameters.length === 0) return;
  for (const parameter of parameters) named.add(parameter);
  const names = parameters.map((parameter) => `"${parameter.name}"`).join(", ");
  process.emitWarning(
    `Feedback reached ${names}, but no optimizer trains ${parameters.length === 1 ? "it" : "them"}: not found in the optimizer's ` +
      "target, as when a private field or a closure holds a parameter. Hold it in a public field, give it to the optimizer " +
      "beside the target ([agent, parameter]), or make it with `trainable: false`.",
    "TracegradWarning",
  );
}
