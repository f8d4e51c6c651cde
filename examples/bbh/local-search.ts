/**
 * A local search over programs that read an answer out of a text. No language model takes part: it climbs from the best
 * program so far to one that differs in a single choice, and now and then starts elsewhere.
 */

import type { Parameter } from "tracegrad";
import type { Algorithm } from "tracegrad/extend";

/** The choices that a program is made of. */
const grammar = {
  marker: ["Answer:", "answer is", "the answer", "So", ":", "="],
  side: ["first", "last"],
  cut: ["none", "line", "dot", "line and dot"],
  keep: ["all", "letter in brackets", "last word"],
} as const;

type Choices = { readonly [K in keyof typeof grammar]: (typeof grammar)[K][number] };

/** The source of the program that these choices make. */
function programOf({ marker, side, cut, keep }: Choices): string {
  const lines = [
    "function extract_answer(response: string): string {",
    `  const at = response.${side === "first" ? "indexOf" : "lastIndexOf"}(${JSON.stringify(marker)});`,
    `  if (at < 0) throw new Error("The response does not say " + ${JSON.stringify(JSON.stringify(marker))});`,
    `  let answer = response.slice(at + ${marker.length}).trim();`,
  ];
  if (cut.includes("line")) lines.push('  answer = (answer.split("\\n")[0] ?? "").trim();');
  if (cut.includes("dot")) lines.push('  answer = answer.replace(/\\.$/, "");');
  if (keep === "letter in brackets") lines.push("  answer = answer.match(/\\([A-Z]\\)/)?.[0] ?? answer;");
  if (keep === "last word") lines.push("  answer = answer.split(/\\s+/).at(-1) ?? answer;");
  return [...lines, "  return answer;", "}"].join("\n");
}

/** What the search remembers. */
export type SearchState = {
  readonly current: Choices | null;
  readonly best: Choices | null;
  /** The best program's score on the examples it was run on; the starting artifact is the first to beat. */
  readonly bestScore: number;
  readonly tried: readonly string[];
  readonly chance: number;
};

/** The search as an algorithm that asks no model. `seed` decides which choices it tries. */
export function localSearch(seed: number): Algorithm<SearchState> {
  return {
    name: "local search (no LLM)",
    init: () => ({ current: null, best: null, bestScore: -1, tried: [], chance: seed }),
    async propose(credit, state, { parameters }) {
      const [parameter] = parameters as [Parameter];
      const signal = credit.signals.get(parameter);
      const score = credit.feedback.score ?? 0;
      const isBetter = state.current !== null && score > state.bestScore;
      const [best, bestScore] = isBetter ? [state.current, score] : [state.best, Math.max(state.bestScore, 0)];
      const { choices, chance } = next(best, new Set(state.tried), state.chance);
      const tried = [...state.tried, JSON.stringify(choices)];
      const update = {
        parameter,
        value: programOf(choices),
        ...(signal === undefined ? {} : { seen: signal.version }),
      };
      const reasoning =
        best === null ? "A first program, chosen by chance." : "One choice of the best program so far is changed.";
      return [
        { updates: [update], reasoning, refused: [], exchanges: [] },
        { current: choices, best, bestScore, tried, chance },
      ] satisfies [unknown, SearchState];
    },
  };
}

/** A neighbour of the best program that was not tried, or another program by chance: at first, often enough, and at the end. */
function next(best: Choices | null, tried: ReadonlySet<string>, chance: number): { choices: Choices; chance: number } {
  let state = chance;
  const random = (below: number) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return (state >>> 0) % below;
  };
  const any = () =>
    Object.fromEntries(Object.entries(grammar).map(([name, values]) => [name, values[random(values.length)]]));
  for (let tries = 0; tries < 200; tries++) {
    const far = best === null || tries > 50 || random(4) === 0;
    const names = Object.keys(grammar) as (keyof Choices)[];
    const name = names[random(names.length)] as keyof Choices;
    const values = grammar[name];
    const choices = (far ? any() : { ...best, [name]: values[random(values.length)] }) as Choices;
    if (!tried.has(JSON.stringify(choices))) return { choices, chance: state };
  }
  return { choices: (best ?? any()) as Choices, chance: state };
}
