/** Arrays and records as trees: look for leaves of a kind in them, and replace those leaves, whatever the depth. */

/** True for arrays and plain records: what is looked into. Maps, sets, class instances and the like are leaves. */
export function isContainer(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * True when `isLeaf` holds for something inside `value`. Has a stack of its own, so deep and cyclic data are safe; data that
 * throw when they are read (a getter, a Proxy) count as without leaves.
 */
export function holds(value: unknown, isLeaf: (item: unknown) => boolean): boolean {
  if (typeof value !== "object" || value === null) return false;
  try {
    return isContainer(value) && hasLeaf(value, isLeaf);
  } catch {
    return false;
  }
}

function hasLeaf(value: object, isLeaf: (item: unknown) => boolean): boolean {
  const stack: object[] = [value];
  let seen: Set<object> | undefined;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    for (const item of Array.isArray(next) ? next : Object.values(next)) {
      // Most data are primitives: they are passed over before anything is called.
      if (typeof item !== "object" || item === null) continue;
      if (isLeaf(item)) return true;
      if (!isContainer(item)) continue;
      seen ??= new Set([value]);
      if (seen.has(item)) continue;
      seen.add(item);
      stack.push(item);
    }
  }
  return false;
}

/** What {@link replaceLeaves} asks for: which items are leaves, and what to put in the place of one found at `path`. */
export interface Replacement {
  readonly isLeaf: (item: unknown) => boolean;
  readonly replace: (leaf: unknown, path: string) => unknown;
}

/**
 * A copy of `value` with its leaves replaced, cycles and shared parts included; parts without leaves stay the same objects.
 * Paths are joined by `_`, from `path` on: the first item of field `a` is `a_0`. Linear, with stacks of its own, so deep data
 * are safe.
 */
export function replaceLeaves(value: unknown, how: Replacement, path = ""): unknown {
  if (how.isLeaf(value)) return how.replace(value, path);
  if (!isContainer(value)) return value;
  const holders = holdersIn(value, how.isLeaf);
  if (!holders.has(value)) return value;
  const copies = new Map<object, object>([[value, emptyLike(value)]]);
  // A queue, which grows while it is walked: leaves come in the order of their places, the outer ones first.
  const queue: { readonly source: object; readonly above: string }[] = [{ source: value, above: path }];
  for (const { source, above } of queue) {
    const copy = copies.get(source) as object;
    for (const [key, item] of Object.entries(source)) {
      const at = above === "" ? key : `${above}_${key}`;
      if (how.isLeaf(item)) put(copy, key, how.replace(item, at));
      else if (typeof item !== "object" || item === null || !holders.has(item)) put(copy, key, item);
      else {
        if (!copies.has(item)) {
          copies.set(item, emptyLike(item));
          queue.push({ source: item, above: at });
        }
        put(copy, key, copies.get(item));
      }
    }
  }
  return copies.get(value);
}

/** The arrays and records inside `root`, itself included, that have a leaf somewhere below them. */
function holdersIn(root: object, isLeaf: (item: unknown) => boolean): Set<object> {
  const above = new Map<object, object[]>([[root, []]]);
  const holders = new Set<object>();
  const stack: object[] = [root];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    for (const item of Object.values(next)) {
      if (isLeaf(item)) holders.add(next);
      else if (isContainer(item)) {
        const known = above.get(item);
        if (known !== undefined) known.push(next);
        else {
          above.set(item, [next]);
          stack.push(item);
        }
      }
    }
  }
  // A set gives items that are added while it is walked, too.
  for (const holder of holders) for (const container of above.get(holder) ?? []) holders.add(container);
  return holders;
}

function emptyLike(source: object): object {
  return Array.isArray(source) ? new Array(source.length) : Object.create(Object.getPrototypeOf(source));
}

/** Defines instead of assigning, because assigning `__proto__` would change the prototype. */
function put(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}
