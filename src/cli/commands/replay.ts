/** `tracegrad replay`: checks a cassette, and lists its answers. */

import { redactData } from "../../doors/extend.ts";
import { plainLine, type Table, textTable } from "../../doors/report.ts";
import { type Cassette, type CassetteEntry, loadCassette } from "../../llm/cassette-file.ts";
import { exitCodes, say, type Terminal, usageError, writeJson } from "../terminal.ts";

/** `tracegrad replay <cassette>`. */
export async function replayCommand(
  file: string,
  { json }: { readonly json?: true },
  terminal: Terminal,
): Promise<number> {
  const loaded = loadCassette(file);
  if (loaded === undefined) throw usageError(`There is no cassette ${file}. Check the path.`);
  const problems = problemsOf(loaded);
  const cassette = redactData(loaded);
  if (json === true) writeJson(terminal, { file, ...cassette, problems });
  else terminal.out.write(`${headOf(cassette)}\n${textTable(tableOf(cassette))}`);
  for (const problem of problems) say(terminal, `problem: ${problem}`);
  return problems.length > 0 ? exitCodes.failed : exitCodes.ok;
}

function headOf({ model, recorded, note, entries }: Cassette): string {
  const requests = new Set(entries.map(({ hash }) => hash)).size;
  const counts = `${entries.length} answers to ${requests} requests`;
  return plainLine(`${model}, recorded ${recorded}: ${counts}${note === undefined ? "" : `. ${note}`}`);
}

function tableOf({ entries }: Cassette): Table {
  return {
    columns: ["#", "request", "in", "out", "stop", "the request ends", "the answer begins"],
    rows: entries.map(({ hash, tail, reply }, at) => [
      at + 1,
      hash.slice(0, 8),
      reply.usage.inputTokens,
      reply.usage.outputTokens,
      reply.stopReason,
      [...plainLine(tail)].slice(-40).join(""),
      [...plainLine(reply.text || JSON.stringify(reply.toolInput) || "")].slice(0, 40).join(""),
    ]),
  };
}

/** What loading a cassette accepts, but recording never writes. */
function problemsOf({ entries }: Cassette): readonly string[] {
  return entries.flatMap((entry, at) => [
    ...(/^[\da-f]{64}$/.test(entry.hash) ? [] : [`entry ${at + 1} has no SHA-256 as its hash, so no request finds it`]),
    ...(isDate(entry) ? [] : [`entry ${at + 1} has an invalid date: ${entry.recordedAt}`]),
    ...(entry.reply.stopReason === "length" ? [`entry ${at + 1} was cut off at the token limit`] : []),
  ]);
}

function isDate({ recordedAt }: CassetteEntry): boolean {
  return !Number.isNaN(Date.parse(recordedAt));
}
