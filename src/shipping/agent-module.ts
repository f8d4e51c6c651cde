/** The module around a program that is exported: what makes it, and what it is given. */

/** What a module is put together of. */
export interface AgentModule {
  /** The names of the parts, in order. */
  readonly names: readonly string[];
  /** What defines each part, in the order in which they are defined. */
  readonly definitions: readonly string[];
  /** What the program is given, by name, with the functions that use it. */
  readonly external: ReadonlyMap<string, ReadonlySet<string>>;
  /** The name of the function that runs learned ones. */
  readonly isolated: string;
  /** Whether a compiler has put `__name(fn, "fn")` into the texts. */
  readonly hasNames: boolean;
}

/** The text of the module. */
export function agentModule({ names, definitions, external, isolated, hasNames }: AgentModule): string {
  const params = external.size === 0 ? "" : `{ ${[...external.keys()].join(", ")} }`;
  return [
    "// Written by tracegrad from a program with what it has learned. It needs no tracegrad.\n",
    "/** Runs a learned function as its sandbox did: anew in each call, on copies of what it is given. */",
    `const ${isolated} = (define) => (...args) => define()(...structuredClone(args));`,
    ...(hasNames ? ["const __name = (fn) => fn;"] : []),
    `\n/** ${agentDoc(external)} */`,
    `export function createAgent(${params}) {`,
    definitions.join("\n\n"),
    `return { ${names.join(", ")} };`,
    "}\n",
  ].join("\n");
}

function agentDoc(external: AgentModule["external"]): string {
  if (external.size === 0) return "Makes the program.";
  const lines = [...external].map(
    ([name, users]) => ` * - \`${name}\`, which ${[...users].join(", ")} use${users.size === 1 ? "s" : ""}`,
  );
  const text = `Makes the program. It is given what its functions use from outside:\n${lines.join("\n")}`;
  return `${text.replaceAll("*/", "*\\/")}\n`;
}
