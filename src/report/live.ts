/** A small web server on this machine that shows the report of a run while it goes on. */

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { messageOf, TracegradError } from "../util/errors.ts";
import { redactor } from "../util/redact.ts";
import { drawer } from "./drawing.ts";
import { documentOf, policyOf, type ReportOptions } from "./html.ts";
import { visible } from "./markup.ts";
import { liveScript, pageScript } from "./page-script.ts";
import type { RunView } from "./run-view.ts";

/** Options of `serveReport`. */
export interface LiveOptions extends ReportOptions {
  /** Default: any free one. */
  readonly port?: number;
  /** The address to listen on. Others than this machine's own let others read the run. Default: `127.0.0.1`. */
  readonly host?: string;
}

/** A report that is being served. */
export interface ReportServer extends AsyncDisposable {
  /** Where to look, such as `http://127.0.0.1:4173/`. */
  readonly url: string;
  /** Stops serving; open connections are cut. Twice is once. */
  close(): Promise<void>;
}

/** A run is read at most this often, however many pages ask, in milliseconds. */
const freshFor = 500;

/**
 * Serves the report of the run that `load` reads, anew whenever it changed; open pages refresh themselves. Only
 * requests that name this machine are answered, so that no web page elsewhere can read the run through a name of its
 * own.
 * @throws TracegradError `cannot-listen` when the port is taken or the address is not this machine's.
 */
export async function serveReport(load: () => Promise<RunView>, options: LiveOptions = {}): Promise<ReportServer> {
  const { port = 0, host = "127.0.0.1" } = options;
  const current = pages(load, options);
  const server = createServer((request, response) => {
    answer(request, response, { host, current }).catch((error: unknown) => {
      if (!response.headersSent) plain(response, 500, `The report could not be made. ${messageOf(error)}`);
      else response.destroy();
    });
  });
  await listening(server, port, host);
  const { port: taken } = server.address() as AddressInfo;
  const name = host.includes(":") ? `[${host}]` : host;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= closing(server));
  return { url: `http://${name}:${taken}/`, close, [Symbol.asyncDispose]: close };
}

interface Rendered {
  readonly text: string;
  readonly tag: string;
}

/** The page of now. Requests at the same time share one reading of the run, and an unchanged run is drawn once. */
function pages(load: () => Promise<RunView>, options: ReportOptions): () => Promise<Rendered> {
  const draw = drawer();
  let last: { readonly at: number; readonly page: Promise<Rendered> } | undefined;
  let drawn: { readonly key: string; readonly page: Rendered } | undefined;
  const render = async (): Promise<Rendered> => {
    const view = await load();
    const key = createHash("sha256").update(JSON.stringify(view)).digest("base64url");
    if (drawn?.key !== key) drawn = { key, page: { text: await documentOf(view, options, { draw }), tag: `"${key}"` } };
    return drawn.page;
  };
  return () => {
    const now = performance.now();
    if (last === undefined || now - last.at > freshFor) last = { at: now, page: render() };
    return last.page;
  };
}

interface Around {
  readonly host: string;
  readonly current: () => Promise<Rendered>;
}

async function answer(request: IncomingMessage, response: ServerResponse, { host, current }: Around): Promise<void> {
  // A name that leads here from a foreign page (DNS rebinding) shows in this header.
  if (!isOwnName(request.headers.host, host))
    return plain(response, 403, "This report is served to its own machine only.");
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    return plain(response, 405, "Only GET and HEAD.");
  }
  if (request.url?.split("?")[0] !== "/") return plain(response, 404, "There is only one page here: /");
  let page: Rendered;
  try {
    page = await current();
  } catch (error) {
    return plain(response, 503, `The run cannot be read now. ${redactor()(messageOf(error))}`);
  }
  safe(response);
  response.setHeader("ETag", page.tag);
  if (request.headers["if-none-match"] === page.tag) return void response.writeHead(304).end();
  const policy = `${policyOf(`${pageScript}\n${liveScript}`, true)}; frame-ancestors 'none'`;
  response.setHeader("Content-Security-Policy", policy);
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
  response.end(request.method === "HEAD" ? undefined : page.text);
}

function isOwnName(header: string | undefined, host: string): boolean {
  const name = /^(\[[\da-f:.]+\]|[^:]+)(?::\d+)?$/i.exec(header ?? "")?.[1]?.toLowerCase();
  if (name === undefined) return false;
  const own = host.includes(":") ? `[${host.toLowerCase()}]` : host.toLowerCase();
  return name === "localhost" || name === "[::1]" || name === own || /^127(?:\.\d{1,3}){3}$/.test(name);
}

function safe(response: ServerResponse): void {
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Referrer-Policy", "no-referrer");
  response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
  response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
}

function plain(response: ServerResponse, status: number, text: string): void {
  safe(response);
  response.setHeader("Content-Security-Policy", "default-src 'none'");
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(`${visible(text)}\n`);
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const mend = "Give another port, or none for any that is free.";
      const problem = `The report cannot be served on ${host}, port ${port}: ${error.message}. ${mend}`;
      reject(new TracegradError("cannot-listen", problem, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

function closing(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
