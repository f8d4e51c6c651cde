/** What a run was: the nodes that its output depends on, under names, with the parameter values that it read. */

import { ofNodes } from "../nodes/containers.ts";
import { ExceptionNode, ExecutionError, type Node } from "../nodes/node.ts";
import { Parameter } from "../nodes/parameter.ts";
import { UniqueNames } from "../util/names.ts";
import { carrySubgraph } from "./carry.ts";
import type { Credit, Propagator } from "./credit.ts";
import { warnOfCuts } from "./cut-off.ts";
import { deliver } from "./delivery.ts";
import { type DotOptions, toDot } from "./dot.ts";
import { combine, type Feedback, memberFeedback, toFeedback } from "./feedback.ts";
import { FeedbackError } from "./feedback-error.ts";
import type { FeedbackRecord } from "./feedback-record.ts";
import { type LoadOptions, nodesFromJson } from "./from-json.ts";
import { toGraphology } from "./graphology.ts";
import { type GraphJson, toJson } from "./json.ts";
import { type Collected, collect, type GraphPart } from "./order.ts";
import { type ShowOptions, show } from "./show.ts";
import { toSvg } from "./svg.ts";

/** The value and version of a parameter as a run read them. */
export interface ParameterReading {
  readonly value: unknown;
  readonly version: number;
}

/** How a run reads parameters: undefined for one it knows nothing of. */
export type ParameterReader = (parameter: Parameter) => ParameterReading | undefined;

/** Options of `backward`. */
export interface BackwardOptions<R extends Credit | Promise<Credit> = Credit> {
  /** What is carried to the parameters. Default: `minimalSubgraph`. */
  readonly propagator?: Propagator<R>;
}

/** A member of a batch with the feedback that was given on it. */
export interface MemberFeedback {
  readonly graph: Graph;
  readonly feedback: FeedbackRecord;
}

/**
 * A graph: nodes, parents before children, that all lead to one output. Immutable; owned by its holder. In a bundle of a
 * program its views, its JSON and feedback on it need the package `tracegrad` beside the bundle: they throw
 * TracegradError `no-package` without it.
 */
export abstract class Graph<T = unknown> {
  /** The node that feedback is given on; of a failed run, the exception node. */
  readonly output: Node<T>;
  /** @internal */
  readonly parts: readonly GraphPart[];
  /** @internal */
  readonly readers: readonly ParameterReader[];
  #collected: Collected | undefined;
  #names: ReadonlyMap<Node, string> | undefined;
  #delivered: FeedbackRecord | undefined;
  #error: ExecutionError | undefined;

  /** @internal */
  constructor(output: Node<T>, parts: readonly GraphPart[], readers: readonly ParameterReader[]) {
    this.output = output;
    this.parts = parts;
    this.readers = readers;
  }

  /** Whether it is one run, or several put together by a template. */
  abstract get kind(): GraphJson["kind"];

  static {
    Object.defineProperty(this.prototype, ofNodes, { value: true });
  }

  #collect(): Collected {
    return (this.#collected ??= collect(this.output as Node, this.parts));
  }

  /** All nodes that the output depends on, parents before children, in an order in which they could have run. */
  get nodes(): readonly Node[] {
    return this.#collect().nodes;
  }

  /** @internal The nodes whose own history lies outside of it. */
  get cut(): ReadonlySet<Node> {
    return this.#collect().cut;
  }

  /** All parameters among the nodes, trainable or not, in the order in which they were made. */
  get parameters(): readonly Parameter[] {
    return this.nodes.filter((node) => node instanceof Parameter).sort((a, b) => a.id - b.id);
  }

