/**
 * Chooses what to try next: candidates to draw from, in the order in which they are wanted, and the first that can be
 * had.
 */

import type { ParameterUpdate } from "../../nodes/commit.ts";
import type { Rng } from "../../util/rng.ts";
import type { Point, Space } from "../space/space.ts";
import { type Fitted, fit, type Refusal } from "../suggestion.ts";
import { type LocalSearchState, type LocalSearchTrial, refusedToo, trialOf } from "./memory.ts";
import { keyOf, type Ran, type Values, valuesAfter } from "./target.ts";

/** Where a candidate comes from: a step from the base, a jump from it, or the start of a new climb. */
export type Origin = "neighbour" | "jump" | "restart";

/** What is tried next. */
export interface Move {
  readonly updates: readonly ParameterUpdate[];
  /** Undefined when nothing untried was found. */
  readonly origin: Origin | undefined;
  /** Whether every candidate of the space has been tried. */
  readonly isWhole: boolean;
  readonly refused: readonly Refusal[];
  readonly state: LocalSearchState;
}

/** What a move is chosen by. */
export interface Situation {
  /** The space of the parameters that may be changed now. */
  readonly space: Space;
  readonly ran: Ran;
  readonly state: LocalSearchState;
  readonly rng: Rng;
}

/** Draws by chance of each kind before all candidates are gone through in order. */
const draws = 50;
/** How many candidates are gone through in order. */
const mostListed = 20_000;
/** After so many refused values a step ends: it is the space that needs mending. */
const mostRefused = 20;

interface Draft {
  readonly point: Point;
  readonly origin: Origin;
}

/** The first untried candidate whose values the parameters take; `from` says what to draw first. */
export async function nextMove(situation: Situation, from: Origin): Promise<Move> {
  const { space, ran } = situation;
  let { state } = situation;
  const refused: Refusal[] = [];
  const tried = new Set(state.tried.map(({ key }) => key));
  const drafts = draftsFrom(situation, from);
  for (let next = drafts.next(); ; next = drafts.next()) {
    const isWhole = next.done === true && next.value;
    if (next.done === true) return { updates: [], origin: undefined, isWhole, refused, state };
    const { point, origin } = next.value;
    const key = keyOf(valuesAfter(space, point, ran));
    if (tried.has(key)) continue;
    tried.add(key);
    const whole = { ...trialOf(state, keyOf(ran.values))?.point, ...point };
    const fitted = await fitValues(space.valuesOf(point), ran);
    if (fitted.refused.length === 0) {
      return {
        updates: fitted.updates,
        origin,
        isWhole,
        refused: [],
        state: { ...state, proposed: { key, point: whole } },
      };
    }
    state = refusedToo(state, key, whole);
    refused.push(...fitted.refused);
    if (refused.length >= mostRefused) return { updates: [], origin, isWhole, refused, state };
  }
}

/** Neighbours, then any candidates, then all in order. Its end tells whether that was the whole space. */
function* draftsFrom({ space, state, rng }: Situation, from: Origin): Generator<Draft, boolean> {
  const base = trialOf(state, state.base);
  const canStep = base !== undefined && isInside(space, base);
  if (from === "neighbour" && canStep) {
    const start = Object.fromEntries(space.names.map((name) => [name, base.point[name] as Point[string]]));
    for (let attempt = 0; attempt < draws; attempt++) yield { point: space.neighbour(start, rng), origin: "neighbour" };
  }
  // When all neighbours were tried, the top of this climb is reached.
  const origin = from === "jump" || !canStep ? "jump" : "restart";
  for (let attempt = 0; attempt < draws; attempt++) yield { point: space.random(rng), origin };
  let listed = 0;
  for (const point of space.all()) {
    if (listed === mostListed) return false;
    listed += 1;
    yield { point, origin };
  }
  return true;
}

function isInside({ names }: Space, { point }: LocalSearchTrial): boolean {
  return names.every((name) => name in point);
}

/** The updates that make the given values live, or why there are none. */
export function fitValues(values: Values, { variables }: Ran): Promise<Fitted> {
  const wanted = variables.map(({ name }) => [name, values[name]] as const);
  return fit({ values: new Map(wanted), reasoning: "" }, { variables, shown: [], docs: [], feedback: {} });
}
