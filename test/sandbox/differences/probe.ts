/**
 * The probe: a text that is run in the sandbox and in Node, and gives what each built-in is and does, as pairs of a key
 * and a text. It is plain JavaScript, since it is handed over as text.
 */

/** Shared by the probes: shows any value as a text that does not depend on the engine's wording. */
const show = String.raw`
const apply = Reflect.apply;
const proto = Reflect.getPrototypeOf;
const show = (value, depth = 0) => {
  try {
    if (value === undefined || value === null) return String(value);
    if (typeof value === "string") return JSON.stringify(value);
    if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
    if (typeof value === "bigint") return value + "n";
    if (typeof value === "boolean") return String(value);
    if (typeof value === "symbol") return "symbol " + value.description;
    if (typeof value === "function") return "function";
    if (depth > 2) return "…";
    const tag = Object.prototype.toString.call(value);
    if (value instanceof Error) return "error " + value.name;
    if (value instanceof Date) return "date " + value.getTime();
    if (value instanceof RegExp) return "regexp " + value.source + " " + value.flags + " " + value.lastIndex;
    if (value instanceof Map || value instanceof Set) return tag + show([...value], depth + 1);
    if (typeof value.next === "function") {
      const items = [];
      for (let i = 0; i < 5; i++) items.push(show(value.next(), depth + 1));
      return tag + items.join();
    }
    if (value instanceof ArrayBuffer) return tag + show([...new Uint8Array(value)], depth + 1);
    const keys = Reflect.ownKeys(value).filter((key) => typeof key === "string").sort().slice(0, 40);
    return tag + "{" + keys.map((key) => key + ":" + show(value[key], depth + 1)).join() + "}";
  } catch (error) {
    return "throws " + error.name;
  }
};
const run = (task) => {
  try {
    return show(task());
  } catch (error) {
    return "throws " + (error && error.name);
  }
};
`;

/** Walks everything that can be reached from the global object: names, kinds and attributes of all properties. */
export const walkProbe: string = `function f(skipped) {
${show}
const out = [];
const seen = new Set([globalThis]);
const queue = [[globalThis, ""]];
const add = (value, path) => {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  if (!isObject || seen.has(value)) return;
  seen.add(value);
  queue.push([value, path]);
};
const hidden = {
  TypedArray: proto(Int8Array), ArrayIterator: proto([].values()), Iterator: proto(proto([].values())),
  MapIterator: proto(new Map().entries()), SetIterator: proto(new Set().values()),
  StringIterator: proto(""[Symbol.iterator]()), RegExpStringIterator: proto("a".matchAll(/a/g)),
  Generator: proto(proto((function* () {})())), AsyncGenerator: proto(proto((async function* () {})())),
  AsyncFunction: proto(async () => {}), GeneratorFunction: proto(function* () {}),
  "a function": function (a) { "use strict"; }, "an arrow function": () => 1, "a regular expression": /a/,
  "a class": class { static a = 1 }, "an array": [1], "a template": ((strings) => strings)\`a\`,
};
for (let i = 0; i < queue.length; i++) {
  const [value, path] = queue[i];
  for (const key of Reflect.ownKeys(value)) {
    const name = typeof key === "symbol" ? "[" + key.description + "]" : key;
    const at = path === "" ? name : path + "." + name;
    if (skipped.includes(at)) { out.push([at, "there"]); continue; }
    const { enumerable, configurable, writable, ...rest } = Reflect.getOwnPropertyDescriptor(value, key);
    const flags = (enumerable ? "e" : "-") + (configurable ? "c" : "-") + (writable ? "w" : "-");
    const type = "value" in rest ? typeof rest.value : "accessor " + typeof rest.get + " " + typeof rest.set;
    const plain = /number|string|boolean/.test(type) ? " " + show(rest.value) : "";
    out.push([at, flags + " " + type + plain]);
    if ("value" in rest) add(rest.value, at);
  }
  if (path === "") for (const key of Object.keys(hidden)) add(hidden[key], key);
}
return out;
}`;

