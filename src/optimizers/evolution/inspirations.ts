/** What the model is shown beside the parent's runs: other candidates of the island, the best and the most unlike. */

import { novelty } from "../../math/epsilon-net.ts";
import type { SearchContext } from "../search/search.ts";
import type { Task } from "./plan.ts";
import { alikeText, inspirationsText, partnerText } from "./prompt-text.ts";
import type { EvolutionSettings } from "./settings.ts";
import type { EvolutionIsland, EvolutionMember } from "./state.ts";
import { vectorOf } from "./text.ts";

/** What a note is about. */
interface Noted {
  readonly task: Task;
  readonly island: EvolutionIsland;
  readonly attempt: number;
}

/** What the model should know beside the parent's runs; undefined when there is nothing. */
export function noteOf(
  settings: EvolutionSettings,
  context: SearchContext,
  { task, island, attempt }: Noted,
): string | undefined {
  const { parent, partner } = task;
  const show = (member: EvolutionMember) => ({
    values: context.candidate(member.candidate).values,
    fitness: member.fitness,
  });
  const family = [parent, ...(partner === undefined ? [] : [partner])];
  const shown = inspirationsOf(settings, context, { island, family }).map(show);
  const parts = [
    ...(shown.length === 0 ? [] : [inspirationsText(shown)]),
    ...(partner === undefined ? [] : [partnerText(show(partner))]),
    ...(attempt === 0 ? [] : [alikeText]),
  ];
  return parts.length === 0 ? undefined : parts.join("\n\n");
}

/** The fittest that are no parents, then again and again the one that is least like all that are taken. */
function inspirationsOf(
  { inspirations: { top, diverse } }: EvolutionSettings,
  context: SearchContext,
  { island, family }: { readonly island: EvolutionIsland; readonly family: readonly EvolutionMember[] },
): readonly EvolutionMember[] {
  const parents = new Set(family.map(({ candidate }) => candidate));
  const others = island.members.filter(({ candidate, fitness }) => fitness !== null && !parents.has(candidate));
  const ranked = [...others].sort((a, b) => (b.fitness as number) - (a.fitness as number));
  const taken = ranked.slice(0, top);
  const left = ranked.slice(top);
  const placeOf = ({ candidate }: EvolutionMember) => vectorOf(context.candidate(candidate).values);
  for (let count = 0; count < diverse && left.length > 0; count++) {
    const seen = [...family, ...taken].map(placeOf);
    const news = left.map((member) => novelty(placeOf(member), seen));
    taken.push(...left.splice(news.indexOf(Math.max(...news)), 1));
  }
  return taken;
}
