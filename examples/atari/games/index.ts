/** The games of the study, by name. */

import { TracegradError } from "tracegrad";
import type { Game } from "../game.ts";
import { asterix } from "./asterix.ts";
import { breakout } from "./breakout.ts";
import { enduro } from "./enduro.ts";
import { freeway } from "./freeway.ts";
import { pong } from "./pong.ts";
import { qbert } from "./qbert.ts";
import { seaquest } from "./seaquest.ts";
import { spaceInvaders } from "./space-invaders.ts";

/** All games. What an agent sees differs from game to game, and nothing here looks at it. */
export const games = [
  ...[pong, breakout, spaceInvaders, freeway],
  ...[asterix, enduro, qbert, seaquest],
] as unknown as readonly Game[];

/** @throws TracegradError `bad-option` when there is no game of that name. */
export function gameOf(id: string): Game {
  const game = games.find((each) => each.id === id);
  if (game) return game;
  const names = games.map((each) => each.id).join(", ");
  throw new TracegradError("bad-option", `--game is one of ${names}; got "${id}".`);
}
