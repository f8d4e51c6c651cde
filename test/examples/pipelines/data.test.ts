/** Reading the two data sets, on self-written rows in their form. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadTask } from "../../../examples/pipelines/data.ts";
import { writeRows } from "./rows.ts";

describe("loadTask", () => {
  it("gives each labelled row to one of three parts, a fifth held out and a fifth of the others for validation", async () => {
    const { train, validation, heldOut, unlabelled } = await loadTask(writeRows(), "housing");
    expect([train, validation, heldOut].map(({ rows }) => rows.length)).toEqual([48, 12, 15]);
    const ids = [train, validation, heldOut].flatMap(({ rows }) => rows.map((row) => row["Id"] as number));
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: 75 }, (_, at) => at + 1));
    expect(unlabelled.length).toBe(6);
  });

  it("divides in the same way each time", async () => {
    const root = writeRows();
    expect(await loadTask(root, "spaceship")).toEqual(await loadTask(root, "spaceship"));
  });

  it("reads numbers, booleans, texts and missing values by column, and takes the label out", async () => {
    const root = writeRows();
    const houses = (await loadTask(root, "housing")).train;
    const first = houses.rows.findIndex((row) => row["Id"] === 1);
    const house = first < 0 ? undefined : houses.rows[first];
    const passengers = (await loadTask(root, "spaceship")).train.rows;
    expect(houses.rows.every((row) => typeof row["GrLivArea"] === "number" && !("SalePrice" in row))).toBe(true);
    expect(
      houses.rows.filter((row) => row["LotFrontage"] === null).every((row) => ((row["Id"] as number) - 1) % 7 === 0),
    ).toBe(true);
    expect(house?.["Alley"] ?? null).toBeNull();
    expect(
      passengers.every((row) => typeof row["CryoSleep"] === "boolean" && typeof row["PassengerId"] === "string"),
    ).toBe(true);
    expect(new Set(passengers.map((row) => row["HomePlanet"]))).toEqual(new Set(["Earth", null]));
  });

  it("reads labels as numbers: prices, and 1 for True", async () => {
    const root = writeRows();
    const { rows, labels } = (await loadTask(root, "spaceship")).validation;
    expect(labels).toEqual(rows.map((row) => (row["CryoSleep"] === true ? 1 : 0)));
    expect((await loadTask(root, "housing")).validation.labels.every((price) => price >= 80_000)).toBe(true);
  });

  it("says where the files come from when they are missing or are others", async () => {
    const root = writeRows();
    rmSync(join(root, "house-prices", "test.csv"));
    await expect(loadTask(root, "housing")).rejects.toMatchObject({
      code: "no-data",
      message: expect.stringMatching(/kaggle\.com/),
    });
    writeFileSync(join(root, "spaceship-titanic", "train.csv"), "a,b\n1,2\n");
    await expect(loadTask(root, "spaceship")).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringMatching(/Transported/),
    });
  });
});
