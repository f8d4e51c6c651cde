/** Workflow graphs of the spans of a running system, so that feedback on what it did reaches its prompts. */

import { WorkflowGraph } from "../graph/graph.ts";
import { Parameter, parameter } from "../nodes/parameter.ts";
import { type NamesOf, requireKnown } from "../util/known-names.ts";
import { UniqueNames } from "../util/names.ts";
import { graphOfTree, type TextParameters } from "./span-graph.ts";
import { readSpans, type SpanSource } from "./span-record.ts";
import { treesOf } from "./span-tree.ts";

/** Options of {@link graphsFromSpans}. */
export interface SpanGraphOptions {
  /**
   * The program's parameters, such as `parametersOf(agent)`. Where the present value of one of text stands in a system
   * prompt or a message, that parameter goes in, so that feedback reaches the program. Default: each system prompt
   * becomes a parameter of its own, one for all graphs with the same text.
   */
  readonly parameters?: Iterable<Parameter>;
}

const names: NamesOf<SpanGraphOptions> = { parameters: true };
/** The shortest value of a parameter that is looked for inside of others. */
const minLength = 8;

/**
 * The workflow graphs of GenAI spans, one for each root, in the order in which they began. Each span is a node: its
 * value is what came out, its inputs are what went in. An edge stands where a text that came out of one span went into
 * a later one, by the id of a tool call or as the same text, and from the last spans below a span to it. Content must
 * have been recorded: without it a graph only shows what lay below what.
 * @throws TracegradError `bad-spans` for what are no spans, and for spans that are each other's parents; `bad-option`.
 * @example
 * const graphs = graphsFromSpans(await readFile("traces.json", "utf8"), { parameters: parametersOf(agent) });
 */
export function graphsFromSpans(source: SpanSource, options: SpanGraphOptions = {}): readonly WorkflowGraph[] {
  requireKnown("graphsFromSpans", options, names);
  const texts = textParameters(options.parameters ?? []);
  return treesOf(readSpans(source)).map((tree) => {
    const { json, parameters } = graphOfTree(tree, texts);
    return WorkflowGraph.fromJSON(json, { parameters });
  });
}

function textParameters(given: Iterable<Parameter>): TextParameters {
  const program = [...given].filter(({ kind }) => kind === "text");
  const own = new Map<string, Parameter>();
  const taken = new UniqueNames();
  for (const { name } of program) taken.take(name);
  return {
    in: (text) =>
      program.filter(({ data }) => data === text || (String(data).length >= minLength && text.includes(String(data)))),
    ofInstructions(text) {
      const known = own.get(text);
      if (known !== undefined) return known;
      const fresh: Parameter = parameter<unknown>(text, { name: taken.take("system_instructions") });
      own.set(text, fresh);
      return fresh;
    },
  };
}
