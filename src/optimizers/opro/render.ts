/** Writes OPRO's prompt: variables, solutions in ascending order of their score, exemplars; of bounded length. */

import { cut, cutToShare, leftOutText } from "../../util/cut.ts";
import type { Variable } from "../problem.ts";
import { fenced, joinSections, variableLines } from "../prompt/text.ts";
import { TooLongError } from "../prompt/within-tokens.ts";
import type { Exemplar, Exemplars } from "./exemplars.ts";
import { meanOf, type ScoredSolution, scoreText } from "./history.ts";
import { answerText, currentMark, scaleText } from "./prompt-text.ts";

/** What goes into a prompt. */
export interface OproRendering {
  readonly objective: string;
  /** More for the model to know. */
  readonly note: string | undefined;
  readonly variables: readonly Variable[];
  /** In ascending order of the score. */
  readonly history: readonly ScoredSolution[];
  /** The solution that ran, whether or not the history holds it. */
  readonly current: ScoredSolution;
  readonly exemplars: Exemplars;
  /** The scale of all scores, those of the examples too: see {@link scoreText}. */
  readonly scale: number;
  /** The most characters of the prompt. */
  readonly maxCharacters: number;
  /** How the answer is to be given. */
  readonly instructions: string;
}

/**
 * The prompt. When it would be longer than `maxCharacters`, the worst solutions are left out first, which the prompt says,
 * and then the exemplars, the last first; then the current solution and the note are shortened. The objective, the
 * variables' documentation and the instructions are never cut.
 * @throws TooLongError when those alone are longer.
 */
export function renderPrompt(rendering: OproRendering): { readonly text: string } {
  const { maxCharacters } = rendering;
  let { history, exemplars, note, current } = rendering;
  for (;;) {
    const text = assemble(
      { ...rendering, history, exemplars, note, current },
      rendering.history.length - history.length,
    );
    if (text.length <= maxCharacters) return { text };
    const worst = history.find(({ key }) => key !== rendering.current.key);
    if (worst !== undefined) history = history.filter((solution) => solution !== worst);
    else if (exemplars.items.length > 0) exemplars = { ...exemplars, items: exemplars.items.slice(0, -1) };
    else if (history.length > 0) history = [];
    else if (current === rendering.current) {
      current = shorten(current, Math.floor(maxCharacters * 0.4));
      note = note === undefined ? undefined : cut(note, Math.floor(maxCharacters * 0.1));
    } else throw new TooLongError("the objective, the variables and the current solution", text);
  }
}

function shorten(solution: ScoredSolution, limit: number): ScoredSolution {
  const names = Object.keys(solution.values);
  const texts = cutToShare(Object.values(solution.values), limit);
  return { ...solution, values: Object.fromEntries(names.map((name, index) => [name, texts[index] as string])) };
}

function assemble({ history, current, ...rest }: OproRendering, leftOut: number): string {
  const isInHistory = history.some(({ key }) => key === current.key);
  const all = isInHistory ? history : [...history, current];
  const scale = rest.scale > 0 ? [scaleText(rest.scale)] : [];
  const texts = all.map((solution) =>
    solutionText(solution, scoreText(meanOf(solution), rest.scale), isInHistory && solution.key === current.key),
  );
  const note =
    leftOut === 0 ? [] : [`(${leftOutText(leftOut, "solution with a lower score", "solutions with lower scores")})`];
  const { exemplars } = rest;
  const types = new Set<string>();
  return joinSections([
    ["Objective", rest.objective === "" ? undefined : rest.objective],
    ["Note", rest.note],
    ["Variables", rest.variables.flatMap((variable) => variableLines(variable, types))],
    ["Solutions", history.length === 0 ? [] : [...scale, ...note, ...texts.slice(0, history.length)]],
    ["Current solution", isInHistory ? [] : [...(history.length === 0 ? scale : []), ...texts.slice(history.length)]],
    ["Examples", exemplars.items.map((item, index) => exemplarText(item, index, rest.scale))],
    ["Feedback", exemplars.feedback],
    ["Your answer", [answerText, rest.instructions]],
  ]);
}

function solutionText({ values, visits }: ScoredSolution, score: string, isCurrent: boolean): string {
  const notes = [...(visits > 1 ? [`mean of ${visits} runs`] : []), ...(isCurrent ? [currentMark] : [])];
  const title = `## Score: ${score}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}`;
  return [title, ...Object.entries(values).map(([name, text]) => `${name}:\n${fenced(text)}`)].join("\n");
}

function exemplarText({ input, output, feedback, score }: Exemplar, index: number, scale: number): string {
  const lines = [`## Example ${index + 1}`, titled("Input", input), titled("Output", output)];
  if (feedback !== undefined) lines.push(titled("Feedback", feedback));
  if (score !== undefined) lines.push(`Score: ${scoreText(score, scale)}`);
  return lines.join("\n");
}

/** Text of one line stands behind its title; only what could be taken for more than that needs a fence. */
function titled(title: string, text: string): string {
  return text.includes("\n") || text === "" ? `${title}:\n${fenced(text)}` : `${title}: ${text}`;
}
