/** What of a run its report contains: of a large search, the best candidates and the proposals that led to them. */

import { leaderOf } from "./candidates.ts";
import { chooseCandidates } from "./lineage-choice.ts";
import { firstSteps, stepAnchor } from "./names.ts";
import { cutMiddle } from "./parts/blocks.ts";
import { isSearch } from "./recorded-spec.ts";
import type { CandidateView, RunView, StepView } from "./run-view.ts";

/** The steps of a report. */
export interface StepSelection {
  readonly items: readonly StepView[];
  /** How many are left out: after the first `gap` items, or anywhere when that is undefined. */
  readonly omitted: number;
  readonly gap: number | undefined;
}

/** The parts of a run that its report contains. */
export interface ReportSelection {
  readonly isSearch: boolean;
  /** The best candidate, in a search. */
  readonly leader: CandidateView | undefined;
  /** The candidates of the lineage graph. */
  readonly candidates: readonly CandidateView[];
  readonly steps: StepSelection;
  /** The step that led to the best candidate. */
  readonly best: StepView | undefined;
  /** The step that first led to each candidate, by the candidate's id. */
  readonly sources: ReadonlyMap<string, StepView>;
  /** The anchor of that step, by the candidate's id; only for steps of the report. */
  readonly links: ReadonlyMap<string, string>;
}

const maxCandidates = 150;
const maxSteps = 200;

/** Selects from `view`. `best` is the step of the best candidate, in a run that is not a search. */
export function selectParts(view: RunView, best: number | undefined): ReportSelection {
  return isSearch(view) ? selectFromSearch(view) : selectFromSteps(view, best);
}

function selectFromSteps({ steps }: RunView, best: number | undefined): ReportSelection {
  const { head, omitted, tail } = cutMiddle(steps, maxSteps);
  return {
    isSearch: false,
    leader: undefined,
    candidates: [],
    steps: { items: [...head, ...tail], omitted, gap: head.length },
    best: steps.find(({ step }) => step === best),
    sources: new Map(),
    links: new Map(),
  };
}

function selectFromSearch({ candidates, bests, steps }: RunView): ReportSelection {
  const leader = leaderOf(candidates, bests);
  const selected = chooseCandidates(candidates, leader, maxCandidates);
  const sources = firstSteps(steps);
  const items = chooseSteps(steps, selected, sources);
  return {
    isSearch: true,
    leader,
    candidates: selected,
    steps: { items, omitted: steps.length - items.length, gap: undefined },
    best: leader && sources.get(leader.id),
    sources,
    links: linksOf(candidates, sources, new Set(items)),
  };
}

/** The steps that led to the selected candidates, and the latest ones as long as there is room. */
function chooseSteps(
  steps: readonly StepView[],
  candidates: readonly CandidateView[],
  sources: ReportSelection["sources"],
): readonly StepView[] {
  if (steps.length <= maxSteps) return steps;
  const chosen = new Set(candidates.map(({ id }) => sources.get(id)));
  for (const step of [...steps].reverse()) if (chosen.size < maxSteps) chosen.add(step);
  return steps.filter((step) => chosen.has(step));
}

function linksOf(
  candidates: readonly CandidateView[],
  sources: ReportSelection["sources"],
  steps: ReadonlySet<StepView>,
): ReportSelection["links"] {
  const links = new Map<string, string>();
  for (const { id, round } of candidates) {
    const source = sources.get(id);
    if (source !== undefined && steps.has(source)) links.set(id, stepAnchor(source));
    // No step led to the baseline: its values are among the parameters.
    else if (round === 0) links.set(id, "parameters");
  }
  return links;
}
