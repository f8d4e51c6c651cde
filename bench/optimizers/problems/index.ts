/** All families of the benchmark, in the order of its tables. */

import type { Family } from "../problem.ts";
import { bandit } from "./bandit.ts";
import { battleship } from "./battleship.ts";
import { blackbox } from "./blackbox.ts";
import { booleans } from "./booleans.ts";
import { dyck } from "./dyck.ts";
import { gridworld } from "./gridworld.ts";
import { hiff } from "./hiff.ts";
import { intents } from "./intents.ts";
import { jump } from "./jump.ts";
import { landscape } from "./landscape.ts";
import { leadingones } from "./leadingones.ts";
import { nk } from "./nk.ts";
import { onemax } from "./onemax.ts";
import { packing } from "./packing.ts";
import { playbook } from "./playbook.ts";
import { programs } from "./programs.ts";
import { regression } from "./regression.ts";
import { rulebook } from "./rulebook.ts";
import { tsp } from "./tsp.ts";
import { wordle } from "./wordle.ts";

export const families: readonly Family[] = [
  landscape,
  regression,
  programs,
  tsp,
  wordle,
  gridworld,
  packing,
  battleship,
  dyck,
  booleans,
  rulebook,
  playbook,
  intents,
  blackbox,
  onemax,
  leadingones,
  hiff,
  jump,
  nk,
  bandit,
];
