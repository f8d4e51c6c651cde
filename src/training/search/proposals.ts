/** The proposals of a round: each rewrites a candidate by the credit of its rollouts, and enters the result. */

import type { Credit } from "../../graph/credit.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import type { Proposal } from "../../optimizers/algorithm.ts";
import type { Optimizer } from "../../optimizers/optimizer.ts";
import type { ProposeRequest, ProposeResult } from "../../optimizers/search/search.ts";
import { droppedField } from "../../optimizers/suggestion.ts";
import type { LearningItem, LearningTemplate } from "../../templates/template.ts";
import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import { atPath } from "../../util/external-call.ts";
import { mapLimited } from "../../util/limit.ts";
import { observed } from "../../util/observe.ts";
import { feedbackLines, summarize } from "../evaluation/outcomes.ts";
import { isPerfect } from "../guides/max-score.ts";
import type { RunLog } from "../loop/run-log.ts";
import type { StepRecord } from "../types.ts";
import { creditOn, isLearnable, itemsOf, joinProposals } from "./learning-items.ts";
import type { CandidatePool, PoolEntry } from "./pool.ts";

/** What proposals are made with. */
export interface ProposalParts {
  readonly log: RunLog;
  readonly pool: CandidatePool;
  readonly optimizer: Optimizer;
  /** The trained parameters, by name. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** How experiences become learning graphs. Undefined: all experiences of a request form one batch. */
  readonly template: LearningTemplate | undefined;
  /** The score that leaves nothing to learn. */
  readonly maxScore: number | undefined;
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
}

/** The position of a batch of requests in the run. */
export interface BatchPlace {
  readonly path: string;
  readonly round: number;
}

/** A request of the loop: by a learning item that it has already. */
export interface LearningRequest extends ProposeRequest {
  /** Default: what the template makes of the experiences of the rollouts. */
  readonly item?: LearningItem;
}

/** The answer of the algorithm to one request. */
interface ProposalAnswer {
  /** The graph to draw: that of the first learning item. */
  readonly graph: Graph;
  readonly proposal: Proposal;
  readonly memory: Json;
}

/** Does the work of one proposal, at its path in the run. */
export function asProposal<R>(path: string, work: () => R): R {
  return atPath(path, () => observed({ kind: "proposal", path }, work));
}

/** Lets the algorithm of the optimizer rewrite candidates. */
export class Proposals {
  readonly #parts: ProposalParts;

  constructor(parts: ProposalParts) {
    this.#parts = parts;
  }

  /** Requests all proposals of a batch at once, and enters them in their order. */
  async propose(place: BatchPlace, requests: readonly LearningRequest[]): Promise<readonly ProposeResult[]> {
    const answers = await mapLimited(requests, this.#parts.concurrency, (request, index) =>
      asProposal(`${place.path}/proposal ${index + 1}`, () => this.#ask(request, `${place.path}/${index + 1}`)),
    );
    const proposed: ProposeResult[] = [];
    for (const [index, answer] of answers.entries()) {
      const request = requests[index] as ProposeRequest;
      const { parent, memory = this.#parts.pool.memoryOf(parent) } = request;
      const nothing = { candidate: undefined, isNew: false, proposal: undefined, memory };
      proposed.push(answer === undefined ? nothing : await this.#enter(place.round, request, answer));
    }
    return proposed;
  }

  async #ask(request: LearningRequest, defaultKey: string): Promise<ProposalAnswer | undefined> {
    const { pool, optimizer, signal } = this.#parts;
    const {
      parent,
      rollouts,
      focus,
      note,
      temperature,
      memory = pool.memoryOf(parent),
      sampleKey = defaultKey,
    } = request;
    for (const { candidate } of rollouts) pool.get(candidate);
    const items = request.item === undefined ? await this.#itemsOf(rollouts) : [request.item];
    const [first] = items;
    if (first === undefined) return undefined;
    const parameters = focus?.map((name) => this.#named(name)) ?? optimizer.parameters;
    const proposals: Proposal[] = [];
    let memoryAfter = memory;
    // One update each, on the values that the last one left.
    for (const item of items) {
      const given = creditOn(
        item,
        proposals.flatMap(({ updates }) => updates),
      );
      if (!reaches(given, parameters)) continue;
      const [proposal, next] = await optimizer.propose(given, memoryAfter, {
        parameters,
        ...(sampleKey === null ? {} : { sampleKey }),
        ...(note === undefined ? {} : { note }),
        ...(temperature === undefined ? {} : { temperature }),
        ...(signal === undefined ? {} : { signal }),
      });
      memoryAfter = next;
      proposals.push(proposal);
    }
    if (proposals.length === 0) return undefined;
    return { graph: first.graph, proposal: joinProposals(proposals), memory: memoryAfter };
  }

  async #itemsOf(rollouts: ProposeRequest["rollouts"]): Promise<readonly LearningItem[]> {
    const { maxScore } = this.#parts;
    if (rollouts.length > 0 && rollouts.every(({ outcome }) => isPerfect(outcome, maxScore))) return [];
    const items = await itemsOf(rollouts, this.#parts);
    const learnable = items.filter(isLearnable);
    // The credit of the first one says why feedback reaches nothing.
    return learnable.length === 0 ? items : learnable;
  }

  #named(name: string): Parameter {
    const parameter = this.#parts.parameters.get(name);
    if (parameter !== undefined) return parameter;
    const known = [...this.#parts.parameters.keys()].join(", ");
    throw new TracegradError("unknown-parameter", `There is no parameter "${name}". The parameters are: ${known}.`);
  }

  async #enter(
    step: number,
    request: ProposeRequest,
    { proposal, memory, graph }: ProposalAnswer,
  ): Promise<ProposeResult> {
    const { log, pool } = this.#parts;
    const { parent, rollouts, origin = "proposal", partners = [] } = request;
    const parents = [parent, ...partners.map((id) => pool.get(id).id)];
    const before = pool.stateOf(parent);
    const after = before.set(proposal.updates.map(({ parameter, value }) => [parameter, value]));
    const found = after === before ? undefined : await pool.enter(after.values, { parents, origin, step });
    if (request.memory === undefined && found?.isNew !== false) pool.remember(found?.candidate.id ?? parent, memory);
    const outcomes = rollouts.map(({ outcome }) => outcome);
    const { mean } = summarize(outcomes);
    const record: StepRecord = {
      ...proposalRecord(proposal),
      changes: after.diff(before).map(({ name, before: old, after: value }) => ({ name, before: old, after: value })),
      trainScore: Number.isNaN(mean) ? undefined : mean,
      feedback: feedbackLines(outcomes),
      dot: graph.toDot(),
      ...candidateField(found),
      ...{ parents, origin },
    };
    await log.record({ type: "step", step, proposal: record, graph });
    for (const note of new Set(proposal.notes)) await log.warn(note);
    return { candidate: found?.candidate, isNew: found?.isNew ?? false, proposal, memory };
  }
}

function reaches(credit: Credit, parameters: readonly Parameter[]): boolean {
  return parameters.some((parameter) => credit.signals.has(parameter));
}

function proposalRecord({
  reasoning,
  refused,
  dropped,
  exchanges,
}: Proposal): Pick<Proposal, keyof Proposal & keyof StepRecord> {
  return { reasoning, refused, ...droppedField(dropped), exchanges };
}

function candidateField(found: PoolEntry | undefined): Pick<StepRecord, "candidate"> {
  return found === undefined ? {} : { candidate: found.candidate.id };
}
