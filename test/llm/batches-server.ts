/** A loopback server that speaks the Message Batches API, and does with each batch what the test says. */

import type { ServerResponse } from "node:http";
import { type Behaviour, fails, type MessagesServer, startServer } from "./messages-server.ts";

/** A batch as the server has it. */
export interface ServedBatch {
  readonly id: string;
  readonly requests: readonly { readonly custom_id: string; readonly params: { readonly messages: [Asked] } }[];
  isCancelled: boolean;
}

interface Asked {
  readonly content: string;
}

/** What becomes of a request, by what it asks. */
export type Ending = (asked: string) => object;

/** A running server, and the batches that it got. */
export interface BatchesServer {
  readonly server: MessagesServer;
  readonly batches: readonly ServedBatch[];
  /** The texts of the requests of each batch. */
  readonly asked: () => readonly (readonly string[])[];
}

/** The result of a request that was answered in capitals. */
export const answered: Ending = (asked) => ({
  type: "succeeded",
  message: {
    ...{ type: "message", model: "claude-test-1", content: [{ type: "text", text: asked.toUpperCase() }] },
    ...{ stop_reason: "end_turn", usage: { input_tokens: 12, output_tokens: 7 } },
  },
});

/** What a server does. */
export interface BatchesPlan {
  /** Whether a batch has ended. Default: at the second look. */
  readonly hasEnded?: (batch: ServedBatch, looks: number) => boolean;
  readonly ending?: Ending;
  /** Called when a batch has arrived, before that is answered. */
  readonly onArrival?: () => void;
  /** Whether results are deleted. Default: never. */
  readonly isArchived?: boolean;
  /** What the first requests to each place meet, before it does what it should. */
  readonly faults?: Partial<Record<"create" | "look" | "results", Behaviour[]>>;
}

/** Starts a server. */
export async function startBatchesServer(plan: BatchesPlan = {}): Promise<BatchesServer> {
  const { hasEnded = (_, looks) => looks > 1, ending = answered, faults = {}, isArchived = false } = plan;
  const batches: ServedBatch[] = [];
  const looks = new Map<string, number>();
  const behave: Behaviour = (response, request) => {
    const [, id, what] = /^\/v1\/messages\/batches(?:\/(\w+))?(?:\/(\w+))?/.exec(request.path ?? "") ?? [];
    const place = id === undefined ? "create" : what === "results" ? "results" : "look";
    const fault = what === "cancel" ? undefined : faults[place]?.shift();
    if (fault) return fault(response, request);
    if (id === undefined) {
      const { requests } = request.body as unknown as Pick<ServedBatch, "requests">;
      const batch = { id: `msgbatch_${batches.length + 1}`, requests, isCancelled: false };
      batches.push(batch);
      plan.onArrival?.();
      return send(response, stateOf(batch, false));
    }
    const batch = batches.find((one) => one.id === id);
    if (batch === undefined) return fails(404, "not_found_error")(response, request);
    if (what === "cancel") batch.isCancelled = true;
    const seen = (looks.get(id) ?? 0) + (what === undefined ? 1 : 0);
    looks.set(id, seen);
    if (what !== "results") return send(response, stateOf(batch, batch.isCancelled || hasEnded(batch, seen)));
    const lines = batch.requests.map(({ custom_id, params }) =>
      JSON.stringify({ custom_id, result: ending(params.messages[0].content) }),
    );
    // In any order.
    response.writeHead(200, { "content-type": "application/binary" }).end(`${lines.reverse().join("\n")}\n`);
  };
  const server = await startServer([behave]);
  const stateOf = ({ id }: ServedBatch, isOver: boolean): object => ({
    ...{ id, type: "message_batch", processing_status: isOver ? "ended" : "in_progress" },
    results_url: isOver && !isArchived ? `${server.url}/v1/messages/batches/${id}/results` : null,
  });
  const asked = () => batches.map(({ requests }) => requests.map(({ params }) => params.messages[0].content));
  return { server, batches, asked };
}

function send(response: ServerResponse, value: object): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}
