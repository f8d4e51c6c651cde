/** Trainable parameters that affect outputs but are not the optimizer's: warns that they are not trained. */

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
  /** Whether the parameters were searched for in an object, so that the user expects all of them to be found. */
  readonly #searched: boolean;

  /** @param target The target of the optimizer. */
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
    if (this.#searched) warnAbout(others.filter((parameter) => !trained.has(parameter) && !named.has(parameter)));
    return others;
  }
}

/** A parameter, or a traced function, which stands for its own code. */
function isChosen(target: unknown): boolean {
  return target instanceof Parameter || bundleInfo(target) !== undefined;
}

function warnAbout(parameters: readonly Parameter[]): void {
  if (parameters.length === 0) return;
  for (const parameter of parameters) named.add(parameter);
  const names = parameters.map((parameter) => `"${parameter.name}"`).join(", ");
  process.emitWarning(
    `Feedback reached ${names}, but no optimizer trains ${parameters.length === 1 ? "it" : "them"}: not found in the ` +
      "optimizer's target, for instance because a private field or a closure holds the parameter. Hold it in a " +
      "public " +
      "field, pass it to the optimizer beside the target ([agent, parameter]), or make it with `trainable: false`.",
    "TracegradWarning",
  );
}
