/** The calls of models of one program, and which texts went from where to where. */

import type { Node } from "../nodes/node.ts";
import type { PlainResults } from "../nodes/plain-results.ts";
import { isContainer } from "../util/tree.ts";
import { eachString, findTexts, type Needle, replaceFound, valuesIn } from "./find-texts.ts";
import type { Reply } from "./read-reply.ts";
import type { Conversation, ConversationMessage, ToolCall, ToolResult } from "./read-request.ts";
import { isSameData, parsed } from "./read-request.ts";

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

/** Logs whose conversations may go on in another one. */
interface OtherLogs {
  /** That of an earlier call of a program. */
  readonly before: CallLog | undefined;
  /** That of the place where the program was called: it may hand over its conversation, or have tools run. */
  readonly around: CallLog | undefined;
}

/** See the head of the file. */
export class CallLog {
  /** What the program got. */
  readonly results: PlainResults;
  readonly #calls: LoggedCall[] = [];
  readonly #sources: Needle<Node>[] = [];
  readonly #others: OtherLogs;
  /** That of the program that ended last here. */
  latest: CallLog | undefined;

  constructor(results: PlainResults, others: OtherLogs = { before: undefined, around: undefined }) {
    this.results = results;
    this.#others = others;
  }

  /** This log and those whose conversations may go on here, the nearest first. */
  *#logs(): Generator<CallLog> {
    for (let log: CallLog | undefined = this; log !== undefined; log = log.#others.before) yield log;
    const { around } = this.#others;
    if (around !== undefined) yield* around.#logs();
  }

  /** The calls from the newest on: most conversations go on from the one before. */
  *#newestFirst(): Generator<LoggedCall> {
    for (const log of this.#logs()) {
      for (let at = log.#calls.length - 1; at >= 0; at -= 1) yield log.#calls[at] as LoggedCall;
    }
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

  /**
   * The tool call that a result answers: of the reply to `earlier`, or else of the newest one. Ids may repeat, also in
   * the choices of one reply, so that the very call that the conversation holds comes before one with its id alone. One
   * of another log has to be the very call.
   */
  findTool({ id, call }: ToolResult, earlier: LoggedCall | undefined): ToolRequest | undefined {
    const near = [...(earlier === undefined ? [] : [earlier]), ...this.#calls.toReversed()];
    const alike = near.flatMap(({ tools }) => tools).filter((tool) => tool.call.id === id);
    if (call === undefined) return alike[0];
    const isIt = ({ call: one }: ToolRequest) =>
      one.id === id && one.name === call.name && isSameData(one.input, call.input);
    const own = alike.find(isIt) ?? alike[0];
    if (own !== undefined) return own;
    for (const { tools } of this.#newestFirst()) {
      const found = tools.find(isIt);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The tool call that a call of the tool `name` answers, if no other call answers it: of the nearest log with one. */
  claimTool(name: string, input: unknown): ToolRequest | undefined {
    const isIt = ({ claimed, result, call }: ToolRequest) =>
      !claimed && result === undefined && isNamed(call.name, name) && isSameData(call.input, input);
    for (const log of this.#logs()) {
      for (const { tools } of log.#calls) {
        const request = tools.find(isIt);
        if (request === undefined) continue;
        request.claimed = true;
        return request;
      }
    }
    return undefined;
  }

  /** What a request adds to the longest conversation that it continues. */
  newIn({ messages, previous }: Pick<Conversation, "messages" | "previous">): NewMessages {
    const last = messages.findLastIndex(({ isAnswer }) => isAnswer);
    let best: LoggedCall | undefined;
    // Most requests go on from the call before, or from none: then there is nothing to look for in all the others.
    for (const call of last < 0 && previous === undefined ? [] : this.#newestFirst()) {
      if (previous !== undefined && call.reply.id === previous) return { earlier: call, messages };
      const isLonger = best === undefined || call.length > best.length;
      const isAlike = call.length === best?.length && !isReplyAfter(messages, best);
      if (!(isLonger || isAlike) || !continues(messages, call)) continue;
      const isReply = isReplyAfter(messages, call);
      if (isLonger || isReply) best = call;
      const isNewest = isReply && messages.slice(call.length, last).every(({ isAnswer }) => isAnswer);
      if (isNewest && previous === undefined) break;
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
    said.some((one) => (first === undefined ? one.text === text : one.calls.some(({ id }) => id === first.id))),
  );
}
