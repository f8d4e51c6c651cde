/** A provider on this machine: what its model says is a rule, and what it was sent is remembered. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A provider under way. */
export interface Provider {
  readonly url: string;
  /** The bodies of the requests so far, as they came. */
  readonly requests: readonly string[];
  close(): void;
}

/** Starts a server that answers the body of each request with `replyTo` of it. */
export async function startServer(replyTo: (body: unknown) => object): Promise<Provider> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    requests.push(body);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(replyTo(JSON.parse(body))));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, close: () => server.close() };
}
