/** `tracegrad report` and `tracegrad view`: a run as a file, and as a page that follows it. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type RunView, readRun, reportHtml, serveReport, verdictLines, viewOf } from "../../doors/report.ts";
import { exitCodes, say, type Terminal } from "../terminal.ts";

/** `tracegrad report <folder>`. */
export async function reportCommand(
  folder: string,
  { output }: { readonly output?: string },
  terminal: Terminal,
): Promise<number> {
  const { events, evaluations, workers, pictures } = await readRun(folder);
  const view = { ...viewOf(events), workers, pictures: await pictures() };
  const html = await reportHtml(view, { evaluations });
  if (output === "-") terminal.out.write(html);
  else {
    const file = output ?? join(folder, "report.html");
    // In the run folder, the report is as private as the run.
    await writeFile(file, html, output === undefined ? { mode: 0o600 } : {});
    say(terminal, `Written: ${file}`);
    for (const line of view.verdict === undefined ? [] : verdictLines(view.verdict)) say(terminal, line);
  }
  return exitCodes.ok;
}

/** `tracegrad view <folder>`: serves until the process is interrupted. */
export async function viewCommand(
  folder: string,
  { port }: { readonly port: number },
  terminal: Terminal,
): Promise<number> {
  // Throws at once when there is no run, instead of on the first request.
  const { evaluations } = await readRun(folder);
  const load = async (): Promise<RunView> => {
    const { events, workers, pictures } = await readRun(folder);
    return { ...viewOf(events), workers, pictures: await pictures() };
  };
  const server = await serveReport(load, { port, evaluations });
  terminal.out.write(`${server.url}\n`);
  say(terminal, "Press Ctrl-C to end.");
  await new Promise<void>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => resolve());
  });
  await server.close();
  return exitCodes.ok;
}
