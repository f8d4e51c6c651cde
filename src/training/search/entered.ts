/** Enters programs that a search made by itself, after the same checks as proposals. */

import { type Parameter, problemWith } from "../../nodes/parameter.ts";
import type { Added, AddRequest } from "../../optimizers/search/search.ts";
import type { Refusal } from "../../optimizers/suggestion.ts";
import { TracegradError } from "../../util/errors.ts";
import { tellCandidate } from "./proposals.ts";
import type { RoundParts } from "./world.ts";

/** The requests of one batch, and where in the run it is. */
interface Batch {
  readonly place: string;
  readonly requests: readonly AddRequest[];
}

/** Enters the programs of a batch in order. */
export async function entered(
  parts: RoundParts,
  parameters: ReadonlyMap<string, Parameter>,
  { place, requests }: Batch,
): Promise<readonly Added[]> {
  const added: Added[] = [];
  for (const [index, request] of requests.entries()) {
    const refused = await refusals(parameters, request.values);
    const key = `${place}/added ${index + 1}`;
    added.push(
      await (refused.length > 0
        ? turnDown(parts, refused, { key, request })
        : enter(parts, parameters, { key, request })),
    );
  }
  return added;
}

async function refusals(
  parameters: ReadonlyMap<string, Parameter>,
  values: Readonly<Record<string, unknown>>,
): Promise<readonly Refusal[]> {
  const refused: Refusal[] = [];
  for (const [name, value] of Object.entries(values)) {
    const parameter = parameters.get(name);
    const reason =
      parameter === undefined
        ? `There is no parameter "${name}". The parameters are: ${[...parameters.keys()].join(", ")}.`
        : await problemWith(parameter, value);
    if (reason !== undefined) refused.push({ name, reason });
  }
  return refused;
}

/** A request, and the name of its event. */
interface Named {
  readonly key: string;
  readonly request: AddRequest;
}

/** Tells of values that do not fit, so that nothing vanishes. */
async function turnDown(
  { desk, round: step }: RoundParts,
  refused: readonly Refusal[],
  { key, request }: Named,
): Promise<Added> {
  const { parents, origin, reasoning = "", exchanges = [] } = request;
  const nothing = { changes: [], trainScore: undefined, feedback: "", dot: "" };
  const proposal = { reasoning, refused, exchanges, ...nothing, parents, origin };
  await desk.parts.tell(key, { type: "step", step, proposal, graph: undefined });
  return { program: undefined, isNew: false, refused };
}

async function enter(
  parts: RoundParts,
  parameters: ReadonlyMap<string, Parameter>,
  { key, request }: Named,
): Promise<Added> {
  const { desk, pool, round: step } = parts;
  const { values, parents, origin, reasoning = "", exchanges = [] } = request;
  const [first] = parents;
  if (first === undefined) {
    throw new TracegradError("bad-option", "A program that a search adds has at least one parent. Give its `parents`.");
  }
  const before = pool.stateOf(first);
  const after = before.set(
    Object.entries(values).map(([name, value]) => [parameters.get(name) as Parameter, value] as const),
  );
  const { program, isNew } = pool.enter(after.values, { parents, origin, step });
  const record = {
    ...{ reasoning, refused: [], exchanges },
    changes: after.diff(before).map(({ name, before: old, after: value }) => ({ name, before: old, after: value })),
    trainScore: undefined,
    feedback: "",
    dot: "",
    ...{ candidate: program.id, parents, origin },
  };
  await desk.parts.tell(key, { type: "step", step, proposal: record, graph: undefined });
  if (isNew) await tellCandidate(parts, program);
  return { program, isNew, refused: [] };
}
