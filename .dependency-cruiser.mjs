// Who may import whom, as data. `npm run check:imports` turns it into rules and also proves that each rule can fail.
import { readFileSync } from "node:fs";

/**
 * A room may import itself, the rooms and files in `imports`, and those in `types` by `import type` only.
 * A room that is not named here may not exist.
 */
const rooms = {
  util: { imports: [] },
  math: { imports: ["util"] },
  nodes: { imports: ["util"], types: ["sandbox/sandbox.ts"] },
  graph: { imports: ["nodes", "util"] },
  templates: { imports: ["graph", "nodes", "util"] },
  optimizers: { imports: ["graph", "nodes", "math", "util"], types: ["llm/llm.ts"] },
  training: { imports: ["templates", "optimizers", "graph", "nodes", "math", "util"], types: ["llm/llm.ts"] },
  // The fold of a run's events, and the verdict that follows, are one for the loop and for whoever looks on.
  report: {
    imports: ["graph", "nodes", "math", "util", "training/loop/progress.ts", "training/acceptance/verdict.ts"],
    types: ["training"],
  },
  // What a run learned, on its way out: it reads runs and writes in their report's words; programs as the sandbox reads them.
  shipping: { imports: ["report", "training", "nodes", "sandbox", "util"], types: ["optimizers"] },
  agents: { imports: ["nodes", "util"] },
  // Who makes the evaluations of a run elsewhere, and who serves them there.
  executors: { imports: ["training/execution", "util"] },
  // Spans of what runs, and graphs and examples of the spans of others.
  otel: { imports: ["graph", "nodes", "util"] },
  llm: { imports: ["util"] },
  sandbox: { imports: ["util"] },
  cli: { imports: ["index.ts", "doors", "defaults.ts", "llm", "sandbox", "executors", "util/json-file.ts"] },
};
const ports = ["llm/llm.ts", "sandbox/sandbox.ts"];
/** The index row: the doors of the package and the wiring of its defaults. They import everything but the cli. */
const doors = ["index.ts", "doors", "defaults.ts"];

/** The room whose types need each other: a graph and what its methods give. */
const mutual = ["graph"];

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
/** A pattern for rooms (`nodes`) and files (`llm/llm.ts`) of src. */
const inSrc = (...places) =>
  `^src/(${places.map((place) => (place.endsWith(".ts") ? `${escape(place)}$` : `${place}/`)).join("|")})`;

const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

const roomRules = Object.entries(rooms).flatMap(([room, { imports, types = [] }]) => [
  forbid(
    `room-${room}`,
    `${room} may import ${[...imports, ...types.map((place) => `types of ${place}`)].join(", ") || "nothing of ours"}.`,
    { path: inSrc(room) },
    { path: "^src/", pathNot: inSrc(room, ...imports, ...types) },
  ),
  ...(types.length === 0
    ? []
    : [
        forbid(
          `types-${room}`,
          `${room} may take types only from ${types.join(", ")}: write \`import type\`.`,
          { path: inSrc(room) },
          { path: inSrc(...types), pathNot: inSrc(room, ...imports), dependencyTypesNot: ["type-only"] },
        ),
      ]),
]);

const { exports } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const publicFiles = Object.values(exports)
  .map((target) => target["@tracegrad/source"])
  .filter((source) => source !== undefined)
  .map((source) => source.replace("./src/", ""));

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...roomRules,
    forbid("ports", "A port imports nothing of ours.", { path: inSrc(...ports) }, { path: "^src/" }),
    forbid("doors", "Nobody imports the cli.", { path: inSrc(...doors) }, { path: inSrc("cli") }),
    forbid(
      "unknown-room",
      "Each file of src is a door or lies in a room of the table in .dependency-cruiser.mjs.",
      { path: "^src/", pathNot: inSrc(...doors, ...Object.keys(rooms)) },
      {},
    ),
    forbid(
      "src-is-alone",
      "src never reaches out to tests, examples, benches or scripts.",
      { path: "^src/" },
      { path: "^(test|examples|bench|scripts)/" },
    ),
    forbid(
      "public-names-only",
      "Examples import the package by its public names, as users do.",
      { path: "^examples/" },
      { path: "^src/", pathNot: inSrc(...publicFiles) },
    ),
    forbid(
      "runtime-dependency",
      "What src imports is a dependency or a peer, not a development tool.",
      { path: "^src/" },
      { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["npm", "npm-peer"] },
    ),
    forbid("unresolved", "The import leads nowhere.", {}, { couldNotResolve: true }),
    forbid("cycle", "Modules import each other. Move the shared part down.", {}, { circular: true }),
    forbid(
      "type-cycle",
      `Modules name each other's types. Only ${mutual.join(" and ")} may, within itself: move the shared types down.`,
      { path: "^src/", pathNot: inSrc(...mutual) },
      { circular: true },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@tracegrad/source", "types", "import", "node", "default"],
    },
  },
};
