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
