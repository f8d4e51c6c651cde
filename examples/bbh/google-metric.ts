/**
 * The metric of the evaluator that comes with BIG-Bench Extra Hard, which is more lenient than the paper's. By what
 * `bbeh/evaluate.py` of github.com/google-deepmind/bbeh does.
 */

/** Whether an output is right by that evaluator. */
export function isRightForGoogle(output: string, target: string): boolean {
  const wanted = target.trim().toLowerCase().replaceAll(", ", ",");
  const [line = ""] = answerIn(output.trim()).toLowerCase().replaceAll(", ", ",").replaceAll("**", "").split("\n");
  return matches(line.replace(/\.$/, ""), wanted);
}

const prefixes = ["The answer is:", "The final answer is ", "The final answer is: ", "The answer is "];

/** What stands behind the last of the sentences that lead up to an answer, without a full stop or LaTeX around it. */
function answerIn(output: string): string {
  let answer = output;
  for (const prefix of prefixes) {
    if (answer.includes(prefix)) answer = answer.slice(answer.lastIndexOf(prefix) + prefix.length).trim();
  }
  return withoutLatex(answer.replace(/\.$/, ""));
}

function withoutLatex(answer: string): string {
  let inner = answer.startsWith("$") && answer.endsWith("$") ? answer.slice(1, -1) : answer;
  for (const opening of ["boxed{", "text{", "texttt{"]) {
    if (inner.includes(opening) && inner.endsWith("}")) inner = inner.slice(0, -1).split(opening)[1] ?? "";
  }
  return inner;
}

function matches(answer: string, target: string): boolean {
  const letterOf = (text: string) => /^\((.)\)$/s.exec(text)?.[1];
  const letters = [letterOf(answer), letterOf(target)];
  if (answer === target) return true;
  if (letters[0] !== undefined) return letters[0] === target;
  if (letters[1] !== undefined) return letters[1] === answer;
  return (
    isSameNumber(answer, target) ||
    answer.replaceAll("'", "") === target.replaceAll("'", "") ||
    `[${target}]` === answer ||
    `[${answer}]` === target ||
    answer === `${target}?`
  );
}

function isSameNumber(answer: string, target: string): boolean {
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/;
  return number.test(answer) && number.test(target) && Number(answer) === Number(target);
}
