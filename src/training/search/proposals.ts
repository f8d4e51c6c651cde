/** The proposals of a round: each rewrites a program by the credit of its rollouts, and enters what came of it. */

import type { Credit } from "../../graph/credit.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import type { Proposal } from "../../optimizers/algorithm.ts";
import type { Optimizer } from "../../optimizers/optimizer.ts";
import type { Proposed, ProposeRequest } from "../../optimizers/search/search.ts";
import type { LearningTemplate } from "../../templates/template.ts";
import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import { mapLimited } from "../../util/limit.ts";
import { atPath } from "../../util/outside.ts";
import { isPerfect } from "../guides/max-score.ts";
import { feedbackShown, summarize } from "../outcomes.ts";
import type { RunLog } from "../run-log.ts";
import type { StepRecord } from "../types.ts";
import { type Learning, learningOf } from "./lesson.ts";
import type { Entry, Pool } from "./pool.ts";

/** What proposals are made with. */
export interface ProposalParts {
  readonly log: RunLog;
  readonly pool: Pool;
  readonly optimizer: Optimizer;
  /** The trained parameters, by name. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** How experiences become learning graphs. Default: all of a request in one batch. */
  readonly template: LearningTemplate | undefined;
  /** The score that leaves nothing to learn. */
  readonly maxScore: number | undefined;
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
}

/** Where in a run a batch of requests comes. */
export interface BatchPlace {
  readonly path: string;
  readonly round: number;
}

/** What the algorithm answered to one request. */
interface Answer {
  readonly learning: Learning;
  readonly proposal: Proposal;
  readonly memory: Json;
}

/** Has the optimizer's algorithm rewrite programs. */
export class Proposals {
  readonly #parts: ProposalParts;

  constructor(parts: ProposalParts) {
    this.#parts = parts;
  }

  /** All proposals of a batch are asked for at once, and entered in their order. */
  async propose(place: BatchPlace, requests: readonly ProposeRequest[]): Promise<readonly Proposed[]> {
    const answers = await mapLimited(requests, this.#parts.concurrency, (request, index) =>
      atPath(`${place.path}/proposal ${index + 1}`, () => this.#ask(request, `${place.path}/${index + 1}`)),
    );
    const proposed: Proposed[] = [];
    for (const [index, answer] of answers.entries()) {
      const request = requests[index] as ProposeRequest;
      const { parent, memory = this.#parts.pool.memoryOf(parent) } = request;
      const nothing = { program: undefined, isNew: false, proposal: undefined, memory };
      proposed.push(answer === undefined ? nothing : await this.#enter(place.round, request, answer));
    }
    return proposed;
  }

  async #ask(request: ProposeRequest, batchDraw: string): Promise<Answer | undefined> {
    const { pool, optimizer, template, signal, maxScore } = this.#parts;
    const { parent, rollouts, focus, note, temperature, memory = pool.memoryOf(parent), draw = batchDraw } = request;
    for (const { program } of rollouts) pool.get(program);
    if (rollouts.length > 0 && rollouts.every(({ outcome }) => isPerfect(outcome, maxScore))) return undefined;
    const learning = await learningOf(rollouts, template);
    if (learning === undefined) return undefined;
    const parameters = focus?.map((name) => this.#named(name)) ?? optimizer.parameters;
    if (!reaches(learning.credit, parameters)) return undefined;
    const [proposal, remembered] = await optimizer.propose(learning.credit, memory, {
      parameters,
      ...(draw === null ? {} : { draw }),
      ...(note === undefined ? {} : { note }),
      ...(temperature === undefined ? {} : { temperature }),
      ...(signal === undefined ? {} : { signal }),
    });
    return { learning, proposal, memory: remembered };
  }

  #named(name: string): Parameter {
    const parameter = this.#parts.parameters.get(name);
    if (parameter !== undefined) return parameter;
    const known = [...this.#parts.parameters.keys()].join(", ");
    throw new TracegradError("unknown-parameter", `There is no parameter "${name}". The parameters are: ${known}.`);
  }

  async #enter(step: number, request: ProposeRequest, { proposal, memory, learning }: Answer): Promise<Proposed> {
    const { log, pool } = this.#parts;
    const { parent, rollouts, origin = "proposal", partners = [] } = request;
    const parents = [parent, ...partners.map((id) => pool.get(id).id)];
    const before = pool.stateOf(parent);
    const after = before.set(proposal.updates.map(({ parameter, value }) => [parameter, value]));
    const found = after === before ? undefined : await pool.enter(after.values, { parents, origin, step });
    if (request.memory === undefined && found?.isNew !== false) pool.remember(found?.program.id ?? parent, memory);
    const outcomes = rollouts.map(({ outcome }) => outcome);
    const { mean } = summarize(outcomes);
    const record: StepRecord = {
      ...proposalRecord(proposal),
      changes: after.diff(before).map(({ name, before: old, after: value }) => ({ name, before: old, after: value })),
      trainScore: Number.isNaN(mean) ? undefined : mean,
      feedback: feedbackShown(outcomes),
      dot: learning.graph.toDot(),
      ...linked(found),
      ...{ parents, origin },
    };
    await log.record({ type: "step", step, proposal: record, graph: learning.graph });
    return { program: found?.program, isNew: found?.isNew ?? false, proposal, memory };
  }
}

function reaches(credit: Credit, parameters: readonly Parameter[]): boolean {
  return parameters.some((parameter) => credit.signals.has(parameter));
}

function proposalRecord({
  reasoning,
  refused,
  exchanges,
}: Proposal): Pick<Proposal, keyof Proposal & keyof StepRecord> {
  return { reasoning, refused, exchanges };
}

function linked(found: Entry | undefined): Pick<StepRecord, "candidate"> {
  return found === undefined ? {} : { candidate: found.program.id };
}