  /** The error of a failed run. */
  get error(): ExecutionError | undefined {
    return this.output instanceof ExceptionNode ? (this.#error ??= new ExecutionError(this.output)) : undefined;
  }

  /** The output's value; undefined when the run failed. */
  get value(): T | undefined {
    return this.output instanceof ExceptionNode ? undefined : (this.valueOf(this.output as Node) as T);
  }

  /** The feedback that `backward` delivered last; undefined before. */
  get feedback(): FeedbackRecord | undefined {
    return this.#delivered;
  }

  /** @internal The members with the feedback on each that `feedback` was put together from: none but for a batch. */
  judged(_feedback: FeedbackRecord): readonly MemberFeedback[] {
    return [];
  }

  /** The parents of `node` within this graph: none for a node whose own history lies outside it. */
  parentsOf(node: Node): readonly Node[] {
    const { cut } = this;
    return cut.size > 0 && cut.has(node) ? [] : node.parents;
  }

  /** The unique name of `node` in this graph: a valid identifier. Parameters are named first. */
  nameOf(node: Node): string {
    this.#names ??= this.#nameAll();
    const name = this.#names.get(node);
    if (name === undefined) throw new RangeError(`The node "${node.name}" is not part of this graph.`);
    return name;
  }

  #nameAll(): ReadonlyMap<Node, string> {
    const unique = new UniqueNames();
    const names = new Map<Node, string>();
    for (const node of this.parameters) names.set(node, unique.take(node.name));
    for (const node of this.nodes) if (!names.has(node)) names.set(node, unique.take(node.name));
    return names;
  }

  /** The value and version of `parameter` as this run read it: where several runs differ, the newest. */
  read(parameter: Parameter): ParameterReading {
    let newest: ParameterReading | undefined;
    for (const reader of this.readers) {
      const reading = reader(parameter);
      if (reading !== undefined && (newest === undefined || reading.version > newest.version)) newest = reading;
    }
    return newest ?? parameter.entry;
  }

  /** The value of `node` as this run saw it. */
  valueOf(node: Node): unknown {
    return node instanceof Parameter ? this.read(node).value : node.peek();
  }

  /**
   * Gives feedback on the output, and leaves a signal with each trainable parameter that it depends on, for
   * `optimizer.step()` to collect. Twice is twice: the signals pile up. `credit(graph, feedback)` is the same without
   * leaving anything behind. A node that was made before the trace from a trainable parameter loses its share of the
   * credit: a warning of the process names it, once for each place.
   * @throws FeedbackError for feedback of a wrong type.
   * @throws NoParameterError when the output depends on no trainable parameter.
   */
  backward<R extends Credit | Promise<Credit> = Credit>(feedback: Feedback, options: BackwardOptions<R> = {}): R {
    return this.deliver(this.recordOf(feedback), options.propagator);
  }

  /** @internal Feedback on the output, checked. Only a batch takes an array. */
  recordOf(feedback: Feedback | readonly Feedback[]): FeedbackRecord {
    return toFeedback(feedback);
  }

  /** @internal Carries feedback, and leaves the signals with their parameters. */
  protected deliver<R extends Credit | Promise<Credit>>(record: FeedbackRecord, propagator?: Propagator<R>): R {
    const done = (credit: Credit) => {
      deliver(credit);
      warnOfCuts(this as Graph);
      this.#delivered = record;
      return credit;
    };
    const credit = this.carry(record, propagator);
    return (credit instanceof Promise ? credit.then(done) : done(credit)) as R;
  }

  /** @internal */
  carry<R extends Credit | Promise<Credit>>(feedback: FeedbackRecord, propagator: Propagator<R> | undefined): R {
    const graph = this as Graph;
    return propagator === undefined ? (carrySubgraph(graph, feedback) as R) : propagator.propagate(graph, feedback);
  }

  /** The canonical text of this graph: a line a node, in an order in which they could have run; what repeats once. */
  show(options?: ShowOptions): string {
    return show(this as Graph, options);
  }

  /** The graph in Graphviz's DOT language. */
  toDot(options?: DotOptions): string {
    return toDot(this as Graph, options);
  }

