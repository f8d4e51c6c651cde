/**
 * tracegrad's GEPA beside Python's gepa, with the same problems and the same scripted reflection model, at equal
 * evaluations: `npm run bench:peers -- [--seeds N] [--calls 150,400,1000] [--families a,b] [--python PYTHON] [--json
 * FILE] [--markdown FILE]`. Python's gepa ends its last round above the budget, and tracegrad begins none that does not
 * fit: so it is given what Python's run really spent and half a round more. Needs `pip install gepa==0.1.4`. Exits with
 * 1 when tracegrad is behind somewhere: when a whole 95% interval of the paired differences is below 0.
 */

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { components } from "./components.ts";
import { noisy } from "./noisy.ts";
import type { PeerFamily } from "./problem.ts";
import { rulebook } from "./rulebook.ts";
import { ours } from "./run-one.ts";
import { isBehind, type Pair, tableOf } from "./table.ts";
import { PythonGepa } from "./theirs.ts";

const { values: options } = parseArgs({
  options: {
    seeds: { type: "string", default: "30" },
    calls: { type: "string", default: "150,400,1000" },
    families: { type: "string" },
    python: { type: "string", default: "python3" },
    json: { type: "string" },
    markdown: { type: "string" },
  },
});

const contests: readonly { readonly family: PeerFamily; readonly merge: boolean }[] = [
  { family: rulebook, merge: false },
  { family: components, merge: false },
  { family: components, merge: true },
  { family: noisy, merge: false },
];
/**
 * Half of what a round takes, whose child passes: minibatch twice, and validation. Both libraries then spend alike on
 * average.
 */
const halfRound = (3 + 3 + 20) / 2;
const wanted = options.families?.split(",");
const peer = new PythonGepa(options.python);
const pairs: Pair[] = [];
for (const { family, merge } of contests.filter(({ family: { name } }) => wanted?.includes(name) ?? true)) {
  for (const calls of options.calls.split(",").map(Number)) {
    for (let seed = 0; seed < Number(options.seeds); seed++) {
      const problem = family.problem(seed);
      const theirs = await peer.run(family, { seed, calls, merge });
      const entry = { seed, calls: theirs.calls + halfRound, merge };
      pairs.push({
        problem: merge ? `${family.name}, merge` : family.name,
        calls,
        seed,
        start: problem.truth(problem.start),
        theirs,
        ours: await ours(family, { ...entry, acceptance: "best" }),
        likely: await ours(family, { ...entry, acceptance: "likely" }),
        proven: await ours(family, { ...entry, acceptance: "proven" }),
      });
    }
  }
}
peer.close();
const table = tableOf(pairs);
console.log(table);
if (options.markdown !== undefined) writeFileSync(options.markdown, table);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(pairs, null, 2)}\n`);
process.exitCode = isBehind(pairs) ? 1 : 0;
