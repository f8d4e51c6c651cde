/** A small web server on this machine with the report of a run under way. */

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { messageOf, TracegradError } from "../util/errors.ts";
import { redactor } from "../util/redact.ts";
import { createDrawer } from "./drawing.ts";
import { policyOf, type ReportOptions, renderDocument } from "./html.ts";
import { visible } from "./markup.ts";
import { liveScript, pageScript } from "./page-script.ts";
import type { RunView } from "./run-view.ts";

/** Options of `serveReport`. */
export interface LiveOptions extends ReportOptions {
  /** Default: any free one. */
  readonly port?: number;
  /** The address to listen on. An address that other machines reach lets them read the run. Default: `127.0.0.1`. */
  readonly host?: string;
}

/** A report that is being served. */
export interface ReportServer extends AsyncDisposable {
  /** The address of the page, such as `http://127.0.0.1:4173/`. */
  readonly url: string;
  /** Stops serving, and cuts open connections. A second call does nothing. */
  close(): Promise<void>;
}

/** A run is read at most this often, however many pages ask, in milliseconds. */
const maxAge = 500;

/**
 * Serves the report of the run that `load` reads, and renders it again when the run has changed; open pages refresh
 * themselves. It answers only requests that name this machine, so that no other web page can read the run through a
 * domain that points here.
 * @throws TracegradError `cannot-listen` when the port is taken or the address is not this machine's.
 */
export async function serveReport(load: () => Promise<RunView>, options: LiveOptions = {}): Promise<ReportServer> {
  const { port = 0, host = "127.0.0.1" } = options;
  const current = createPages(load, options);
  const server = createServer((request, response) => {
    answer(request, response, { host, current }).catch((error: unknown) => {
      if (!response.headersSent) sendText(response, 500, `The report cannot be rendered. ${messageOf(error)}`);
      else response.destroy();
    });
  });
  await listen(server, port, host);
  const { port: actual } = server.address() as AddressInfo;
  const name = host.includes(":") ? `[${host}]` : host;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= closeServer(server));
  return { url: `http://${name}:${actual}/`, close, [Symbol.asyncDispose]: close };
}

interface RenderedPage {
  readonly text: string;
  readonly tag: string;
}

/** Gives the page of now. Requests at the same time share one reading of the run; an unchanged run is rendered once. */
function createPages(load: () => Promise<RunView>, options: ReportOptions): () => Promise<RenderedPage> {
  const draw = createDrawer();
  let last: { readonly at: number; readonly page: Promise<RenderedPage> } | undefined;
  let rendered: { readonly key: string; readonly page: RenderedPage } | undefined;
  const render = async (): Promise<RenderedPage> => {
    const view = await load();
    const key = createHash("sha256").update(JSON.stringify(view)).digest("base64url");
    if (rendered?.key !== key) {
      rendered = { key, page: { text: await renderDocument(view, options, { draw }), tag: `"${key}"` } };
    }
    return rendered.page;
  };
  return () => {
    const now = performance.now();
    if (last === undefined || now - last.at > maxAge) last = { at: now, page: render() };
    return last.page;
  };
}

interface ServerContext {
  readonly host: string;
  readonly current: () => Promise<RenderedPage>;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { host, current }: ServerContext,
): Promise<void> {
  // Another site whose domain points here (DNS rebinding) names its domain in this header.
  if (!isOwnName(request.headers.host, host))
    return sendText(response, 403, "This report is served to its own machine only.");
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    return sendText(response, 405, "Only GET and HEAD.");
  }
  if (request.url?.split("?")[0] !== "/") return sendText(response, 404, "There is only one page here: /");
  let page: RenderedPage;
  try {
    page = await current();
  } catch (error) {
    return sendText(response, 503, `The run cannot be read now. ${redactor()(messageOf(error))}`);
  }
  setSafeHeaders(response);
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

function setSafeHeaders(response: ServerResponse): void {
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Referrer-Policy", "no-referrer");
  response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
  response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
}

function sendText(response: ServerResponse, status: number, text: string): void {
  setSafeHeaders(response);
  response.setHeader("Content-Security-Policy", "default-src 'none'");
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(`${visible(text)}\n`);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const fix = "Give another port, or none for any that is free.";
      const problem = `The report cannot be served on ${host}, port ${port}: ${error.message}. ${fix}`;
      reject(new TracegradError("cannot-listen", problem, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