  /** The graph as SVG, laid out by Graphviz in WebAssembly. Needs the optional package `@viz-js/viz`. */
  async toSvg(options?: DotOptions): Promise<string> {
    return toSvg(this as Graph, options);
  }

  /** The graph as plain JSON, which `WorkflowGraph.fromJSON` reads back. */
  toJSON(): GraphJson {
    return toJson(this as Graph);
  }

  /**
   * The graph as a directed graphology multigraph: keys are the unique names, edges carry the input's name.
   * Loads graphology at the first call.
   */
  async toGraphology(): ReturnType<typeof toGraphology> {
    return toGraphology(this as Graph);
  }
}

/** What one run of a program was. Make one with `trace` or `graphOf`. */
export class WorkflowGraph<T = unknown> extends Graph<T> {
  #kind: GraphJson["kind"] = "workflow";

  override get kind(): GraphJson["kind"] {
    return this.#kind;
  }

  /**
   * The graph that `toJSON` wrote. It reads the parameter values that were recorded. A learning graph comes back with
   * all its nodes, but without its members: feedback is given on the whole.
   * @throws TracegradError `bad-graph` when `json` is not the JSON of a graph, or does not fit the program's
   * parameters.
   */
  static fromJSON(json: GraphJson, options?: LoadOptions): WorkflowGraph {
    const { output, reader, kind } = nodesFromJson(json, options);
    const graph = new WorkflowGraph(output, [{ root: output, since: 0 }], [reader]);
    graph.#kind = kind;
    return graph;
  }
}

/** Several graphs put together by a template, for one update. Make one with `batchify` or `chain`. */
export class LearningGraph<T = unknown> extends Graph<T> {
  /** The graphs it was made of. */
  readonly members: readonly Graph[];
  /** Whether feedback may be given for each member: true for a batch. */
  readonly batched: boolean;
  // By what they were put together to, so that one batch can be judged again, and in parallel.
  readonly #judged = new WeakMap<FeedbackRecord, readonly MemberFeedback[]>();

  override get kind(): GraphJson["kind"] {
    return "learning";
  }

  /** @internal */
  constructor(
    output: Node<T>,
    members: readonly Graph[],
    own: { readonly parts: readonly GraphPart[]; readonly batched: boolean },
  ) {
    super(output, own.parts, [...new Set(members.flatMap((member) => member.readers))]);
    this.members = members;
    this.batched = own.batched;
  }

  /** @internal */
  override judged(feedback: FeedbackRecord): readonly MemberFeedback[] {
    return this.#judged.get(feedback) ?? [];
  }

  /**
   * As {@link Graph.backward}. For a batch, an array with one feedback a member is put together by index
   * (`ID [0]: …`), as the paper's batch operator does (appendix C.4).
   */
  override backward<R extends Credit | Promise<Credit> = Credit>(
    feedback: Feedback | readonly Feedback[],
    options: BackwardOptions<R> = {},
  ): R {
    return super.backward(feedback as Feedback, options);
  }

  /** @internal */
  override recordOf(feedback: Feedback | readonly Feedback[]): FeedbackRecord {
    return Array.isArray(feedback) ? this.aggregate(feedback) : super.recordOf(feedback);
  }

  /** @internal One feedback for the whole out of one for each member. */
  aggregate(feedback: readonly Feedback[]): FeedbackRecord {
    if (!this.batched) {
      throw new FeedbackError(
        "An episode has one output, so it takes one feedback, not an array. Give the feedback on its end.",
      );
    }
    if (feedback.length !== this.members.length) {
      throw new FeedbackError(
        `The batch has ${this.members.length} members, but got ${feedback.length} feedbacks. Give one for each, in ` +
          "order.",
      );
    }
    const items = feedback.map(memberFeedback);
    const whole = combine(items);
    const judged = this.members.map((graph, index) => ({ graph, feedback: items[index] as FeedbackRecord }));
    this.#judged.set(whole, judged);
    return whole;
  }
}
