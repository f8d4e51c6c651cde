/** The one place that changes live parameter values: all updates of a step or none, and never over a newer value. */

import { TracegradError } from "../util/errors.ts";
import { entryAt, type Parameter } from "./parameter.ts";
import { ParameterState } from "./state.ts";

/** A new value for a parameter, and the version of the value that it was reasoned about. */
export interface ParameterUpdate {
  readonly parameter: Parameter;
  readonly value: unknown;
  /** The version the update was made for. A newer live one refuses it. Left out: no such check. */
  readonly seen?: number;
  /** The value of that version, where it is known: versions of candidate states and live ones are counted apart. */
  readonly was?: unknown;
}

/** An update was made for a value that has been replaced since: applied now, it would undo someone's step. */
export class StaleUpdateError extends TracegradError {
  override readonly name: string = "StaleUpdateError";

  constructor(parameter: Parameter, seen: number, live: number) {
    super(
      "stale-update",
      `The update of "${parameter.name}" was made for version ${seen} of its value, but version ${live} is live. ` +
        "Run the program again and step on a fresh graph.",
    );
  }
}

let clock = 0;

/**
 * The number of commits so far: a run that keeps it reads the values that are live now, whatever is committed
 * meanwhile.
 */
export function commitClock(): number {
  return clock;
}

/**
 * Makes new values live, all or none, and gives the new state. It follows `state` (default: the live values of the
 * updated parameters), so that history and undo continue from there.
 * @throws StaleUpdateError when a value was replaced since the update was made.
 * @throws TracegradError `bad-value` when a value does not fit, `frozen-parameter` when it is not trainable.
 */
export function commit(updates: readonly ParameterUpdate[], state?: ParameterState): ParameterState {
  for (const update of updates) {
    const { parameter, seen } = update;
    const live = parameter.entry.version;
    if (!parameter.trainable) {
      throw new TracegradError("frozen-parameter", `Parameter "${parameter.name}" is not trainable.`);
    }
    const replaced = "was" in update && !Object.is(update.was, parameter.entry.value);
    if (seen !== undefined && (seen !== live || replaced)) throw new StaleUpdateError(parameter, seen, live);
  }
  const base = state ?? ParameterState.of(updates.map(({ parameter }) => parameter));
  const next = base.set(updates.map(({ parameter, value }) => [parameter, value]));
  clock += 1;
  for (const { parameter } of updates) write(parameter, next.get(parameter));
  return next;
}

/** Makes all values of `state` live, as after an undo or when a checkpoint is loaded. */
export function restore(state: ParameterState): void {
  clock += 1;
  for (const parameter of state.parameters) write(parameter, state.get(parameter));
}

function write(parameter: Parameter, value: unknown): void {
  const previous = entryAt(parameter, Infinity);
  if (Object.is(previous.value, value)) return;
  parameter.entry = { value, version: previous.version + 1, clock, previous };
}
