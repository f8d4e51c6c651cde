/**
 * Data: loading, splitting and sealing examples.
 *
 * @packageDocumentation
 */

export { datasetHash } from "../training/data/hash.ts";
export { type CsvOptions, loadCsv, loadJson, loadJsonl, type Row } from "../training/data/load.ts";
export type { InputOf, RowOptions, TargetOf } from "../training/data/rows.ts";
export { Sealed, type SealedRead } from "../training/data/sealed.ts";
export { type Seeds, seeds } from "../training/data/seeds.ts";
export { type Split, type SplitOptions, split } from "../training/data/split.ts";
export type { Example } from "../training/types.ts";
