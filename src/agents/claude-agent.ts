/** The `query` of the Claude Agent SDK, whose agent runs in a process of its own: it is seen by its messages. */

import { TracegradError } from "../util/errors.ts";
import { isIntercepted } from "../util/external-call.ts";
import { type Fields, fieldsOf, textIn } from "../util/fields.ts";
import { isRecord } from "../util/is-record.ts";
import { currentObserver } from "../util/observe.ts";
import { preview } from "../util/preview.ts";
import { callModel, type DoorCall, throwOwn } from "./model-call.ts";
import { isCovered, placeOf, programHere, recordingHere } from "./place.ts";
import {
  bodyOfQuery,
  restoreQuery,
  type StoredQuery,
  storeQuery,
  Transcript,
  turnsOf,
  watchQuery,
} from "./transcript.ts";

/** The `query` of `@anthropic-ai/claude-agent-sdk`: the part of it that is wrapped. */
export type ClaudeQuery = (params: never) => AsyncGenerator<unknown, void>;

/** Settings of {@link traceQuery}. */
export interface TraceQueryOptions {
  /**
   * Whether a run keeps what a query gave, so that a resumed run does not ask again. What its tools changed outside,
   * such as files, is not done again then. Default: true for queries whose `tools` only read (Read, Glob, Grep,
   * WebFetch, WebSearch) or are none, and that have no `mcpServers`; else false.
   */
  readonly keep?: boolean;
}

/**
 * Wraps the `query` of the Claude Agent SDK so that its agent is seen. Use the result in place of `query`.
 *
 * In a program of `learn` it puts in the values of the program's texts and settings: those of the prompt, and of the
 * options that are plain data (`systemPrompt`, `agents`, `maxTurns`, …). In a `trace` each turn of the agent is a node,
 * and so is each result of its tools; an agent below it is the result of the tool that started it. In a run of `train`
 * or `evaluate` a query is one call: it is held to the budget before it begins, counted with all its turns by the
 * message of type `result`, kept as `keep` says, and its messages arrive at its end. A query may use more than what the
 * budget has left: `maxTurns` and `maxBudgetUsd` limit it. Everywhere else `query` itself is called, and nothing more.
 * @throws TracegradError `bad-client` for what is no function. A query throws `streaming-prompt` where it is seen and
 *   its prompt is a stream.
 * @example
 * import { query as ask } from "@anthropic-ai/claude-agent-sdk";
 * const query = traceQuery(ask);
 * for await (const message of query({ prompt, options: { systemPrompt: SYSTEM_PROMPT } })) …
 */
export function traceQuery<Q extends ClaudeQuery>(query: Q, { keep }: TraceQueryOptions = {}): Q {
  if (typeof query !== "function") {
    const text = `traceQuery() takes the query of @anthropic-ai/claude-agent-sdk, not ${preview(query)}.`;
    throw new TracegradError("bad-client", text);
  }
  const traced: ClaudeQuery = (params: unknown) => {
    if (isSeen()) return new SeenQuery(query, fieldsOf(params), keep).generator;
    placeOf(sdk, requestOf(fieldsOf(params)));
    return query(params as never);
  };
  return traced as Q;
}

const sdk = "claude-agent-sdk";

function isSeen(): boolean {
  if (isCovered()) return false;
  const isPlaced = programHere() !== undefined || recordingHere() !== undefined || isIntercepted();
  return isPlaced || currentObserver() !== undefined;
}

/** A query that is seen. */
class SeenQuery {
  /** Gives the messages; its other methods are those of the query itself. */
  readonly generator: AsyncGenerator<unknown, void>;
  readonly #query: ClaudeQuery;
  readonly #params: Fields;
  readonly #options: Fields;
  readonly #transcript: Transcript;
  /** The query of the SDK, once it has begun. */
  #live: AsyncGenerator<unknown, void> | undefined;

  constructor(query: ClaudeQuery, params: Fields, keep: boolean | undefined) {
    this.#query = query;
    this.#params = params;
    this.#options = fieldsOf(params["options"]);
    this.#transcript = new Transcript(this.#withParts);
    if (typeof params["prompt"] !== "string") throw streamingPrompt(params["prompt"]);
    const messages = callModel(this.#call(keep));
    // Who never asks for the messages does not want to know of the failure either.
    messages.catch(() => undefined);
    this.generator = this.#withControls(inTurn(messages));
  }

  get #withParts(): boolean {
    return this.#options["includePartialMessages"] === true;
  }

