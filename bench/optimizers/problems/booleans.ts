/**
 * Boolean expressions regenerated from a grammar: a trainable evaluator rewrites a text by rules, in the right order.
 */

import { bundle, parametersOf } from "tracegrad";
import { type Rng, seeded } from "../../../src/util/rng.ts";
import { type Family, pick, taskOf, type Values } from "../problem.ts";
import { type Prompt, shownText } from "../prompt.ts";
import { applied, type CodeEdit, has, randomCodeEdit } from "./code-edits.ts";

const parts = { train: 8, validation: 8, exam: 24 };

/** An expression with its value, as deep as said. */
function expressionOf(depth: number, rng: Rng): { readonly text: string; readonly value: boolean } {
  if (depth === 0) {
    const value = rng.float() < 0.5;
    return { text: value ? "True" : "False", value };
  }
  const inner = () => expressionOf(depth - 1, rng);
  const kind = pick(["not", "paren", "binary", "binary"] as const, rng);
  if (kind === "paren") {
    const { text, value } = inner();
    return { text: `( ${text} )`, value };
  }
  if (kind === "not") {
    const { text, value } = inner();
    return { text: `not ( ${text} )`, value: !value };
  }
  // Read by the usual rules: not, then and, then or. JavaScript's have the same order.
  const text = `${inner().text} ${pick(["and", "or"], rng)} ${inner().text}`;
  return { text, value: valueOf(text) };
}

/** The value, by recursive descent. */
function valueOf(text: string): boolean {
  const tokens = text.split(" ");
  const either = (): boolean => {
    let value = both();
    while (tokens[0] === "or") {
      tokens.shift();
      const right = both();
      value = value || right;
    }
    return value;
  };
  const both = (): boolean => {
    let value = one();
    while (tokens[0] === "and") {
      tokens.shift();
      const right = one();
      value = value && right;
    }
    return value;
  };
  const one = (): boolean => {
    const token = tokens.shift();
    if (token === "not") return !one();
    if (token !== "(") return token === "True";
    const value = either();
    tokens.shift();
    return value;
  };
  return either();
}

const rule = (pattern: string, result: string) => `rules.push([/${pattern}/, "${result}"]);`;
const lines = {
  notTrue: rule("not True", "False"),
  notFalse: rule("not False", "True"),
  paren: rule("\\( (True|False) \\)", "$1"),
  andTrue: rule("True and (True|False)", "$1"),
  andFalse: rule("False and (True|False)", "False"),
  orTrue: rule("(?<!and )True or (True|False)(?! and)", "True"),
  orFalse: rule("(?<!and )False or (True|False)(?! and)", "$1"),
  /** Does not wait for an `and` beside it. */
  hasty: rule("True or (True|False)", "True"),
  /** Forgets a `not`. */
  deaf: rule("not ", ""),
} as const;
type Line = keyof typeof lines;

/** All that a proposer can do to the evaluator: rules to put in at the top or at the end, or to take out. */
const atTop: readonly Line[] = ["notTrue", "notFalse", "paren", "hasty", "deaf"];
const atEnd: readonly Line[] = ["andTrue", "andFalse", "orTrue", "orFalse"];
const edits = new Map<Line, CodeEdit>([
  ...atTop.map((line) => [line, { line: lines[line], behind: "const rules" }] as const),
  ...atEnd.map((line) => [line, { line: lines[line], behind: "rules.push(", last: true }] as const),
]);
const missingAtFirst: readonly Line[] = ["notTrue", "notFalse", "paren", "orTrue", "orFalse"];

function toggled(code: string, line: Line): string {
  return applied(code, edits.get(line) as CodeEdit);
}

/** What is left in an output lacks a rule; a value that is wrong comes from a bad rule. */
function told(prompt: Prompt, rng: Rng): Values | undefined {
  const code = shownText(prompt, "evaluate");
  const outputs = [...prompt.feedback.matchAll(/the output was "([^"]*)"/g)].map(([, output = ""]) => output);
  const ideas: readonly Line[] = outputs.flatMap((output) => {
    if (/^(True|False)$/.test(output)) return (["hasty", "deaf"] as const).filter((line) => has(code, lines[line]));
    const useful = (["notTrue", "notFalse", "paren", "andTrue", "andFalse", "orTrue", "orFalse"] as const).filter(
      (line) => new RegExp(patternOf(line)).test(output),
    );
    return useful.filter((line) => !has(code, lines[line]));
  });
  return ideas.length === 0 ? undefined : { evaluate: toggled(code, pick(ideas, rng)) };
}

function patternOf(line: Line): string {
  return /\/(.*)\//.exec(lines[line])?.[1] ?? "";
}

export const booleans: Family = {
  name: "booleans",
  about:
    "Source text of a function that evaluates boolean expressions, edited from a library of rules; words give the answer.",
  moves: { told, random: (prompt, rng) => randomCodeEdit(prompt, "evaluate", [...edits.values()], rng) },
  problem(seed, { noise = 0 } = {}) {
    const rng = seeded(`booleans/${seed}`);
    const count = parts.train + parts.validation + parts.exam;
    const rows = Array.from({ length: count }, (_, index) => {
      const { text, value } = expressionOf(1 + (index % 4), rng);
      return { input: text, target: value ? "True" : "False" };
    });
    const [start] = parametersOf(evaluator());
    const best = missingAtFirst.reduce(toggled, toggled(String(start?.data), "hasty"));
    return {
      name: `booleans/${seed}`,
      family: "booleans",
      optimum: 1,
      best: { evaluate: best },
      make() {
        const evaluate = evaluator();
        return taskOf({
          agent: (expression: string) => evaluate(expression),
          parameters: evaluate,
          guide: (expression: string, output: unknown, target: string) =>
            output === target
              ? { score: 1, text: "Right." }
              : { score: 0, text: `"${expression}" is ${target}; the output was "${String(output)}".` },
          rows,
          parts: { train: parts.train, validation: parts.validation },
          noise: { seed: `booleans/${seed}`, size: noise },
        });
      },
    };
  },
};

/** An evaluator that knows neither `not` nor parentheses, and is hasty with `or`. */
const evaluator = () =>
  bundle(
    /** Gives the value of a boolean expression, "True" or "False", by rewriting it with the first rule that fits. */
    function evaluate(expression: string): string {
      const rules: [RegExp, string][] = [];
      rules.push([/True or (True|False)/, "True"]);
      rules.push([/True and (True|False)/, "$1"]);
      rules.push([/False and (True|False)/, "False"]);
      let text = expression;
      for (let round = 0; round < 200; round++) {
        const rule = rules.find(([pattern]) => pattern.test(text));
        if (rule === undefined) break;
        text = text.replace(rule[0], rule[1]);
      }
      return text;
    },
    { trainable: true },
  );
