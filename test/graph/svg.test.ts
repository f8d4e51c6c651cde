import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, inject, test } from "vitest";
import { trace } from "../../src/graph/trace.ts";
import { node } from "../../src/nodes/input-node.ts";
import { add, identity, neg } from "../../src/nodes/operators/index.ts";
import { parameter } from "../../src/nodes/parameter.ts";
import { anyGraph, hostileTexts } from "./hostile.ts";

test("draws any graph, with no markup from its values", async () => {
  await fc.assert(
    fc.asyncProperty(anyGraph, async (graph) => {
      const svg = await graph.toSvg();
      expect(svg).toContain("</svg>");
      expect(svg).not.toMatch(/<script|<b>/);
      // Characters that XML 1.0 does not have, and halves of surrogate pairs.
      // oxlint-disable-next-line no-control-regex
      expect(svg).not.toMatch(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/u);
    }),
    { numRuns: 40 },
  );
});

test.each(hostileTexts.filter((text) => text !== ""))(
  "shows the value %j as it is written in a literal",
  async (text) => {
    const svg = await trace(() => identity(node(text, { name: "input" }))).toSvg();
    const seen = svg.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
    const plain = seen
      .replaceAll("&quot;", '"')
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&amp;", "&");
    const literal = JSON.stringify(text).replace(/[\u007f-\u009f\ufffe\uffff]/g, "�");
    const lines = literal.split(/[\u2028\u2029]/);
    for (const line of lines) expect(plain.replaceAll("\u00a0", " ")).toContain(line);
  },
);

test("draws a parameter with 1,000 uses, and a result with 190, again at each use, which Graphviz can lay out", async () => {
  const step = parameter(1, { name: "step" });
  const graph = trace(() => {
    let last = node(0);
    for (let index = 0; index < 1_000; index++) last = add(last, step);
    return last;
  });
  // The box has a title and a label, each use a label.
  expect((await graph.toSvg({ maxNodes: Infinity, fold: false })).match(/>step</g)).toHaveLength(1_002);
  const result = trace(() => {
    const hub = neg(step);
    let last = hub;
    for (let index = 0; index < 190; index++) last = add(last, hub);
    return last;
  });
  const svg = await result.toSvg({ fold: false });
  expect(svg).toContain("neg(x=step)");
  expect(svg.match(/>neg</g)).toHaveLength(193);
});

test("says how to install the package that is missing", () => {
  const noViz = `export async function resolve(specifier, context, next) {
    if (specifier !== "@viz-js/viz") return next(specifier, context);
    throw Object.assign(new Error("Cannot find package '@viz-js/viz'"), { code: "ERR_MODULE_NOT_FOUND" });
  }`;
  const program = `
    import { register } from "node:module";
    register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(noViz)}`)});
    const { trace } = await import("tracegrad");
    const graph = trace(() => 1);
    for (let time = 0; time < 2; time++) await graph.toSvg().catch((error) => console.log(error.code, error.message));`;
  const run = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: inject("builtPackage"),
    encoding: "utf8",
  });
  const line =
    "missing-package Drawing SVG needs the optional package @viz-js/viz. Install it: npm install @viz-js/viz\n";
  expect([run.stdout, run.stderr]).toEqual([line + line, ""]);
});
