/** The calls of models of one program, and which texts went from where to where. */

import type { Node } from "../nodes/node.ts";
import type { PlainResults } from "../nodes/plain-results.ts";
import { isContainer } from "../util/tree.ts";
import { eachString, findTexts, type Needle, replaceFound, valuesIn } from "./find-texts.ts";
import type { Reply } from "./read-reply.ts";
import type { Conversation, ConversationMessage } from "./read-request.ts";
import { isSameData, parsed, type ToolCall } from "./read-request.ts";

/** The shortest text that is looked for inside of others, and inside of words. Others count where they are all. */
const [minLength, minInWord] = [3, 8];

/** A call that has ended. What it sent is not held: in a long conversation, each request holds all those before it. */
export interface LoggedCall extends SentConversation {
  readonly node: Node;
  readonly reply: Reply;
  /** The tool calls that the reply asks for. */
  readonly tools: readonly ToolRequest[];
}

/** What is known of a conversation that was sent. */
export interface SentConversation {
  readonly preambleKey: string;
  /** The number of its messages. */
  readonly length: number;
  /** That of its last message. */
  readonly key: string | undefined;
}

/** What a request adds to what was sent before. */
export interface NewMessages {
  /** The call whose conversation goes on. */
  readonly earlier: LoggedCall | undefined;
  readonly messages: readonly ConversationMessage[];
}

/** A tool call that a reply asks for. */
export interface ToolRequest {
  readonly call: ToolCall;
  /** The reply that asks for it. */
  readonly reply: Node;
  /** Whether a call that a door saw answers it. */
  claimed: boolean;
  /** What it gave, once that is known. */
  result: Node | undefined;
}

/** See the head of the file. */
export class CallLog {
  /** What the program got. */
  readonly results: PlainResults;
  readonly #calls: LoggedCall[] = [];
  readonly #sources: Needle<Node>[] = [];
  readonly #before: CallLog | undefined;
  /** That of the program that ended last here. */
  latest: CallLog | undefined;

  /** @param before That of an earlier call of a program, whose conversations may go on here. */
  constructor(results: PlainResults, before?: CallLog) {
    this.results = results;
    this.#before = before;
  }

  /** The calls from the newest on: most conversations go on from the one before. */
  *#newestFirst(): Generator<LoggedCall> {
    yield* this.#calls.toReversed();
    for (let log = this.#before; log !== undefined; log = log.#before) yield* log.#calls.toReversed();
  }

  /** Adds a node whose value may go into a request as text. The newest comes first. */
  addSource(node: Node, value: unknown): void {
    eachString(value, (text) => {
      const trimmed = text.trim();
      if (trimmed !== "") this.#sources.unshift({ text: trimmed, owner: node });
    });
    if (typeof value === "number") this.#sources.unshift({ text: String(value), owner: node });
  }

  /** Adds a call that has ended, with what it gave. */
  addCall(call: Omit<LoggedCall, "tools">): void {
    const { node, reply } = call;
    const { answers } = reply;
    const calls = answers.flatMap((answer) => answer.calls);
    const tools = calls.map((tool) => ({ call: tool, reply: node, claimed: false, result: undefined }));
    this.#calls.push({ ...call, tools });
    for (const { text } of answers) {
      const data = parsed(text);
      if (isContainer(data)) this.addSource(node, data);
      this.addSource(node, text);
    }
  }

  /** The tool call with this id: of the reply to `earlier`, or else of the newest one. Ids may repeat. */
  findTool(id: string, earlier: LoggedCall | undefined): ToolRequest | undefined {
    const calls = [...(earlier === undefined ? [] : [earlier]), ...this.#calls.toReversed()];
    return calls.flatMap(({ tools }) => tools).find(({ call }) => call.id === id);
  }

  /** The tool call that a call of the tool `name` answers, if no other call answers it. */
  claimTool(name: string, input: unknown): ToolRequest | undefined {
    const request = this.#calls
      .flatMap(({ tools }) => tools)
      .find(
        ({ claimed, result, call }) =>
          !claimed && result === undefined && isNamed(call.name, name) && isSameData(call.input, input),
      );
    if (request !== undefined) request.claimed = true;
    return request;
  }

  /** What a request adds to the longest conversation that it continues. */
  newIn({ messages, previous }: Pick<Conversation, "messages" | "previous">): NewMessages {
    let best: LoggedCall | undefined;
    for (const call of this.#newestFirst()) {
      if (previous !== undefined && call.reply.id === previous) return { earlier: call, messages };
      const isLonger = best === undefined || call.length > best.length;
      const isAlike = call.length === best?.length && !isReplyAfter(messages, best);
      if ((isLonger || isAlike) && continues(messages, call) && (isLonger || isReplyAfter(messages, call))) best = call;
    }
    return { earlier: best, messages: best === undefined ? messages : messages.slice(best.length) };
  }

  /**
   * `text` with the texts of known nodes replaced by `[name]`, and these nodes. `others` are known for this text only.
   */
  mark(text: string, others: readonly Needle<Node>[]): { readonly text: string; readonly nodes: readonly Node[] } {
    const known = [...others, ...this.#sources];
    const whole = known.find((one) => one.text === text.trim());
    if (whole !== undefined) return { text: `[${whole.owner.name}]`, nodes: [whole.owner] };
    const long = known.filter((one) => one.text.length >= minLength && one.isWhole !== true);
    const found = findTexts(
      text,
      long.map((one) => ({ ...one, isWord: one.text.length < minInWord })),
    );
    const nodes: Node[] = [];
    const marked = replaceFound(text, found, (match) => {
      const { owner } = match;
      nodes.push(owner);
      const fillings = [...valuesIn(text, match.gaps)].map(([name, value]) => {
        const filling = this.mark(value, others);
        nodes.push(...filling.nodes);
        return `${name} = ${filling.text}`;
      });
      return `[${[owner.name, ...fillings].join("; ")}]`;
    });
    return { text: marked, nodes };
  }
}

/** Whether a model knows the tool of a server by this name: as it is, or after a prefix, such as `orders__look_up`. */
function isNamed(known: string, name: string): boolean {
  return known === name || (known.endsWith(name) && !/[A-Za-z0-9]/.test(known.at(-name.length - 1) ?? ""));
}

/** Whether messages begin with those of a call, and go on with an answer. */
function continues(messages: readonly ConversationMessage[], call: LoggedCall): boolean {
  const { length, key } = call;
  return messages[length]?.isAnswer === true && messages[length - 1]?.key === key;
}

/** Whether the answer that follows on the messages of a call is the reply to it. */
function isReplyAfter(messages: readonly ConversationMessage[], { length, reply }: LoggedCall): boolean {
  const end = messages.findIndex(({ isAnswer }, index) => index >= length && !isAnswer);
  const said = messages.slice(length, end < 0 ? undefined : end);
  return reply.answers.some(({ text, calls: [first] }) =>
    said.some((one) => (first === undefined ? one.text === text : one.calls.includes(first.id))),
  );
}
