import fc from "fast-check";
import { expect, test } from "vitest";
import { Column } from "../../../src/graph/table/column.ts";
import { sequencesWithin } from "../../../src/graph/table/sequences.ts";

const values = fc.array(fc.constantFrom("0", "-1", "2.5", "true", "null", "", '"up"'), {
  minLength: 1,
  maxLength: 200,
});

/** A column whose cells are these. */
function columnOf(name: string, cells: readonly string[], depth: number): Column {
  const values = cells.map((cell): unknown => (cell === "" ? undefined : JSON.parse(cell)));
  return new Column(name, values, depth);
}

/** The values that a line says, and the row that each of its marks names with the row that it stands at. */
function read(line: string): { readonly cells: readonly string[]; readonly marks: readonly (readonly number[])[] } {
  const cells: string[] = [];
  const marks: number[][] = [];
  for (const text of line.slice(line.indexOf(": ") + 2).split(",")) {
    const [, mark, value = "", times = "1"] = /^(?:@(\d+) )?(.*?)(?: x(\d+))?$/.exec(text) ?? [];
    if (mark !== undefined) marks.push([Number(mark), cells.length + 1]);
    cells.push(...Array.from({ length: Number(times) }, () => (value === "missing" ? "" : value)));
  }
  return { cells, marks };
}

test("every value of a narrow column can be read back, and marks name the row that comes next", () => {
  fc.assert(
    fc.property(values, (cells) => {
      const [sequence] = sequencesWithin([columnOf("a.b", cells, 1)], Number.POSITIVE_INFINITY);
      const said = read(sequence?.line ?? "");
      expect(said.cells).toEqual(cells);
      for (const [named, at] of said.marks) expect(named).toBe(at);
    }),
  );
});

test("columns come in their order, within the room, and those that calls gave themselves go before shorter fields", () => {
  const alternating = Array.from({ length: 40 }, (_, row) => String(row % 2));
  const columns = [
    columnOf("field", Array<string>(40).fill("7"), 1),
    columnOf(
      "wide",
      Array.from(alternating, (cell) => `"${"x".repeat(30)}${cell}"`),
      0,
    ),
    columnOf("own", alternating, 0),
    columnOf("late", alternating, 2),
  ];
  const namesWithin = (room: number) => sequencesWithin(columns, room).map(({ column }) => column.name);
  const own = sequencesWithin(columns, Number.POSITIVE_INFINITY).find(({ column }) => column.name === "own");
  const room = own?.line.length ?? 0;
  expect(namesWithin(Number.POSITIVE_INFINITY)).toEqual(["field", "own", "late"]);
  expect(namesWithin(room + 20)).toEqual(["field", "own"]);
  expect(namesWithin(room)).toEqual(["own"]);
  expect(namesWithin(room - 1)).toEqual(["field"]);
  expect(namesWithin(0)).toEqual([]);
});
