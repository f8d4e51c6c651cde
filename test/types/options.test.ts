/** Options that come from elsewhere, such as the command line, fit as they are: what is not given may be undefined. */

import { type RunFileOptions, type StudyFileOptions, type StudyOptions, type TrainOptions, train } from "tracegrad";
import { expectTypeOf, test } from "vitest";

test("what the command line gives fits the options of train and study", () => {
  expectTypeOf<RunFileOptions>().toExtend<Partial<TrainOptions>>();
  expectTypeOf<StudyFileOptions>().toExtend<StudyOptions>();
  expectTypeOf((needed: TrainOptions<string, string, string>, { folder, budget, signal }: RunFileOptions) =>
    train({ ...needed, folder, budget, signal }),
  ).toBeFunction();
});

test("no option of train or study refuses undefined", () => {
  type Optional<T> = { [K in keyof T as undefined extends T[K] ? K : never]-?: T[K] };
  type Refusing<T> = { [K in keyof T]-?: undefined extends T[K] ? never : K }[keyof T];
  expectTypeOf<Refusing<TrainOptions>>().toEqualTypeOf<"optimizer" | "data">();
  expectTypeOf<Refusing<StudyOptions>>().toBeNever();
  expectTypeOf<Optional<TrainOptions>["signal"]>().toEqualTypeOf<AbortSignal | undefined>();
});
