/** Dyck words regenerated from their grammar: a trainable solver must close what a word leaves open. */

import { bundle, parametersOf } from "tracegrad";
import { type Rng, seeded } from "../../../src/util/rng.ts";
import { type Family, pick, taskOf, type Values } from "../problem.ts";
import { type Prompt, shownText } from "../prompt.ts";
import { applied, type CodeEdit, has, randomCodeEdit } from "./code-edits.ts";

const pairs = ["()", "[]", "{}", "<>"];
const parts = { train: 8, validation: 8, exam: 24 };

/** A prefix of a Dyck word, and what closes it. */
function wordOf(rng: Rng): { readonly input: string; readonly target: string } {
  let word = "";
  const open: string[] = [];
  for (let index = 0; index < 10 || open.length === 0; index++) {
    if (open.length > 0 && rng.float() < 0.4) word += open.pop();
    else {
      const [opening = "", closing = ""] = pick(pairs, rng);
      word += opening;
      open.push(closing);
    }
  }
  return { input: word, target: open.reverse().join("") };
}

const lines = {
  curly: `closing["{"] = "}";`,
  square: `closing["["] = "]";`,
  angle: `closing["<"] = ">";`,
  pop: `if (mark === open[open.length - 1]) open.pop();`,
  reverse: `open.reverse();`,
  drop: `open.shift();`,
};

/** All that a proposer can do to the solver: lines to put in, or to take out. */
const library: readonly CodeEdit[] = [
  ...[lines.curly, lines.square, lines.angle].map((line) => ({ line, behind: "const closing" })),
  { line: lines.pop, behind: "for (const mark of word)" },
  { line: lines.reverse, behind: "}" },
  { line: lines.drop, behind: "}" },
];

/** From what was needed and what came: a kind of mark is unknown, pairs are not taken off, the order is wrong. */
function told(prompt: Prompt, rng: Rng): Values | undefined {
  const code = shownText(prompt, "close");
  const said = [...prompt.feedback.matchAll(/"([^"]*)" needs "([^"]*)"; the output was "([^"]*)"/g)];
  const lacking = said.flatMap(([, word = "", right = "", output = ""]) => missing(code, word, [right, output]));
  if (said.length === 0 || lacking.length === 0) return undefined;
  const line = has(code, lines.drop) ? lines.drop : pick(lacking, rng);
  return { close: applied(code, library.find((edit) => edit.line === line) as CodeEdit) };
}

/** The lines to put in or to take out. */
function missing(code: string, word: string, [right, output]: readonly [string, string]): readonly string[] {
  const kinds = [lines.curly, lines.square, lines.angle].filter((line) => word.includes(line[9] as string));
  const unknown = kinds.filter((line) => !has(code, line));
  if (unknown.length > 0) return unknown;
  if (!has(code, lines.pop) && /[)\]}>]/.test(word)) return [lines.pop];
  return output === right ? [] : [lines.reverse];
}

export const dyck: Family = {
  name: "dyck",
  about:
    "Source text of a function that closes Dyck words, edited from a library of lines; words give the right answer.",
  moves: { told, random: (prompt, rng) => randomCodeEdit(prompt, "close", library, rng) },
  problem(seed, { noise = 0 } = {}) {
    const rng = seeded(`dyck/${seed}`);
    const count = parts.train + parts.validation + parts.exam;
    const rows = Array.from({ length: count }, () => wordOf(rng));
    const [start] = parametersOf(solver());
    return {
      name: `dyck/${seed}`,
      family: "dyck",
      optimum: 1,
      best: { close: library.filter(({ line }) => line !== lines.drop).reduce(applied, String(start?.data)) },
      make() {
        const close = solver();
        return taskOf({
          agent: (word: string) => close(word),
          parameters: close,
          guide: (word: string, output: unknown, target: string) =>
            output === target
              ? { score: 1, text: "Right." }
              : { score: 0, text: `"${word}" needs "${target}"; the output was "${String(output)}".` },
          rows,
          parts: { train: parts.train, validation: parts.validation },
          noise: { seed: `dyck/${seed}`, size: noise },
        });
      },
    };
  },
};

/** A solver that knows one kind of mark, and only words that never close any. */
const solver = () =>
  bundle(
    /** Gives the marks that close what the word leaves open. */
    function close(word: string): string {
      const closing: Record<string, string> = { "(": ")" };
      const open: string[] = [];
      for (const mark of word) {
        const other = closing[mark];
        if (other !== undefined) open.push(other);
      }
      return open.join("");
    },
    { trainable: true },
  );
