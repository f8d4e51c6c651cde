/** Enters programs that a search made by itself, after the same checks as proposals. */

import { type Parameter, problemWith } from "../../nodes/parameter.ts";
import type { Added, AddRequest } from "../../optimizers/search/search.ts";
import type { Refusal } from "../../optimizers/suggestion.ts";
import { TracegradError } from "../../util/errors.ts";
import type { RunLog } from "../run-log.ts";
import type { Pool } from "./pool.ts";

/** What programs are added with. */
export interface AddParts {
  readonly log: RunLog;
  readonly pool: Pool;
  readonly parameters: ReadonlyMap<string, Parameter>;
}

/** Enters the programs of a batch in order. */
export async function addCandidates(
  parts: AddParts,
  round: number,
  requests: readonly AddRequest[],
): Promise<readonly Added[]> {
  const added: Added[] = [];
  for (const request of requests) {
    const refused = await refusals(parts.parameters, request.values);
    added.push(await (refused.length > 0 ? reject(parts, refused, { round, request }) : enter(parts, round, request)));
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

/** Records values that do not fit, so that nothing vanishes. */
async function reject(
  { log }: AddParts,
  refused: readonly Refusal[],
  { round, request }: { readonly round: number; readonly request: AddRequest },
): Promise<Added> {
  const { parents, origin, reasoning = "", exchanges = [] } = request;
  const nothing = { changes: [], trainScore: undefined, feedback: "", dot: "" };
  const proposal = { reasoning, refused, exchanges, ...nothing, parents, origin };
  await log.record({ type: "step", step: round, proposal, graph: undefined });
  return { program: undefined, isNew: false, refused };
}

async function enter({ log, pool, parameters }: AddParts, step: number, request: AddRequest): Promise<Added> {
  const { values, parents, origin, reasoning = "", exchanges = [] } = request;
  const [first] = parents;
  if (first === undefined) {
    throw new TracegradError("bad-option", "A program that a search adds has at least one parent. Give its `parents`.");
  }
  const before = pool.stateOf(first);
  const after = before.set(
    Object.entries(values).map(([name, value]) => [parameters.get(name) as Parameter, value] as const),
  );
  const { program, isNew } = await pool.enter(after.values, { parents, origin, step });
  const proposal = {
    ...{ reasoning, refused: [], exchanges },
    changes: after.diff(before).map(({ name, before: old, after: value }) => ({ name, before: old, after: value })),
    trainScore: undefined,
    feedback: "",
    dot: "",
    ...{ candidate: program.id, parents, origin },
  };
  await log.record({ type: "step", step, proposal, graph: undefined });
  return { program, isNew, refused: [] };
}
