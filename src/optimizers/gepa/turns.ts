/** Round robin over the parameters: which one is next in each candidate, and how a new candidate inherits that. */

/** The index of the parameter that comes next, by candidate. A candidate that is not listed begins at the first. */
type Turns = Readonly<Record<string, number>>;

/** Gives each task the parameter that is next in its candidate, in order; and the turns afterwards. */
export function takeTurns<T extends { readonly parent: string }>(
  tasks: readonly T[],
  turns: Turns,
  names: readonly string[],
): readonly [tasks: readonly (T & { readonly focus: readonly string[] })[], after: Turns] {
  const after: Record<string, number> = { ...turns };
  const focused = tasks.map((task) => {
    const turn = (after[task.parent] ?? 0) % names.length;
    after[task.parent] = (turn + 1) % names.length;
    return { ...task, focus: [names[turn] as string] };
  });
  return [focused, after];
}

/**
 * The turns with those of new candidates. Each continues where its parent is, so that the parameter that was just
 * rewritten comes again only after the others. Of two parents the later turn counts, as in the reference
 * implementation.
 */
export function inheritTurns(
  turns: Turns,
  candidates: readonly { readonly id: string; readonly parents: readonly string[] }[],
): Turns {
  const own = candidates.map(
    ({ id, parents }) => [id, Math.max(...parents.map((parent) => turns[parent] ?? 0))] as const,
  );
  return { ...turns, ...Object.fromEntries(own) };
}
