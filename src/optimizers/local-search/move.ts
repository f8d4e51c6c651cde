/** Chooses the next candidate: the first untried one of a sequence whose values the parameters accept. */

import type { ParameterUpdate } from "../../nodes/commit.ts";
import type { Rng } from "../../util/rng.ts";
import { bareProblem } from "../problem.ts";
import type { Point, Space } from "../space/space.ts";
import { type Fitted, fit, type Refusal } from "../suggestion.ts";
import { type LocalSearchState, type LocalSearchTrial, recordRefusal, trialOf } from "./memory.ts";
import { keyOf, type LocalRun, type LocalValues, valuesAfter } from "./target.ts";

/** Where a candidate comes from: a step from the base, a jump from it, or the start of a new climb. */
export type MoveOrigin = "neighbour" | "jump" | "restart";

/** The next candidate to try. */
export interface LocalMove {
  readonly updates: readonly ParameterUpdate[];
  /** Undefined when nothing untried was found. */
  readonly origin: MoveOrigin | undefined;
  /** Whether every candidate of the space has been tried. */
  readonly isWhole: boolean;
  readonly refused: readonly Refusal[];
  readonly state: LocalSearchState;
}

/** What decides a move. */
export interface MoveContext {
  /** The space of the parameters that may be changed now. */
  readonly space: Space;
  readonly run: LocalRun;
  readonly state: LocalSearchState;
  readonly rng: Rng;
}

/** How many random candidates of each kind come before all candidates in order. */
const maxSamples = 50;
/** How many candidates come in order. */
const maxListed = 20_000;
/** How many refusals end a step: then the space needs a change. */
const maxRefused = 20;

interface MoveDraft {
  readonly point: Point;
  readonly origin: MoveOrigin;
}

/** The first untried candidate whose values the parameters accept; `from` says where to begin. */
export async function nextMove(context: MoveContext, from: MoveOrigin): Promise<LocalMove> {
  const { space, run } = context;
  let { state } = context;
  const refused: Refusal[] = [];
  const known = new Set(state.trials.map(({ key }) => key));
  const drafts = draftsFrom(context, from);
  for (let next = drafts.next(); ; next = drafts.next()) {
    const isWhole = next.done === true && next.value;
    if (next.done === true) return { updates: [], origin: undefined, isWhole, refused, state };
    const { point, origin } = next.value;
    const key = keyOf(valuesAfter(space, point, run));
    if (known.has(key)) continue;
    known.add(key);
    const whole = { ...trialOf(state, keyOf(run.values))?.point, ...point };
    const fitted = await fitLocalValues(space.valuesOf(point), run);
    if (fitted.refused.length === 0) {
      return {
        updates: fitted.updates,
        origin,
        isWhole,
        refused: [],
        state: { ...state, proposed: { key, point: whole } },
      };
    }
    state = recordRefusal(state, key, whole);
    refused.push(...fitted.refused);
    if (refused.length >= maxRefused) return { updates: [], origin, isWhole, refused, state };
  }
}

/** Neighbours, then random candidates, then all in order. It returns whether that was the whole space. */
function* draftsFrom({ space, state, rng }: MoveContext, from: MoveOrigin): Generator<MoveDraft, boolean> {
  const base = trialOf(state, state.base);
  const canStep = base !== undefined && isInside(space, base);
  if (from === "neighbour" && canStep) {
    const start = Object.fromEntries(space.names.map((name) => [name, base.point[name] as Point[string]]));
    for (let count = 0; count < maxSamples; count++) yield { point: space.neighbour(start, rng), origin: "neighbour" };
  }
  // When all neighbours have been tried, this climb is at its top.
  const origin = from === "jump" || !canStep ? "jump" : "restart";
  for (let count = 0; count < maxSamples; count++) yield { point: space.random(rng), origin };
  let listed = 0;
  for (const point of space.all()) {
    if (listed === maxListed) return false;
    listed += 1;
    yield { point, origin };
  }
  return true;
}

function isInside({ names }: Space, { point }: LocalSearchTrial): boolean {
  return names.every((name) => name in point);
}

/** The updates that make some values live, or the reasons why there are none. */
export function fitLocalValues(values: LocalValues, { variables }: LocalRun): Promise<Fitted> {
  const entries = variables.map(({ name }) => [name, values[name]] as const);
  return fit({ values: new Map(entries), reasoning: "" }, bareProblem(variables, {}));
}
