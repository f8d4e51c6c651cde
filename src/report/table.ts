/** Tables as plain text, Markdown and CSV: whatever is in a cell stays in its cell, and never runs. */

import { visible } from "./markup.ts";
import { plainLine, widthOf } from "./terminal.ts";

/** The value of a cell; null and undefined are empty. */
export type TableCell = string | number | boolean | null | undefined;

/** The names of the columns, and rows of as many cells. A column whose cells are all numbers is right-aligned. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly TableCell[])[];
}

/** The table for a terminal: columns padded with spaces, a line under the heads. Without control characters. */
export function textTable(table: Table): string {
  const heads = table.columns.map(plainLine);
  const rows = table.rows.map((row) => heads.map((_, at) => plainLine(cellText(row[at]))));
  const widths = heads.map((head, at) => [head, ...rows.map((row) => row[at] ?? "")].reduce(largerWidth, 0));
  const right = rightColumns(table);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => padCell(cell, widths[at] ?? 0, right[at] === true))
      .join("  ")
      .trimEnd();
  return `${[line(heads), widths.map((width) => "─".repeat(width)).join("  "), ...rows.map(line)].join("\n")}\n`;
}

/** The table as GitHub's Markdown. Cells are text: their pipes, markup and HTML are escaped. */
export function markdownTable(table: Table): string {
  const right = rightColumns(table);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = table.columns.map((_, at) => (right[at] === true ? "--:" : "---"));
  const rows = table.rows.map((row) => line(table.columns.map((_, at) => markdownText(cellText(row[at])))));
  return `${[line(table.columns.map(markdownText)), line(rule), ...rows].join("\n")}\n`;
}

/** The table as CSV (RFC 4180). A text that a spreadsheet would read as a formula gets an apostrophe in front. */
export function csvTable(table: Table): string {
  const lines = [table.columns, ...table.rows.map((row) => table.columns.map((_, at) => row[at]))];
  return lines.map((cells) => `${cells.map(csvText).join(",")}\r\n`).join("");
}

function cellText(cell: TableCell): string {
  if (cell === undefined || cell === null) return "";
  return typeof cell === "number" && Number.isNaN(cell) ? "–" : String(cell);
}

function rightColumns({ columns, rows }: Table): boolean[] {
  return columns.map((_, at) => rows.length > 0 && rows.every((row) => typeof row[at] === "number" || row[at] == null));
}

function largerWidth(width: number, text: string): number {
  return Math.max(width, widthOf(text));
}

function padCell(text: string, width: number, toRight: boolean): string {
  const space = " ".repeat(Math.max(0, width - widthOf(text)));
  return toRight ? space + text : text + space;
}

function markdownText(text: string): string {
  const plain = visible(text).replace(/[&<>]/g, (char) => (char === "&" ? "&amp;" : char === "<" ? "&lt;" : "&gt;"));
  return plain
    .replace(/[\\`*_{}[\]()#+!|~$-]/g, escapeOf)
    .replace(/\n/g, "<br>")
    .replace(/\t/g, " ");
}

/** Hyphens and brackets are markup only where a cell cannot put them, and numbers must stay readable. */
function escapeOf(char: string): string {
  return "-+()#{}!".includes(char) ? char : `\\${char}`;
}

/** The start of a formula in some spreadsheet, also after spaces or in full width. */
const formula = /^[\s\u00a0\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;
const plainNumber = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;

function csvText(cell: TableCell): string {
  if (typeof cell === "number") return Number.isNaN(cell) ? "" : String(cell);
  // Spreadsheets and their readers stop at NUL.
  const text = (cell === undefined || cell === null ? "" : String(cell)).replaceAll("\0", "");
  const safe = formula.test(text) && !plainNumber.test(text) ? `'${text}` : text;
  return /[",\r\n;\t]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
