/** What of a run its report shows: of a large search, the best programs and the proposals that led to them. */

import { leaderOf } from "./candidates.ts";
import { shownPrograms } from "./lineage-choice.ts";
import { isSearch, makersOf, stepAnchor } from "./names.ts";
import { ends } from "./parts/text.ts";
import type { CandidateView, RunView, StepView } from "./run-view.ts";

/** The parts of a run that stand in its report. */
export interface ReportSelection {
  readonly isSearch: boolean;
  /** The best program, in a search. */
  readonly leader: CandidateView | undefined;
  /** The programs of the lineage graph. */
  readonly programs: readonly CandidateView[];
  /** The steps, and how many are left out after the first `gap` of them, or anywhere when that is undefined. */
  readonly steps: { readonly items: readonly StepView[]; readonly left: number; readonly gap: number | undefined };
  /** The step that led to the best program. */
  readonly best: StepView | undefined;
  /** The step that first led to each program, by the program's id. */
  readonly makers: ReadonlyMap<string, StepView>;
  /** Anchors of what led to programs, by their ids: only of what is shown. */
  readonly links: ReadonlyMap<string, string>;
}

const mostPrograms = 150;
const mostSteps = 200;

/** What is shown of `view`. `best` is the step of the best program, in a run that is no search. */
export function selectionOf(view: RunView, best: number | undefined): ReportSelection {
  const { candidates, bests, steps } = view;
  if (!isSearch(view)) {
    const { head, left, tail } = ends(steps, mostSteps);
    return {
      ...{ isSearch: false, leader: undefined, programs: [], makers: new Map(), links: new Map() },
      steps: { items: [...head, ...tail], left, gap: head.length },
      best: steps.find(({ step }) => step === best),
    };
  }
  const leader = leaderOf(candidates, bests);
  const programs = shownPrograms(candidates, leader, mostPrograms);
  const makers = makersOf(steps);
  const items = searchSteps(steps, programs, makers);
  return {
    ...{ isSearch: true, leader, programs, makers },
    steps: { items, left: steps.length - items.length, gap: undefined },
    best: leader && makers.get(leader.id),
    links: linksOf(candidates, makers, new Set(items)),
  };
}

/** Those that led to the shown programs, and the latest ones as long as there is room. */
function searchSteps(
  steps: readonly StepView[],
  programs: readonly CandidateView[],
  makers: ReportSelection["makers"],
): readonly StepView[] {
  if (steps.length <= mostSteps) return steps;
  const kept = new Set(programs.map(({ id }) => makers.get(id)));
  for (const step of [...steps].reverse()) if (kept.size < mostSteps) kept.add(step);
  return steps.filter((step) => kept.has(step));
}

function linksOf(
  candidates: readonly CandidateView[],
  makers: ReportSelection["makers"],
  steps: ReadonlySet<StepView>,
): ReportSelection["links"] {
  const links = new Map<string, string>();
  for (const { id, round } of candidates) {
    const maker = makers.get(id);
    if (maker !== undefined && steps.has(maker)) links.set(id, stepAnchor(maker));
    // The starting artifact was made by nobody: its values are among the parameters.
    else if (round === 0) links.set(id, "parameters");
  }
  return links;
}
