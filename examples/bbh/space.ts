/** The programs that the local search may choose from: ways to read an answer out of a text, as a small grammar. */

import { space } from "tracegrad/optimizers";

const markers = ["Answer:", "answer is", "the answer", "So", ":", "="];

/** What `extract_answer` may be: 6 · 2 · 2 · 2 · 3 = 144 programs. */
export const programs: space.Domain = space.grammar({
  start: "program",
  rules: {
    program: [
      "function extract_answer(prompt_template: string, question: string, response: string): string {",
      "  const marker = {{marker}};",
      "  const at = response.{{find}}(marker);",
      '  if (at < 0) throw new Error("The response does not say " + JSON.stringify(marker));',
      "  let answer = response.slice(at + marker.length).trim();{{line}}{{dot}}{{keep}}",
      "  return answer;",
      "}",
    ].join("\n"),
    marker: space.choices(markers.map((marker) => JSON.stringify(marker))),
    find: space.choices(["indexOf", "lastIndexOf"]),
    line: ["", '\n  answer = (answer.split("\\n")[0] ?? "").trim();'],
    dot: ["", '\n  answer = answer.replace(/\\.$/, "");'],
    keep: [
      "",
      "\n  answer = answer.match(/\\([A-Z]\\)/)?.[0] ?? answer;",
      "\n  answer = answer.split(/\\s+/).at(-1) ?? answer;",
    ],
  },
});
