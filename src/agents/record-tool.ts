/** Records a call of a tool that a door saw: it belongs to the reply that asked for it, or was made by the program. */

import { ExceptionNode, Node } from "../nodes/node.ts";
import type { Operation } from "../nodes/operation.ts";
import { isData } from "../util/fault.ts";
import { UniqueNames } from "../util/names.ts";
import { eachString } from "./find-texts.ts";
import { noteResult, type RecordingPlace, textsRead } from "./place.ts";

/** What a tool gave. */
export interface ToolOutcome {
  readonly result: unknown;
  /** Whether `result` is an error. */
  readonly failed: boolean;
}

/** How a call of a tool ended. */
interface ToolEnd extends ToolOutcome {
  /** What the program gets. */
  readonly value: unknown;
  /** The outcome as it may stand in a request. */
  readonly text: string;
}

/** A call of a tool under way. */
export interface RecordedTool {
  /** Makes the node of the outcome. */
  end(ended: ToolEnd): void;
  /** Makes the node of a failure. */
  fail(error: unknown): void;
}

/** Records a call of a tool; the node is made once it has ended. */
export function recordTool(recording: RecordingPlace, name: string, input: unknown): RecordedTool {
  const { log, context } = recording;
  const request = log.claimTool(name, input);
  const parents = request === undefined ? sourcesOf(recording, input) : [request.reply];
  const operation = request === undefined ? directOperation(name, parents) : toolOperation(request.call.name);
  const began = performance.now();
  const details = () => ({ inner: [], hidden: [], figures: { seconds: (performance.now() - began) / 1000 } });
  const note = (node: Node, value: unknown): void => {
    log.results.use(parents);
    if (request !== undefined) request.result = node;
    noteResult(node, recording, value);
  };
  return {
    end: ({ value, text, ...outcome }) => {
      const node = new Node<unknown>(operation, contentOf(input, outcome), parents, context);
      node.details = details();
      log.addSource(node, outcome.result);
      if (text !== outcome.result) log.addSource(node, text);
      note(node, value);
    },
    fail: (error) => {
      // Where a reply asked for it, the conversation tells how the program went on, perhaps by a call that succeeds.
      if (request !== undefined) request.claimed = false;
      else if (isData(error)) note(new ExceptionNode(operation, error, parents, details()), error);
    },
  };
}

/** The nodes whose values stand in the arguments of a call. */
function sourcesOf(recording: RecordingPlace, input: unknown): readonly Node[] {
  const found = new Set<Node>();
  const read = textsRead(recording);
  eachString(input, (text) => {
    for (const node of recording.log.mark(text, read).nodes) found.add(node);
  });
  return [...found];
}

/** The value of a tool's node. */
export function contentOf(input: unknown, { result, failed }: ToolOutcome): object {
  return failed ? { input, error: result } : { input, result };
}

/** The operation of a tool that a reply asked for. */
export function toolOperation(name: string): Operation {
  return operationOf(name, ["reply"], "A tool of the program, called because of `reply`.");
}

function directOperation(name: string, parents: readonly Node[]): Operation {
  const names = new UniqueNames();
  const inputs = parents.map((node) => names.take(node.name));
  return operationOf(name, inputs, "A tool that the program called itself.");
}

function operationOf(name: string, inputs: readonly string[], doc: string): Operation {
  return { kind: "bundle", name, inputs, rest: false, doc, async: true };
}
