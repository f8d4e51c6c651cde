/** Records a call of a model as a node: its inputs are what really went into the request, its value is the reply. */

import { ExceptionNode, Node } from "../nodes/node.ts";
import { type CallFigures, type Details, input, type Operation } from "../nodes/operation.ts";
import type { Parameter } from "../nodes/parameter.ts";
import { isData } from "../util/fault.ts";
import { fieldsOf } from "../util/fields.ts";
import { UniqueNames } from "../util/names.ts";
import type { LoggedCall, SentConversation, ToolRequest } from "./call-log.ts";
import type { Needle } from "./find-texts.ts";
import type { KnownMessage } from "./known-messages.ts";
import { noteResult, type RecordingPlace, textsRead } from "./place.ts";
import type { ProgramWords } from "./program-words.ts";
import { type Reply, valueOf } from "./read-reply.ts";
import {
  type ConversationMessage,
  messageFieldOf,
  messagesIn,
  type Preamble,
  parsed,
  previousOf,
  readMessage,
  readPreamble,
  type ToolCall,
  type ToolResult,
} from "./read-request.ts";
import { contentOf, type ToolOutcome, toolOperation } from "./record-tool.ts";
import { needlesOfValue } from "./texts.ts";

/** A call under way. */
export interface RecordedCall {
  /** Makes the node of the reply. `seconds`: how long it took, where the call ended before. */
  end(reply: Reply, seconds?: number): void;
  /** Makes the node of a failure, if it says something about the program. */
  fail(error: unknown): void;
}

const unrecorded: RecordedCall = { end: () => undefined, fail: () => undefined };

/** What a model does with a request other than to write. */
export type CallKind = "embed" | "rerank";

/** A request to a model. */
export interface SentRequest {
  readonly model: string;
  readonly kind: CallKind | undefined;
  /** What the programs around the call wrote in it. */
  readonly words: ProgramWords;
  /** The request with the values of now of its texts. */
  readonly sent: unknown;
}

/** Records the request of a call; the node is made once the reply is there. */
export function recordCall(recording: RecordingPlace | undefined, request: SentRequest): RecordedCall {
  if (recording === undefined) return unrecorded;
  const { words, sent } = request;
  // The conversation is what the programs wrote: it goes on also where a text in it has a new value meanwhile.
  const known = recording.log.messages.read(messagesIn(words.request));
  const previous = previousOf(words.request);
  const { earlier, length: first } = recording.log.continuedBy({ known, previous });
  const inputs = new CallInputs(recording, earlier);
  const isNew = (_: unknown, index: number) => index >= first;
  const instructs = (message: unknown) => instructions.has(fieldsOf(message)["role"]);
  const part = withMessages(words.request, (message, index) => isNew(message, index) || instructs(message));
  for (const text of words.findIn(part)) inputs.addText(text);
  if (earlier !== undefined) inputs.add("history", earlier.node);
  const newest = earlier === undefined ? sent : words.replaced(withMessages(words.request, isNew));
  const { preamble, preambleKey } = readPreamble(newest);
  const messages = messagesIn(newest).map(readMessage);
  // An agent that takes over goes on with the conversation, but under its own instructions and with its own tools.
  if (preambleKey !== earlier?.preambleKey) inputs.addPreamble(preamble);
  inputs.conversation = known;
  // The first answers are the reply of the call before.
  const from = earlier === undefined ? 0 : messages.findIndex(({ isAnswer }) => !isAnswer);
  for (const message of from < 0 ? [] : messages.slice(from)) inputs.addMessage(message);
  return inputs.call(request, { preambleKey, length: known.length, lastKey: known.at(-1)?.key });
}

const instructions = new Set<unknown>(["system", "developer"]);

/** A request with those of its messages that `isIn` picks. */
function withMessages(request: unknown, isIn: (message: unknown, index: number) => boolean): unknown {
  const name = messageFieldOf(request);
  const fields = fieldsOf(request);
  return name !== undefined && Array.isArray(fields[name]) ? { ...fields, [name]: fields[name].filter(isIn) } : request;
}

/** What goes into a call, as it is found in the request. */
class CallInputs {
  readonly #recording: RecordingPlace;
  /** The call whose conversation goes on. */
  readonly #earlier: LoggedCall | undefined;
  readonly #names = new UniqueNames();
  readonly #inputs: string[] = [];
  readonly #parents: Node[] = [];
  /** Texts to look for that only this call knows of. */
  readonly #known: Needle<Node>[];
  /** The request, with known texts as `[name]`. */
  readonly #lines: string[] = [];
  #hasOwnWords = false;
  /** The messages of the request. */
  conversation: readonly KnownMessage[] = [];