/** Calls every method of every standard class with samples. */
export const callProbe: string = `function f(skipped) {
${show}
const out = [];
const samples = [
  () => undefined, () => null, () => true, () => 0, () => -1.5, () => 1e15, () => NaN, () => 12n, () => "", () => "aB-c",
  () => "\\u00df\\u0130I\\u{1f600}", () => Symbol("q"), () => [], () => [3, 1, 20, 1], () => [1, , 3],
  () => ({ a: 1, b: [2] }), () => (a, b) => a < b ? -1 : a > b ? 1 : 0, () => /b(-)?/g,
  () => new Map([[1, 2], ["a", "b"]]), () => new Set([1, "a", NaN]), () => new Uint8Array([1, 2, 255]),
  () => new Float64Array([0.1, -0, NaN]), () => new BigInt64Array([5n]), () => new ArrayBuffer(4),
  () => new DataView(new ArrayBuffer(16)), () => new Error("m"), () => new WeakMap(), () => new Proxy({ a: 1 }, {}),
];
const times = [() => new Date(86400000.5), () => new Date(NaN), () => undefined, () => 5];
const lists = [
  () => [], () => [0], () => [1, 2], () => [-1], () => ["b"], () => ["b", "$&$1$'x"], () => [undefined], () => [NaN, 3],
  () => [2.7], () => [{ a: 1 }], () => [[1, 2]], () => [(a, b) => (a > b ? 1 : a < b ? -1 : 0)],
  () => [(a) => (a === 1 ? 0 : 0), 5], () => [/b/g, "x"], () => [/(?<n>[a-z])/gi, (m, ...r) => r.length],
  () => [[["k", 1]]], () => [new Set([1, 5])], () => [Symbol.iterator], () => [null, null], () => [36], () => [10, "x"],
];
const random = /random|^Promise|now|Date$|WeakRef|FinalizationRegistry|Atomics|SharedArrayBuffer|structuredClone|TextDecoder|TextEncoder|console/;
const owners = [];
for (const name of Reflect.ownKeys(globalThis)) {
  const value = globalThis[name];
  if (typeof name !== "string" || skipped.includes(name) || random.test(name)) continue;
  if (typeof value === "function") owners.push([value, name, true]);
  if (typeof value === "object" && value !== null && value !== globalThis) owners.push([value, name, false]);
  if (typeof value === "function" && value.prototype) owners.push([value.prototype, name + ".prototype", false]);
}
owners.push([proto(Int8Array).prototype, "TypedArray.prototype", false], [proto(Int8Array), "TypedArray", false]);
owners.push([Date.prototype, "Date.prototype", false], [proto([].values()), "ArrayIterator", false]);
const call = (path, fn) => {
  const isMethod = path.includes(".prototype") || path.startsWith("ArrayIterator");
  const receivers = !isMethod ? [() => globalThis[path.split(".")[0]]] : path.includes("Date.prototype") ? times : samples;
  for (let r = 0; r < receivers.length; r++) {
    let failed = 0;
    for (let a = 0; a < lists.length; a++) {
      const owner = receivers[r]();
      const result = run(() => apply(fn, owner, lists[a]()));
      if (result.startsWith("throws TypeError") && a < 3) failed++;
      out.push([path + " #" + r + " #" + a, result + (isMethod && Array.isArray(owner) ? " " + show(owner) : "")]);
      if (failed === 3) break;
    }
  }
};
for (const [owner, name, isConstructor] of owners) {
  if (isConstructor) {
    for (let a = 0; a < lists.length; a++) {
      out.push(["new " + name + " #" + a, run(() => Reflect.construct(owner, lists[a]()))]);
      out.push([name + "() #" + a, run(() => owner(...lists[a]()))]);
    }
  }
  for (const key of Reflect.ownKeys(owner)) {
    const { value, get } = Reflect.getOwnPropertyDescriptor(owner, key);
    const path = name + "." + (typeof key === "symbol" ? "[" + key.description + "]" : key);
    if (typeof key === "string" && random.test(key) || key === "constructor" || key === "prototype") continue;
    if (typeof value === "function") call(path, value);
    if (get) call("get " + path, get);
  }
}
return out;
}`;

/** Evaluates the given expressions, each on its own. */
export const expressionProbe: string = `function f(expressions) {
${show}
return expressions.map((text) => [text, run(() => (() => {}).constructor("show", "return (" + text + ")")(show))]);
}`;
