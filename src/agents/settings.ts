/** Settings of requests, such as the temperature, as parameters: found by the name of their field and its value. */

import { Parameter, type ParameterOptions, parameter } from "../nodes/parameter.ts";
import { TracegradError } from "../util/errors.ts";
import { fieldsOf } from "../util/fields.ts";
import { preview } from "../util/preview.ts";

/** A setting of a program's requests. Make one with {@link setting}. */
export class Setting<T extends SettingValue = SettingValue> {
  /** The names of the fields that lead to it, from the outside in. */
  readonly path: readonly string[];
  readonly parameter: Parameter<T>;

  /** @internal */
  constructor(path: readonly string[], learned: Parameter<T>) {
    this.path = path;
    this.parameter = learned;
  }
}

/** What a setting may be. */
export type SettingValue = string | number | boolean;

/** The type of a value, of which it is one. */
type Widened<T extends SettingValue> = T extends string ? string : T extends number ? number : boolean;

/**
 * Makes a parameter of a setting that a program writes in its requests, for `learn`. Wherever a request has the field
 * with this value, it goes out with the current value. A field with another value stays as it is.
 * @param field The name of the field in the request as the SDK sends it: `temperature`, `max_tokens`, `model`. Of a
 * field in a field, both: `reasoning.effort`.
 * @param value Its value now.
 * @param options What else is to be known of it. A `schema` or a `constraint` says which values a provider takes.
 * @throws TracegradError `bad-setting` for a field without a name, and for a value that is no text, number or boolean.
 * @example
 * const schema = z.number().min(0).max(1);
 * const agent = learn(answer, { system: SYSTEM_PROMPT, temperature: setting("temperature", 0.7, { schema }) });
 */
export function setting<T extends SettingValue>(
  field: string,
  value: T,
  options: ParameterOptions<Widened<T>> = {},
): Setting<Widened<T>> {
  const path = typeof field === "string" ? field.split(".") : [""];
  if (path.includes("")) {
    throw new TracegradError(
      "bad-setting",
      `${preview(field)} is no name of a field. Give one, such as "temperature".`,
    );
  }
  if (!["string", "number", "boolean"].includes(typeof value)) {
    throw new TracegradError(
      "bad-setting",
      `The setting "${field}" is ${preview(value)}. Give the text, number or boolean that the program sends.`,
    );
  }
  const learned: unknown = parameter<unknown>(value, { placeholders: false, ...options } as ParameterOptions<unknown>);
  return new Setting(path, learned as Parameter<Widened<T>>);
}

/** Those settings whose fields have their first values in a request: of several for one field the first. */
export function settingsIn(request: unknown, settings: readonly Setting[]): readonly Setting[] {
  const byField = new Map<string, Setting>();
  for (const one of settings) {
    const field = one.path.join(".");
    if (!byField.has(field) && hasSetting(request, one)) byField.set(field, one);
  }
  return [...byField.values()];
}

/** Whether the field of a setting has its first value in a request. */
function hasSetting(request: unknown, { path, parameter: { first } }: Setting): boolean {
  return path.reduce<unknown>((at, name) => fieldsOf(at)[name], request) === first;
}

/** A request with the value of now in the field of a setting. */
export function withSetting(request: unknown, { path, parameter: learned }: Setting): unknown {
  return withField(request, path, learned.peek());
}

function withField(record: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const fields = fieldsOf(record);
  return { ...fields, [name]: withField(fields[name], rest, value) };
}
