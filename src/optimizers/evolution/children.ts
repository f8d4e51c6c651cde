/**
 * Makes the children of a round: by proposals of the optimizer, by mixing parameter values, or in a space. A child that
 * equals or resembles a candidate of its island is made again.
 */

import { cosine, novelty } from "../../math/epsilon-net.ts";
import type { Json } from "../../util/decode.ts";
import { stableStringify } from "../../util/json.ts";
import type { Rng } from "../../util/rng.ts";
import type { AddRequest, Candidate, ProposeRequest, Rollout, SearchContext } from "../search/search.ts";
import type { Point, Space } from "../space/space.ts";
import { type CandidateValues, vectorOf } from "./archive.ts";
import type { EvolutionCounts, EvolutionIsland, EvolutionMember } from "./islands.ts";
import { alikeText, inspirationsText, partnerText, presentText } from "./prompt-text.ts";
import type { EvolutionSettings } from "./settings.ts";
import { type ChildTask, differingNames } from "./tasks.ts";

/** What all children of a round share. */
export interface EvolutionRound {
  readonly settings: EvolutionSettings;
  readonly context: SearchContext;
  readonly islands: readonly EvolutionIsland[];
}

/** A child to make, with what there is to learn from. */
export interface ChildRequest extends ChildTask {
  /** The parent on the examples; none when the model is not asked. */
  readonly rollouts: readonly Rollout[];
}

/** What became of a request. */
interface ChildResult {
  readonly request: ChildRequest;
  /** Undefined when nothing was changed, or a value was refused. */
  readonly candidate: Candidate | undefined;
  readonly isNew: boolean;
}

/** A child that is worth judging. */
export interface NewChild extends ChildRequest {
  readonly candidate: Candidate;
}

/** Runs the parents that the model will rewrite on their minibatches. */
export async function runParents(
  context: SearchContext,
  tasks: readonly ChildTask[],
): Promise<readonly ChildRequest[]> {
  const proposals = tasks.filter(({ method }) => method === "propose");
  const runs =
    proposals.length === 0
      ? []
      : await context.run(proposals.map(({ parent, examples }) => ({ candidate: parent.candidate, examples })));
  const inOrder = runs.values();
  return tasks.map((task) => ({
    ...task,
    rollouts: task.method === "propose" ? (inOrder.next().value ?? []) : [],
  }));
}

/** New children for the requests, and the counts afterwards. One too much like others is made again, some times. */
export async function makeNewChildren(
  round: EvolutionRound,
  requests: readonly ChildRequest[],
  counts: EvolutionCounts,
): Promise<readonly [readonly NewChild[], EvolutionCounts]> {
  const children: NewChild[] = [];
  let { alike, unmade } = counts;
  let open = requests;
  for (let attempt = 0; attempt <= round.settings.novelty.maxRetries && open.length > 0; attempt++) {
    const again: ChildRequest[] = [];
    for (const { request, candidate, isNew } of await makeChildren(round, open, attempt)) {
      if (candidate === undefined) unmade += 1;
      else if (isNew && !isAlike(round, candidate, neighboursOf(round, request, children))) {
        children.push({ ...request, candidate });
      } else again.push(request);
    }
    alike += again.length;
    open = again;
  }
  return [children, { ...counts, alike, unmade }];
}

/** Makes a child for each request, in their order. `attempt` counts from 0; later ones go further from what exists. */
async function makeChildren(
  round: EvolutionRound,
  requests: readonly ChildRequest[],
  attempt: number,
): Promise<readonly ChildResult[]> {
  const { context } = round;
  const asking = requests.filter(({ method }) => method === "propose");
  const others = requests.filter(({ method }) => method !== "propose");
  const proposed =
    asking.length === 0
      ? []
      : await context.propose(asking.map((request, at) => proposalFor(round, request, { at, attempt })));
  const added =
    others.length === 0 ? [] : await context.add(others.map((request) => additionFor(round, request, attempt)));
  const [ofModel, ofValues] = [proposed.values(), added.values()];
  return requests.map((request) => {
    const result = (request.method === "propose" ? ofModel : ofValues).next().value;
    return { request, candidate: result?.candidate, isNew: result?.isNew ?? false };
  });
}

/** Which proposal of the round it is, and which attempt; both from 0. */
interface ProposalTurn {
  readonly at: number;
  readonly attempt: number;
}

function proposalFor(round: EvolutionRound, request: ChildRequest, { at, attempt }: ProposalTurn): ProposeRequest {
  const { temperatures } = round.settings;
  const temperature = temperatures[at % temperatures.length];
  const note = noteFor(round, request, attempt);
  return {
    parent: request.parent.candidate,
    rollouts: request.rollouts,
    origin: request.partner === undefined ? "mutation" : "crossover",
    ...(request.partner === undefined ? {} : { partners: [request.partner.candidate] }),
    ...(note === undefined ? {} : { note }),
    ...(temperature === undefined ? {} : { temperature }),
  };
}

