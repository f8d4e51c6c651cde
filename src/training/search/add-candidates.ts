/** Enters candidates that a search made itself, after the same checks as proposals. */

import { fitValue } from "../../nodes/fit-value.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import type { AddRequest, AddResult } from "../../optimizers/search/search.ts";
import type { Refusal } from "../../optimizers/suggestion.ts";
import { TracegradError } from "../../util/errors.ts";
import type { RunLog } from "../loop/run-log.ts";
import type { CandidatePool } from "./pool.ts";

/** What candidates are added with. */
export interface AddParts {
  readonly log: RunLog;
  readonly pool: CandidatePool;
  readonly parameters: ReadonlyMap<string, Parameter>;
}

/** Enters the candidates of a batch in order. */
export async function addCandidates(
  parts: AddParts,
  round: number,
  requests: readonly AddRequest[],
): Promise<readonly AddResult[]> {
  const added: AddResult[] = [];
  for (const request of requests) {
    const { refused, values } = await fitAll(parts.parameters, request.values);
    const isFit = refused.length === 0;
    added.push(
      await (isFit ? enter(parts, round, { ...request, values }) : reject(parts, refused, { round, request })),
    );
  }
  return added;
}

/** The values as their parameters store them, and the reasons against those that do not fit. */
async function fitAll(
  parameters: ReadonlyMap<string, Parameter>,
  given: Readonly<Record<string, unknown>>,
): Promise<{ readonly refused: readonly Refusal[]; readonly values: Readonly<Record<string, unknown>> }> {
  const refused: Refusal[] = [];
  const values: [string, unknown][] = [];
  for (const [name, value] of Object.entries(given)) {
    const parameter = parameters.get(name);
    const unknown = `There is no parameter "${name}". The parameters are: ${[...parameters.keys()].join(", ")}.`;
    const fit = parameter === undefined ? { problem: unknown } : await fitValue(parameter, value);
    if ("value" in fit) values.push([name, fit.value]);
    else refused.push({ name, reason: fit.problem });
  }
  return { refused, values: Object.fromEntries(values) };
}

/** Records values that do not fit, so that nothing is lost. */
async function reject(
  { log }: AddParts,
  refused: readonly Refusal[],
  { round, request }: { readonly round: number; readonly request: AddRequest },
): Promise<AddResult> {
  const { parents, origin, reasoning = "", exchanges = [] } = request;
  const nothing = { changes: [], trainScore: undefined, feedback: "", dot: "" };
  const proposal = { reasoning, refused, exchanges, ...nothing, parents, origin };
  await log.record({ type: "step", step: round, proposal, graph: undefined });
  return { candidate: undefined, isNew: false, refused };
}

async function enter({ log, pool, parameters }: AddParts, step: number, request: AddRequest): Promise<AddResult> {
  const { values, parents, origin, reasoning = "", exchanges = [] } = request;
  const [first] = parents;
  if (first === undefined) {
    throw new TracegradError(
      "bad-option",
      "A candidate that a search adds has at least one parent. Give its `parents`.",
    );
  }
  const before = pool.stateOf(first);
  const after = before.set(
    Object.entries(values).map(([name, value]) => [parameters.get(name) as Parameter, value] as const),
  );
  const { candidate, isNew } = await pool.enter(after.values, { parents, origin, step });
  const proposal = {
    ...{ reasoning, refused: [], exchanges },
    changes: after.diff(before).map(({ name, before: old, after: value }) => ({ name, before: old, after: value })),
    trainScore: undefined,
    feedback: "",
    dot: "",
    ...{ candidate: candidate.id, parents, origin },
  };
  await log.record({ type: "step", step, proposal, graph: undefined });
  return { candidate, isNew, refused: [] };
}
