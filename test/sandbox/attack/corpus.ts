/** The corpus: all attacks. */
import { type Attack, attacksOf } from "./attack.ts";
import { border } from "./corpus/border.ts";
import { endless } from "./corpus/endless.ts";
import { long } from "./corpus/long.ts";
import { reach } from "./corpus/reach.ts";
import { room } from "./corpus/room.ts";
import { left } from "./corpus/state.ts";
import { tamper } from "./corpus/tamper.ts";
import { text } from "./corpus/text.ts";

/** All attacks, each once. */
export const corpus: readonly Attack[] = attacksOf([
  ...reach,
  ...tamper,
  ...endless,
  ...long,
  ...room,
  ...border,
  ...text,
  ...left,
]);
