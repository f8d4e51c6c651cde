/** The proposals of a search: each rewrites a program by the credit of its rollouts, and enters what came of it. */

import type { Credit } from "../../graph/credit.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import type { Proposal } from "../../optimizers/algorithm.ts";
import type { Program, Proposed, ProposeRequest } from "../../optimizers/search/search.ts";
import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import { mapLimited } from "../../util/limit.ts";
import { atPath } from "../../util/outside.ts";
import { feedbackShown, summarize } from "../outcomes.ts";
import { type Learning, learningOf } from "./lesson.ts";
import type { RoundParts } from "./world.ts";

/** What the algorithm answered to one request. */
interface Answer {
  readonly learning: Learning;
  readonly proposal: Proposal;
  readonly memory: Json;
}

/** Proposes for one round. */
export class Proposals {
  readonly #parts: RoundParts;
  readonly #parameters: ReadonlyMap<string, Parameter>;

  constructor(parts: RoundParts, parameters: ReadonlyMap<string, Parameter>) {
    this.#parts = parts;
    this.#parameters = parameters;
  }

  /** All proposals of a batch are asked for at once, and entered in their order. */
  async propose(place: string, requests: readonly ProposeRequest[]): Promise<readonly Proposed[]> {
    const { desk } = this.#parts;
    const answers = await mapLimited(requests, desk.concurrency, (request, index) =>
      atPath(`${place}/proposal ${index + 1}`, () => this.#ask(request, `${place}/${index + 1}`)),
    );
    const proposed: Proposed[] = [];
    for (const [index, answer] of answers.entries()) {
      const key = `${place}/proposal ${index + 1}`;
      proposed.push(await this.#enter(key, requests[index] as ProposeRequest, answer));
    }
    return proposed;
  }

  async #ask(
    { parent, rollouts, focus, note, temperature }: ProposeRequest,
    draw: string,
  ): Promise<Answer | undefined> {
    const { desk, pool } = this.#parts;
    const { optimizer, template, signal } = desk.parts.options;
    for (const { program } of rollouts) pool.get(program);
    const learning = await learningOf(rollouts, template);
    if (learning === undefined) return undefined;
    const parameters = focus?.map((name) => this.#named(name)) ?? optimizer.parameters;
    if (!reaches(learning.credit, parameters)) return undefined;
    const [proposal, memory] = await optimizer.propose(learning.credit, pool.memoryOf(parent), {
      parameters,
      draw,
      ...(note === undefined ? {} : { note }),
      ...(temperature === undefined ? {} : { temperature }),
      ...(signal === undefined ? {} : { signal }),
    });
    return { learning, proposal, memory };
  }

  #named(name: string): Parameter {
    const parameter = this.#parameters.get(name);
    if (parameter !== undefined) return parameter;
    const known = [...this.#parameters.keys()].join(", ");
    throw new TracegradError("unknown-parameter", `There is no parameter "${name}". The parameters are: ${known}.`);
  }

  async #enter(key: string, request: ProposeRequest, answer: Answer | undefined): Promise<Proposed> {
    if (answer === undefined) return { program: undefined, isNew: false, proposal: undefined };
    const { desk, pool, round: step } = this.#parts;
    const { parent, rollouts, origin = "proposal", partners = [] } = request;
    const parents = [parent, ...partners.map((id) => pool.get(id).id)];
    const { proposal, memory, learning } = answer;
    const before = pool.stateOf(parent);
    const after = before.set(proposal.updates.map(({ parameter, value }) => [parameter, value]));
    const found = after === before ? undefined : pool.enter(after.values, { parents, origin, step });
    if (found === undefined || found.isNew) pool.remember(found?.program.id ?? parent, memory);
    const outcomes = rollouts.map(({ outcome }) => outcome);
    const { mean } = summarize(outcomes);
    const { reasoning, refused, exchanges } = proposal;
    const record = {
      ...{ reasoning, refused, exchanges },
      changes: after.diff(before).map(({ name, before: old, after: value }) => ({ name, before: old, after: value })),
      trainScore: Number.isNaN(mean) ? undefined : mean,
      feedback: feedbackShown(outcomes),
      dot: learning.graph.toDot(),
      ...(found === undefined ? {} : { candidate: found.program.id }),
      ...{ parents, origin },
    };
    await desk.parts.tell(key, { type: "step", step, proposal: record, graph: learning.graph });
    if (found?.isNew === true) await tellCandidate(this.#parts, found.program);
    return { program: found?.program, isNew: found?.isNew ?? false, proposal };
  }
}

function reaches(credit: Credit, parameters: readonly Parameter[]): boolean {
  return parameters.some((parameter) => credit.signals.has(parameter));
}

/** Tells of a program that has entered the pool. */
export async function tellCandidate(
  { desk, round: step }: Pick<RoundParts, "desk" | "round">,
  { id, values, parents, origin }: Program,
): Promise<void> {
  const candidate = { id, step, values, parents, origin };
  await desk.parts.tell(`candidate/${id}`, { type: "candidate", step, candidate });
}
