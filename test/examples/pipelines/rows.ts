/** Self-written rows in the form of the two data sets, for tests without Kaggle's files. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../llm/folder.ts";

/** Writes both data sets into a new folder and returns it. */
export function writeRows(): string {
  const root = temporaryFolder();
  write(root, "house-prices", "Id,LotFrontage,GrLivArea,MSZoning,Alley", "SalePrice", (i) => {
    const area = 800 + ((i * 37) % 61) * 20;
    const zone = i % 3 === 0 ? "RM" : "RL";
    return [[i + 1, i % 7 === 0 ? "NA" : 40 + (i % 30), area, zone, "NA"], 100 * area + (i % 3 === 0 ? 0 : 30_000)];
  });
  write(root, "spaceship-titanic", "PassengerId,HomePlanet,CryoSleep,Cabin,Spa,Name", "Transported", (i) => {
    const sleeps = (i * 7) % 5 < 2;
    const id = `${String(i + 1).padStart(4, "0")}_01`;
    const row = [
      id,
      i % 2 === 0 ? "Earth" : "",
      sleeps ? "True" : "False",
      "F/1/S",
      sleeps ? "0.0" : `${i % 13}.5`,
      "A B",
    ];
    return [row, sleeps ? "True" : "False"];
  });
  return root;
}

type Cells = readonly (string | number)[];

function write(
  root: string,
  folder: string,
  columns: string,
  label: string,
  rowAt: (i: number) => [Cells, string | number],
) {
  mkdirSync(join(root, folder), { recursive: true });
  const rows = Array.from({ length: 75 }, (_, i) => rowAt(i));
  const train = rows.map(([cells, value]) => [...cells, value].join(","));
  writeFileSync(join(root, folder, "train.csv"), [`${columns},${label}`, ...train].join("\n"));
  const test = Array.from({ length: 6 }, (_, i) => rowAt(200 + i)[0].join(","));
  writeFileSync(join(root, folder, "test.csv"), [columns, ...test].join("\n"));
}
