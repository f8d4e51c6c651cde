/** Constants of programs that send learned values in their place: what each would be in the code now. */

import type { Parameter } from "./parameter.ts";
import type { TextPiece } from "./placeholders.ts";

/** What a constant would be: a value, a text whose placeholders the program fills in, or why it would be none. */
export type ProgramConstant =
  | { readonly value: unknown }
  | { readonly pieces: readonly TextPiece[] }
  | { readonly problem: string };

const constants = new WeakMap<Parameter, () => ProgramConstant>();

/** Remembers that a program has the first value of `parameter` as a constant, and what that would be now. */
export function rememberConstant(parameter: Parameter, constant: () => ProgramConstant): void {
  constants.set(parameter, constant);
}

/** What the constant of a program would be now; undefined for a parameter that the program reads itself. */
export function programConstantOf(parameter: Parameter): ProgramConstant | undefined {
  return constants.get(parameter)?.();
}
