/** Spans as trees: which belong together, below which, and in which order to read them. */

import { preview } from "../util/preview.ts";
import { badSpans } from "./bad-spans.ts";
import { contentOf, isGenAi, type SpanContent } from "./span-content.ts";
import type { SpanRecord } from "./span-record.ts";

/** A span with what lies below it. */
export interface SpanNode {
  readonly span: SpanRecord;
  readonly content: SpanContent;
  /** In the order in which they began. */
  readonly children: SpanNode[];
}

/**
 * The trees of GenAI spans, one for each root, in the order in which they began. Other spans (HTTP, databases) are left
 * out, unless they are the root: what lies below them belongs to the nearest span above. Spans whose parent is not
 * there, since it was not exported, are roots.
 * @throws TracegradError `bad-spans` for spans that are each other's parents.
 */
export function treesOf(spans: readonly SpanRecord[]): readonly SpanNode[] {
  const byId = new Map(spans.map((span) => [keyOf(span, span.spanId), span]));
  const parentOf = (span: SpanRecord): SpanRecord | undefined =>
    span.parentId === undefined ? undefined : byId.get(keyOf(span, span.parentId));
  const roots = rootsOf(spans, parentOf);
  const nodes = new Map<SpanRecord, SpanNode>();
  const nodeOf = (span: SpanRecord): SpanNode => {
    const node = nodes.get(span) ?? { span, content: contentOf(span), children: [] };
    nodes.set(span, node);
    return node;
  };
  // SDKs give the start in whole milliseconds: of spans with the same one, the first to be exported ended first.
  const inOrder = [...spans].sort((a, b) => a.start - b.start);
  for (const span of inOrder) {
    if (!isGenAi(span)) continue;
    const node = nodeOf(span);
    let above = parentOf(span);
    while (above !== undefined && !isGenAi(above) && parentOf(above) !== undefined) above = parentOf(above);
    if (above !== undefined) nodeOf(above).children.push(node);
  }
  return inOrder.flatMap((span) => (roots.has(span) ? (nodes.get(span) ?? []) : []));
}

function keyOf({ traceId }: SpanRecord, spanId: string): string {
  return `${traceId}/${spanId}`;
}

/** The spans without a parent. All others must lead to one. */
function rootsOf(
  spans: readonly SpanRecord[],
  parentOf: (span: SpanRecord) => SpanRecord | undefined,
): ReadonlySet<SpanRecord> {
  const known = new Set<SpanRecord>();
  const roots = new Set<SpanRecord>();
  for (const span of spans) {
    const path = new Set<SpanRecord>();
    for (let at: SpanRecord | undefined = span; at !== undefined && !known.has(at); at = parentOf(at)) {
      if (path.has(at)) {
        throw badSpans(
          `The span ${at.spanId} (${preview(at.name, 80)}) is its own ancestor: its parents form a cycle. ` +
            "Export the spans again.",
        );
      }
      path.add(at);
      if (parentOf(at) === undefined) roots.add(at);
    }
    for (const one of path) known.add(one);
  }
  return roots;
}

/** The spans of a tree, children before parents, in the order in which they began. */
export function childrenFirst(root: SpanNode): readonly SpanNode[] {
  const found: SpanNode[] = [];
  const open = [root];
  // Parents first and the last child first, then turned around.
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    found.push(node);
    for (const child of node.children) open.push(child);
  }
  return found.reverse();
}