  #call(keep: boolean | undefined): DoorCall<AsyncGenerator<unknown, void>, StoredQuery> {
    const options = this.#options;
    const request = requestOf(this.#params);
    const { abortController } = options as { readonly abortController?: unknown };
    return {
      model: textIn(options["model"]) || sdk,
      provider: "anthropic",
      request,
      identity: { sdk },
      signal: abortController instanceof AbortController ? abortController.signal : undefined,
      keep: keep ?? onlyReads(options),
      send: async (sent) => (this.#live = this.#query(this.#paramsWith(fieldsOf(sent)) as never)),
      watch: async (query, seen, failed) => watchQuery(query, this.#transcript, { seen, failed }),
      store: (query, requests) => storeQuery(query, this.#withParts, requests),
      bodyOf: bodyOfQuery,
      turnsOf: (body) => turnsOf(fieldsOf(body)["stored"] as StoredQuery, openingOf(request)),
      restore: restoreQuery,
      refused: throwOwn,
    };
  }

  /** What the SDK gets for a request. Parts of messages are asked for, since only they say what a turn used. */
  #paramsWith({ prompt, ...options }: Fields): Fields {
    return { ...this.#params, prompt, options: { ...this.#options, ...options, includePartialMessages: true } };
  }

  #withControls(messages: AsyncGenerator<unknown, void>): AsyncGenerator<unknown, void> {
    return new Proxy(messages, {
      get: (target, key) => {
        const owner = key in target || this.#live === undefined ? target : this.#live;
        const value: unknown = Reflect.get(owner, key, owner);
        return typeof value === "function" ? (value.bind(owner) as unknown) : value;
      },
    });
  }
}

/** The messages of a query that is still to begin. */
async function* inTurn(messages: Promise<AsyncGenerator<unknown, void>>): AsyncGenerator<unknown, void> {
  yield* await messages;
}

/** Tools of the SDK that change nothing. */
const reading: ReadonlySet<unknown> = new Set(["Read", "Glob", "Grep", "WebFetch", "WebSearch"]);

function onlyReads({ tools, mcpServers }: Fields): boolean {
  return Array.isArray(tools) && tools.every((tool) => reading.has(tool)) && mcpServers === undefined;
}

/** Options that hold keys, or mean nothing to the agent. */
const apart = new Set(["env", "abortController", "includePartialMessages", "pathToClaudeCodeExecutable", "executable"]);

/** The request that a query makes: its prompt, and its options as far as they are plain data. */
function requestOf({ prompt, options }: Fields): Fields {
  return { ...fieldsOf(plainPart(options)), prompt };
}

/** The part of a value that is plain data; undefined where nothing is. */
function plainPart(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(plainPart);
    return items.includes(undefined) ? undefined : items;
  }
  if (isRecord(value)) {
    const fields = Object.entries(value).flatMap(([key, field]) => {
      const plain = apart.has(key) ? undefined : plainPart(field);
      return plain === undefined ? [] : [[key, plain] as const];
    });
    return Object.fromEntries(fields);
  }
  return value === null || /^(string|number|boolean)$/.test(typeof value) ? value : undefined;
}

/** The conversation that a query begins, in the fields of a request to a model. */
function openingOf({ prompt, systemPrompt, resume, ...options }: Fields): Fields {
  const system = isRecord(systemPrompt) ? systemPrompt["append"] : systemPrompt;
  return {
    ...options,
    ...(system === undefined ? {} : { system }),
    messages: [{ role: "user", content: prompt }],
    ...(typeof resume === "string" ? { previous_response_id: resume } : {}),
  };
}

function streamingPrompt(prompt: unknown): TracegradError {
  return new TracegradError(
    "streaming-prompt",
    `A query that is traced, or part of a run, takes its prompt as a text, not ${preview(prompt)}: what a stream will ` +
      "say is not known when the query begins. Give the text, and go on by another query with the option `resume`.",
  );
}
