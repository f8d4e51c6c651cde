/** Prints how many milliseconds the first check and the first call of a process take, on the clock and of processor. */
import { quickjs } from "../../src/sandbox/quickjs.ts";

const start = performance.now();
const used = process.cpuUsage();
const sandbox = quickjs();
const source = "function scale(price: number, by: number): number {\n  return price * by;\n}";
const spec = { entry: "scale", params: ["price", "by"], async: false, scope: [] };
sandbox.check(source, spec);
const checked = performance.now();
sandbox.open("seed").call({ source, spec, scope: {}, timeoutMs: 60_000 }, [2, 3]);
const wall = performance.now() - start;
const { user, system } = process.cpuUsage(used);
console.log(JSON.stringify({ check: checked - start, wall, processor: (user + system) / 1_000 }));
