/** Round robin over the parameters: whose turn it is in each candidate, and how a new candidate takes that over. */

/** The index of the parameter that comes next, by candidate. A candidate that is not in it begins at the first one. */
type Turns = Readonly<Record<string, number>>;

/** Gives each task the parameter whose turn it is in its candidate, in their order, and the turns after that. */
export function takeTurns<T extends { readonly parent: string }>(
  tasks: readonly T[],
  turns: Turns,
  names: readonly string[],
): readonly [tasks: readonly (T & { readonly focus: readonly string[] })[], after: Turns] {
  const after: Record<string, number> = { ...turns };
  const taken = tasks.map((task) => {
    const turn = (after[task.parent] ?? 0) % names.length;
    after[task.parent] = (turn + 1) % names.length;
    return { ...task, focus: [names[turn] as string] };
  });
  return [taken, after];
}

/**
 * The turns with those of new candidates: each goes on where its parent is, so that the parameter that was just
 * rewritten is not asked for again before the others. Of two parents the later turn counts, as in the reference
 * implementation.
 */
export function inherited(
  turns: Turns,
  candidates: readonly { readonly id: string; readonly parents: readonly string[] }[],
): Turns {
  const own = candidates.map(
    ({ id, parents }) => [id, Math.max(...parents.map((parent) => turns[parent] ?? 0))] as const,
  );
  return { ...turns, ...Object.fromEntries(own) };
}
