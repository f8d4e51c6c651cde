/** Runs one job in this process: `child.mjs <job> [numbers]`. Prints its figures as JSON. */

import { jobs } from "./jobs.ts";

const [job = "", ...numbers] = process.argv.slice(2);
const work = jobs[job];
if (work === undefined) throw new Error(`There is no job "${job}". The jobs are: ${Object.keys(jobs).join(", ")}.`);
console.log(JSON.stringify(await work(...numbers.map(Number))));