  constructor(recording: RecordingPlace, earlier: LoggedCall | undefined) {
    this.#recording = recording;
    this.#earlier = earlier;
    this.#known = [...textsRead(recording)];
  }

  add(name: string, node: Node): void {
    if (this.#parents.includes(node)) return;
    this.#inputs.push(this.#names.take(name));
    this.#parents.push(node);
  }

  addText(text: Parameter): void {
    this.add(text.name, text as Node);
    this.#known.unshift(...needlesOfValue(text));
  }

  addPreamble(preamble: Preamble["preamble"]): void {
    if (typeof preamble["system"] === "string") this.#addLine("system", preamble["system"]);
    for (const [tool, doc] of Object.entries(fieldsOf(preamble["tools"]))) this.#addLine(`tool ${tool}`, String(doc));
  }

  addMessage({ role, text, results }: ConversationMessage): void {
    for (const result of results) this.#addResult(result);
    if (results.length === 0 && text !== "") this.#addLine(role, text);
  }

  #addLine(role: string, text: string): void {
    const { text: marked, nodes } = this.#recording.log.mark(text, this.#known);
    for (const node of nodes) this.add(node.name, node);
    this.#lines.push(`${role}: ${marked}`);
    this.#hasOwnWords ||= nodes.length !== 1 || marked !== `[${nodes[0]?.name}]`;
  }

  /** The result of a tool call that an earlier reply holds is a node of its own. */
  #addResult(result: ToolResult): void {
    const { value, failed } = result;
    const call = this.#callOf(result.id);
    const request = this.#recording.log.findTool({ ...result, call }, this.#earlier);
    if (request === undefined) return this.#addLine("tool", typeof value === "string" ? value : JSON.stringify(value));
    // A turn that is sent again, or goes on in two ways, has the same result.
    const node = (request.result ??= this.#toolNode(request, { result: value, failed }));
    this.add(node.name, node);
    this.#lines.push(`tool: [${node.name}]`);
  }

  /** The newest tool call with an id in the conversation. */
  #callOf(id: string): ToolCall | undefined {
    const messages = this.conversation;
    for (let at = messages.length - 1; at >= 0; at -= 1) {
      const call = messages[at]?.message.calls.findLast((one) => one.id === id);
      if (call !== undefined) return call;
    }
    return undefined;
  }

  /** The node of a tool whose call no door saw. */
  #toolNode({ call, reply }: ToolRequest, { result: value, failed }: ToolOutcome): Node {
    const { log, context } = this.#recording;
    const result = typeof value === "string" ? parsed(value) : value;
    const node = new Node<unknown>(
      toolOperation(call.name),
      contentOf(call.input, { result, failed }),
      [reply],
      context,
    );
    log.results.use([reply]);
    log.addSource(node, value);
    return node;
  }

  /** The call with these inputs, which begins now. */
  call({ model, kind }: SentRequest, conversation: SentConversation): RecordedCall {
    const { context, log } = this.#recording;
    if (this.#hasOwnWords) this.add("request", new Node<unknown>(requestInput, this.#lines.join("\n"), [], context));
    const parents = this.#parents;
    const operation = callOperation(model, kind, this.#inputs);
    const began = performance.now();
    const elapsed = () => (performance.now() - began) / 1000;
    return {
      end: (reply, seconds = elapsed()) => {
        const value = valueOf(reply);
        const node = new Node(operation, value, parents, context);
        node.details = detailsOf({ seconds, model, ...figuresOf(reply) });
        log.results.use(parents);
        log.addCall({ node, ...conversation, reply });
        noteResult(node, this.#recording, value);
      },
      fail: (error) => {
        if (!isData(error)) return;
        const node = new ExceptionNode(operation, error, parents, detailsOf({ seconds: elapsed(), model })) as Node;
        log.results.use(parents);
        noteResult(node, this.#recording, error);
      },
    };
  }
}

const requestInput = input(
  "request",
  "The words of the request that come from nothing else: [name] stands for an input.",
);

function callOperation(model: string, kind: CallKind | undefined, inputs: readonly string[]): Operation {
  const common = { kind: "bundle", inputs, rest: false, async: true } as const;
  if (kind === "embed")
    return { ...common, name: kind, base: "embeddings", doc: `Makes vectors of texts by ${model}.` };
  if (kind === "rerank") return { ...common, name: kind, base: "ranking", doc: `Orders documents by ${model}.` };
  const doc = `Asks the language model ${model}. \`history\` is the conversation up to the reply that it continues.`;
  return { ...common, name: "call_model", base: "reply", doc };
}

function detailsOf(figures: CallFigures): Details<Node> {
  return { inner: [], hidden: [], figures };
}

function figuresOf({ model, usage }: Reply): Partial<CallFigures> {
  return { ...(model === undefined ? {} : { model }), ...usage };
}
