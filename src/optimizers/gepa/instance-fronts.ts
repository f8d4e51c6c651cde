/**
 * GEPA's Pareto bookkeeping (Agrawal et al. 2025, arXiv 2507.19457): for each key, such as an example, the candidates
 * that do best on it. A candidate that is best on one example stays in use, whatever its mean.
 */

import { type Objective, oriented } from "../../math/pareto.ts";
import { TracegradError } from "../../util/errors.ts";

/** The best score under a key, and the candidates that reached it, in the order in which they came. JSON. */
export interface Front {
  readonly key: string;
  /** Larger is better. */
  readonly score: number;
  readonly candidates: readonly string[];
}

/** What has a front: each example; each objective, by its mean; both; each objective on each example. GEPA's names. */
export type FrontKind = "instance" | "objective" | "hybrid" | "cartesian";

/** The scores on one example. What was not measured is left out, and then wins nothing. */
export interface ScoredExample {
  readonly exampleId: string;
  readonly score: number | undefined;
  readonly objectives?: Readonly<Record<string, number>>;
}

/**
 * A candidate's scores by front key, as {@link updateFronts} reads them: larger is better, so costs change their sign.
 * @throws TracegradError `bad-objective` when `kind` needs objectives and there are none, `bad-score`.
 */
export function frontScores(
  kind: FrontKind,
  outcomes: readonly ScoredExample[],
  objectives: readonly Objective[] = [],
): ReadonlyMap<string, number> {
  const scores = new Map<string, number>();
  if (kind === "instance" || kind === "hybrid") {
    for (const { exampleId, score } of outcomes) {
      if (score !== undefined) scores.set(JSON.stringify(["example", exampleId]), score);
    }
  }
  if (kind === "instance") return scores;
  const measured = outcomes.map(({ objectives: values = {} }) => oriented(values, objectives));
  for (const [at, { name }] of objectives.entries()) {
    const values = measured.map((row) => row[at] as number);
    if (kind === "cartesian") {
      for (const [row, { exampleId }] of outcomes.entries()) {
        const value = values[row] as number;
        if (value !== Number.NEGATIVE_INFINITY) scores.set(JSON.stringify(["example", exampleId, name]), value);
      }
    } else {
      const known = values.filter((value) => value !== Number.NEGATIVE_INFINITY);
      const sum = known.reduce((total, value) => total + value, 0);
      // A mean over fewer examples than another candidate's would not compare.
      if (known.length > 0 && known.length === values.length)
        scores.set(JSON.stringify(["objective", name]), sum / known.length);
    }
  }
  return scores;
}

/**
 * The fronts with one more candidate: it takes over a key where it is better than all before, joins those that it
 * equals, and opens new keys. Equality is exact, as in GEPA.
 * @throws TracegradError `bad-score` when a score is not a finite number.
 */
export function updateFronts(
  fronts: readonly Front[],
  candidate: string,
  scores: ReadonlyMap<string, number>,
): readonly Front[] {
  for (const [key, score] of scores) {
    if (Number.isFinite(score)) continue;
    throw new TracegradError(
      "bad-score",
      `Candidate "${candidate}" has ${String(score)} under ${key}, not a finite number.`,
    );
  }
  const present = new Set(fronts.map(({ key }) => key));
  const updated = fronts.map((front) => {
    const score = scores.get(front.key);
    if (score === undefined || score < front.score) return front;
    if (score > front.score) return { key: front.key, score, candidates: [candidate] };
    return front.candidates.includes(candidate) ? front : { ...front, candidates: [...front.candidates, candidate] };
  });
  for (const [key, score] of scores) {
    if (!present.has(key)) updated.push({ key, score, candidates: [candidate] });
  }
  return updated;
}

/** The fronts of several candidates, oldest first: to build them anew when scores have changed. */
export function frontsOf(
  candidates: Iterable<readonly [candidate: string, scores: ReadonlyMap<string, number>]>,
): readonly Front[] {
  let fronts: readonly Front[] = [];
  for (const [candidate, scores] of candidates) fronts = updateFronts(fronts, candidate, scores);
  return fronts;
}

/**
 * The fronts without dominated candidates: one is dominated when every front that it is on has another remaining
 * candidate. The lowest aggregate score goes first; among equal ones, the candidate that the fronts name first.
 *
 * One pass is enough, though GEPA starts over after each removal: a removal can only save others.
 *
 * @param aggregate Each candidate's overall score; larger is better.
 * @throws TracegradError `unknown-candidate` for a candidate without an aggregate score.
 */
export function removeDominated(fronts: readonly Front[], aggregate: ReadonlyMap<string, number>): readonly Front[] {
  const positions = new Map<string, number[]>();
  for (const [at, { candidates }] of fronts.entries()) {
    for (const candidate of candidates) {
      const own = positions.get(candidate) ?? [];
      own.push(at);
      positions.set(candidate, own);
    }
  }
  const left = fronts.map(({ candidates }) => candidates.length);
  const removed = new Set<string>();
  const scored = [...positions].map(([candidate, frontsOfIt]) => ({
    candidate,
    frontsOfIt,
    score: scoreOf(candidate, aggregate),
  }));
  scored.sort((a, b) => a.score - b.score);
  for (const { candidate, frontsOfIt } of scored) {
    if (frontsOfIt.some((at) => left[at] === 1)) continue;
    removed.add(candidate);
    for (const at of frontsOfIt) left[at] = (left[at] as number) - 1;
  }
  return fronts.map((front) => ({ ...front, candidates: front.candidates.filter((one) => !removed.has(one)) }));
}

/** The candidates on some front that are not dominated, in the order in which the fronts name them. Throws as above. */
export function nonDominated(fronts: readonly Front[], aggregate: ReadonlyMap<string, number>): readonly string[] {
  return [...new Set(removeDominated(fronts, aggregate).flatMap(({ candidates }) => candidates))];
}

function scoreOf(candidate: string, aggregate: ReadonlyMap<string, number>): number {
  const score = aggregate.get(candidate);
  if (score !== undefined && !Number.isNaN(score)) return score;
  throw new TracegradError(
    "unknown-candidate",
    `Candidate "${candidate}" is on a front and has no aggregate score. Give one for each candidate on a front.`,
  );
}
