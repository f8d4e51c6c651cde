/** Episodes that run side by side, as one stream of experiences: their first steps, their second steps, and so on. */

import type { Experience } from "./template.ts";

/**
 * Steps that were made at the same time, in the order in which a template takes them: first those that end their
 * episode, so that the windows of the others come last, and then the pause.
 */
export function sideBySide(steps: readonly Experience[]): readonly Experience[] {
  const ordered = [...steps.filter(({ end }) => end === true), ...steps.filter(({ end }) => end !== true)];
  return ordered.map((step, index) => (index === ordered.length - 1 ? { ...step, pause: true } : step));
}

/** Whole episodes side by side: what each has at the same time, as {@link sideBySide} gives it. */
export function inLockstep(episodes: readonly (readonly Experience[])[]): readonly Experience[] {
  const longest = episodes.reduce((most, { length }) => Math.max(most, length), 0);
  return Array.from({ length: longest }, (_, tick) =>
    sideBySide(
      episodes.flatMap((steps, index) => {
        const step = steps[tick];
        return step === undefined ? [] : [{ ...step, episode: String(index) }];
      }),
    ),
  ).flat();
}
