/** The calls of models of one program, and which texts went from where to where. */

import type { Node } from "../nodes/node.ts";
import type { PlainResults } from "../nodes/plain-results.ts";
import { getOrSet } from "../util/collections.ts";
import { isContainer } from "../util/tree.ts";
import { eachString, findTexts, type Needle, replaceFound, valuesIn } from "./find-texts.ts";
import { type KnownMessage, KnownMessages } from "./known-messages.ts";
import type { Reply } from "./read-reply.ts";
import { type ConversationMessage, isSameData, parsed, type ToolCall, type ToolResult } from "./read-request.ts";

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
  /** The key of the last of them. */
  readonly lastKey: string | undefined;
}

/** A request whose conversation may go on from an earlier one. */
export interface RequestMessages {
  readonly known: readonly KnownMessage[];
  /** The id of the reply that the API itself puts before them. */
  readonly previous: string | undefined;
}

/** What a request goes on from. */
export interface Continued {
  readonly earlier: LoggedCall | undefined;
  /** How many of its messages were sent before. */
  readonly length: number;
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
  /** The tool calls that replies ask for, by id: a list for each reply. */
  readonly #tools = new Map<string, (readonly ToolRequest[])[]>();
  /** Texts that are looked for inside of others, the newest last. */
  readonly #sources: Needle<Node>[] = [];
  /** The newest node of each text. */
  readonly #byText = new Map<string, Node>();
  readonly #others: OtherLogs;
  /** Those of the programs that have ended here, in this order. Any of their conversations may go on. */
  readonly #ended: CallLog[] = [];
  /** The messages of its calls. Logs whose conversations go on in each other share it. */
  readonly messages: KnownMessages;

  constructor(results: PlainResults, others: OtherLogs = { before: undefined, around: undefined }) {
    this.results = results;
    this.#others = others;
    this.messages = (others.before ?? others.around)?.messages ?? new KnownMessages();
  }

  /** Forgets what only the requests of its program are looked through for: the program has ended. */
  end(): void {
    this.#sources.length = 0;
    this.#byText.clear();
  }

  /** Notes the log of a program that has ended here. */
  addEnded(log: CallLog): void {
    this.#ended.push(log);
  }

  /** This log and those whose conversations may go on here, the nearest first. */
  *#logs(seen = new Set<CallLog>()): Generator<CallLog> {
    for (let log: CallLog | undefined = this; log !== undefined && !seen.has(log); log = log.#others.before) {
      seen.add(log);
      yield log;
    }
    const { around } = this.#others;
    if (around === undefined) return;
    for (let at = around.#ended.length - 1; at >= 0; at -= 1) {
      const log = around.#ended[at] as CallLog;
      if (!seen.has(log)) yield log;
    }
    yield* around.#logs(seen);
  }

  /** Adds a node whose value may go into a request as text. The newest counts before others. */
  addSource(node: Node, value: unknown): void {
    const add = (text: string): void => {
      if (text === "" || this.#byText.get(text) === node) return;
      this.#byText.set(text, node);
      if (text.length >= minLength) this.#sources.push(asPart({ text, owner: node }));
    };
    eachString(value, (text) => add(text.trim()));
    if (typeof value === "number") add(String(value));
  }

  /** Adds a call that has ended, with what it gave. */
  addCall(call: Omit<LoggedCall, "tools">): void {
    const { node, reply } = call;
    const { answers } = reply;
    const calls = answers.flatMap((answer) => answer.calls);
    const tools = calls.map((tool) => ({ call: tool, reply: node, claimed: false, result: undefined }));
    this.#calls.push({ ...call, tools });
    for (const id of new Set(calls.map((tool) => tool.id))) {
      getOrSet(this.#tools, id, () => []).push(tools.filter((tool) => tool.call.id === id));
    }
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
    const alike = [...(earlier?.tools.filter((tool) => tool.call.id === id) ?? []), ...this.#toolsOf(id)];
    if (call === undefined) return alike[0];
    const isIt = ({ call: one }: ToolRequest) =>
      one.id === id && one.name === call.name && isSameData(one.input, call.input);
    const own = alike.find(isIt) ?? alike[0];
    if (own !== undefined) return own;
    for (const log of this.#logs()) {
      const found = log.#toolsOf(id).find(isIt);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The tool calls with an id, those of the newest reply first. */
  #toolsOf(id: string): readonly ToolRequest[] {
    return this.#tools.get(id)?.toReversed().flat() ?? [];
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

  /** The call with the longest conversation that a request continues; of several, the newest that it answers. */
  continuedBy(request: RequestMessages): Continued {
    const { known, previous } = request;
    const last = known.findLastIndex(({ message }) => message.isAnswer);
    // Most requests go on from the call before, or from none: then there is nothing to look for in all the others.
    if (last < 0 && previous === undefined) return { earlier: undefined, length: 0 };
    let best: LoggedCall | undefined;
    for (const call of this.#newestFirst()) {
      if (previous !== undefined && call.reply.id === previous) return { earlier: call, length: 0 };
      const isLonger = best === undefined || call.length > best.length;
      const isAlike = call.length === best?.length && !isReplyAfter(known, best);
      if (!(isLonger || isAlike) || !continues(known, call)) continue;
      const isReply = isReplyAfter(known, call);
      if (isLonger || isReply) best = call;
      const isNewest = isReply && known.slice(call.length, last).every(({ message }) => message.isAnswer);
      if (isNewest && previous === undefined) break;
    }
    return { earlier: best, length: best?.length ?? 0 };
  }

  /** The calls from the newest on. */
  *#newestFirst(): Generator<LoggedCall> {
    for (const log of this.#logs()) {
      for (let at = log.#calls.length - 1; at >= 0; at -= 1) yield log.#calls[at] as LoggedCall;
    }
  }

  /**
   * `text` with the texts of known nodes replaced by `[name]`, and these nodes. `others` are known for this text only.
   */
  mark(text: string, others: readonly Needle<Node>[]): { readonly text: string; readonly nodes: readonly Node[] } {
    const all = text.trim();
    const whole = others.find((one) => one.text === all)?.owner ?? this.#byText.get(all);
    if (whole !== undefined) return { text: `[${whole.name}]`, nodes: [whole] };
    const long = others.filter((one) => one.text.length >= minLength && one.isWhole !== true);
    const found = findTexts(text, [...long.map(asPart), ...this.#sources.toReversed()]);
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

/** A text as it is looked for inside of others. */
function asPart<T>(needle: Needle<T>): Needle<T> {
  return { ...needle, isWord: needle.text.length < minInWord };
}

/** Whether a model knows the tool of a server by this name: as it is, or after a prefix, such as `orders__look_up`. */
function isNamed(known: string, name: string): boolean {
  return known === name || (known.endsWith(name) && !/[A-Za-z0-9]/.test(known.at(-name.length - 1) ?? ""));
}

/** Whether messages begin with those of a call, and go on with an answer. */
function continues(known: readonly KnownMessage[], { length, lastKey }: LoggedCall): boolean {
  return known[length]?.message.isAnswer === true && known[length - 1]?.key === lastKey;
}

/** Whether the answer that follows on the messages of a call is the reply to it. */
function isReplyAfter(known: readonly KnownMessage[], { length, reply }: LoggedCall): boolean {
  const said: ConversationMessage[] = [];
  for (let at = length; known[at]?.message.isAnswer === true; at += 1) said.push((known[at] as KnownMessage).message);
  return reply.answers.some(({ text, calls: [first] }) =>
    said.some((one) => (first === undefined ? one.text === text : one.calls.some(({ id }) => id === first.id))),
  );
}
