/** The nodes of OpenTrace documents, linked with each other: each after the nodes that it depends on. */

import type { Fields } from "../util/fields.ts";
import { isRecord } from "../util/is-record.ts";
import { preview } from "../util/preview.ts";
import {
  badGraph,
  documentOf,
  type OpenTraceDocument,
  type OpenTraceRecord,
  outputOf,
  recordsOf,
} from "./opentrace-node.ts";

/** A node with what it depends on. */
export interface OpenTraceNode extends Omit<OpenTraceRecord, "inputs"> {
  readonly inputs: readonly (readonly [name: string, parent: OpenTraceNode])[];
}

type Draft = Omit<OpenTraceNode, "inputs"> & { readonly inputs: [name: string, parent: Draft][] };

/** The nodes of one document, by what others call them. */
interface Scope {
  readonly byId: Map<string, Draft>;
  /** By name, and by the name of the output; null where several have it. */
  readonly byName: Map<string, Draft | null>;
}

/**
 * The nodes of all documents, parents before children, otherwise in the order in which they came.
 * @throws TracegradError `bad-graph` that names the node or the document at fault.
 */
export function linkedNodes(items: readonly unknown[]): readonly OpenTraceNode[] {
  return new Linker(items.map(documentOf)).link();
}

class Linker {
  readonly #documents: readonly OpenTraceDocument[];
  readonly #scopes = new Map<OpenTraceDocument, Scope>();
  readonly #drafts: (readonly [draft: Draft, inputs: Fields])[] = [];
  readonly #literals: Draft[] = [];

  constructor(documents: readonly OpenTraceDocument[]) {
    this.#documents = documents;
    for (const document of documents) this.#read(document);
  }

  #read(document: OpenTraceDocument): void {
    const scope: Scope = { byId: new Map(), byName: new Map() };
    this.#scopes.set(document, scope);
    for (const { inputs, ...record } of recordsOf(document)) {
      const draft: Draft = { ...record, inputs: [] };
      this.#drafts.push([draft, inputs]);
      scope.byId.set(draft.id, draft);
      for (const name of new Set([draft.name, draft.outputName])) {
        scope.byName.set(name, scope.byName.has(name) ? null : draft);
      }
    }
  }

  link(): readonly OpenTraceNode[] {
    for (const [draft, inputs] of this.#drafts) {
      if (draft.kind === "parameter" || draft.kind === "value") continue;
      // Hidden ones come last in a graph of tracegrad, too.
      const names = Object.keys(inputs).sort((a, b) => Number(isHidden(a)) - Number(isHidden(b)));
      for (const name of names) draft.inputs.push([name, this.#parent(draft, name, inputs[name])]);
    }
    return inOrder([...this.#literals, ...this.#drafts.map(([draft]) => draft)]);
  }

  #parent(child: Draft, name: string, given: unknown): Draft {
    const { document } = child;
    const where = `Input ${preview(name, 80)} of node ${preview(child.id, 80)} of ${document.where}`;
    const input = document.isOfSpans && typeof given === "string" ? this.#inputOfSpan(document, given) : given;
    if (typeof input === "string") return this.#node(document, input, where);
    if (!isRecord(input)) throw badGraph(`${where} is ${preview(input, 80)}, which is neither a node nor a value.`);
    if (typeof input["ref"] === "string") return this.#node(document, input["ref"], where);
    if (typeof input["export"] === "string") return this.#exported(input["export"], where);
    if ("literal" in input) return this.#literal(document, name, input["literal"]);
    if ("hash" in input) return this.#literal(document, name, outputOf(input));
    throw badGraph(`${where} is ${preview(input, 80)}, which is neither a node nor a value.`);
  }

  /** In documents made of spans a text may be a node or a value: nodes are known, or have the id of a span. */
  #inputOfSpan(document: OpenTraceDocument, text: string): unknown {
    if (text.startsWith("lit:")) return { literal: text.slice("lit:".length) };
    const isNode = this.#find(document, text) !== undefined || /^[^:]*:(?:[0-9a-f]{16}$|param_)/i.test(text);
    return isNode ? { ref: text } : { literal: text };
  }

  #node(document: OpenTraceDocument, reference: string, where: string): Draft {
    const found = this.#find(document, reference);
    if (found === null) throw badGraph(`${where} is ${preview(reference, 80)}, the name of several nodes.`);
    if (found === undefined) throw badGraph(`${where} is ${preview(reference, 80)}, which is not a node.`);
    return found;
  }

  #find(document: OpenTraceDocument, reference: string): Draft | null | undefined {
    const { byId, byName } = this.#scopes.get(document) as Scope;
    return byId.get(reference) ?? byName.get(reference);
  }

  /** The node that one of the documents gives the others under this name. */
  #exported(port: string, where: string): Draft {
    for (const document of this.#documents) {
      const { exports } = document.fields;
      if (!isRecord(exports) || !Object.hasOwn(exports, port)) continue;
      const given = exports[port];
      const reference = isRecord(given) ? given["ref"] : given;
      if (typeof reference === "string") return this.#node(document, reference, `Export ${preview(port, 80)}`);
    }
    throw badGraph(`${where} is the export ${preview(port, 80)}, which no document has. Give all documents at once.`);
  }

  #literal(document: OpenTraceDocument, name: string, value: unknown): Draft {
    const fields = { doc: undefined, trainable: false, outputName: "" };
    const draft: Draft = { document, id: "", name, op: name, kind: "value", value, inputs: [], ...fields };
    this.#literals.push(draft);
    return draft;
  }
}

/** Whether an input is not an argument, but something that the operation read on its way. */
export function isHidden(input: string): boolean {
  return /^hidden_\d+$/.test(input);
}

/** @throws TracegradError `bad-graph` for nodes that depend on themselves. */
function inOrder(nodes: readonly Draft[]): readonly OpenTraceNode[] {
  const ordered = new Set<Draft>();
  /** From a node to one that it needs, and so on, each with how many of its inputs are in order. */
  const path = new Map<Draft, number>();
  for (const node of nodes) {
    const open = [node];
    for (let at = open.at(-1); at !== undefined; at = open.at(-1)) {
      const [, parent] = at.inputs[path.get(at) ?? 0] ?? [];
      if (parent === undefined || ordered.has(at)) {
        ordered.add(at);
        path.delete(at);
        open.pop();
        continue;
      }
      path.set(at, (path.get(at) ?? 0) + 1);
      if (path.has(parent)) throw cycleError(parent, [...path.keys()]);
      if (!ordered.has(parent)) open.push(parent);
    }
  }
  return [...ordered];
}

function cycleError(first: Draft, path: readonly Draft[]): Error {
  const cycle = path.slice(path.indexOf(first)).map(({ id }) => id);
  const named = [...cycle.slice(0, 5), ...(cycle.length > 5 ? ["…"] : []), first.id].map((id) => preview(id, 40));
  return badGraph(`Nodes of ${first.document.where} depend on themselves: ${named.join(" needs ")}.`);
}