/** What the model reads beside the parent's rollouts; undefined when there is nothing to say. */
function noteFor(
  round: EvolutionRound,
  { island, parent, partner }: ChildRequest,
  attempt: number,
): string | undefined {
  const display = ({ candidate, fitness }: EvolutionMember) => {
    return { values: round.context.candidate(candidate).values, fitness };
  };
  const parents = partner === undefined ? [parent] : [parent, partner];
  const present = display(parent);
  const inspirations = inspirationsFor(round, round.islands[island] as EvolutionIsland, parents).map(display);
  const parts = [
    ...(inspirations.length === 0 ? [] : [inspirationsText(inspirations, present)]),
    ...(partner === undefined ? [] : [partnerText(display(partner), present)]),
  ];
  const all = [...(parts.length === 0 ? [] : [presentText(present), ...parts]), ...(attempt === 0 ? [] : [alikeText])];
  return all.length === 0 ? undefined : all.join("\n\n");
}

/** The fittest members beside the parents; then, one by one, the member least like all of those. */
function inspirationsFor(
  { settings, context }: EvolutionRound,
  { members }: EvolutionIsland,
  parents: readonly EvolutionMember[],
): readonly EvolutionMember[] {
  const { top, diverse } = settings.inspirations;
  const parentIds = new Set(parents.map(({ candidate }) => candidate));
  const others = members.filter(({ candidate, fitness }) => fitness !== null && !parentIds.has(candidate));
  const ranked = [...others].sort((a, b) => (b.fitness as number) - (a.fitness as number));
  const chosen = ranked.slice(0, top);
  const left = ranked.slice(top);
  const vector = ({ candidate }: EvolutionMember) => vectorOf(context.candidate(candidate).values);
  for (let count = 0; count < diverse && left.length > 0; count++) {
    const seen = [...parents, ...chosen].map(vector);
    const novelties = left.map((member) => novelty(vector(member), seen));
    chosen.push(...left.splice(novelties.indexOf(Math.max(...novelties)), 1));
  }
  return chosen;
}

/** A child that is made without the model. */
function additionFor({ settings, context }: EvolutionRound, request: ChildRequest, attempt: number): AddRequest {
  const { method, parent, partner } = request;
  const parents = (partner === undefined ? [parent] : [parent, partner]).map(({ candidate }) => candidate);
  const origin = method === "step" ? "mutation" : method === "random" ? "random" : "crossover";
  const { space } = settings;
  const values = space === undefined ? mixValues(context, request) : sampleValues(space, context, request, attempt);
  return { values, parents, origin };
}

/** The second parent's values for some, but not all, of the parameters in which the two differ. */
function mixValues(context: SearchContext, { parent, partner }: ChildRequest): CandidateValues {
  if (partner === undefined) return {};
  const { rng } = context;
  const names = differingNames(context, parent, partner);
  const fromPartner = names.map(() => rng.integer(2) === 1);
  // When all come from one parent the child is a copy of it, so one of the names is switched.
  if (!fromPartner.includes(!fromPartner[0])) {
    const odd = rng.integer(names.length);
    fromPartner[odd] = !fromPartner[odd];
  }
  const { values } = context.candidate(partner.candidate);
  return Object.fromEntries(names.filter((_, at) => fromPartner[at]).map((name) => [name, values[name]]));
}

/** A candidate of the space. Each further attempt goes one more step. */
function sampleValues(
  space: Space,
  context: SearchContext,
  { method, parent, partner }: ChildRequest,
  attempt: number,
): { readonly [name: string]: Json } {
  const { rng } = context;
  if (method === "random") return space.valuesOf(space.random(rng));
  const pointOf = ({ candidate }: EvolutionMember) => completePoint(space, context.candidate(candidate).values, rng);
  let point = partner === undefined ? pointOf(parent) : space.crossover(pointOf(parent), pointOf(partner), rng);
  const steps = attempt + (method === "step" ? 1 : 0);
  for (let step = 0; step < steps; step++) point = space.neighbour(point, rng);
  return space.valuesOf(point);
}

/** The point of these values. A value outside the space, as the baseline may have, is replaced by a random one. */
function completePoint(space: Space, values: CandidateValues, rng: Rng): Point {
  return { ...space.random(rng), ...space.pointOf(values) };
}

/** The candidates of the child's island, and those that are about to join it. */
function neighboursOf(
  { context, islands }: EvolutionRound,
  { island }: ChildRequest,
  children: readonly NewChild[],
): readonly Candidate[] {
  const members = islands[island]?.members.map(({ candidate }) => context.candidate(candidate)) ?? [];
  return [...members, ...children.filter((child) => child.island === island).map(({ candidate }) => candidate)];
}

/** Whether a neighbour is worded almost the same, and has the same values in all parameters that are not text. */
function isAlike(
  { settings, context }: EvolutionRound,
  { values }: Candidate,
  neighbours: readonly Candidate[],
): boolean {
  const { threshold } = settings.novelty;
  if (threshold >= 1) return false;
  const exact = [...context.parameters].filter(([, { kind }]) => kind !== "text").map(([name]) => name);
  const exactText = (of: Candidate["values"]) => stableStringify(exact.map((name) => (of[name] ?? null) as Json));
  const own = exactText(values);
  return neighbours.some(
    (other) => exactText(other.values) === own && cosine(vectorOf(values), vectorOf(other.values)) > threshold,
  );
}
