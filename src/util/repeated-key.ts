/** Finds a key that a JSON text gives twice: JSON.parse would silently take the last. */

import { type Expression, parseExpressionAt } from "acorn";

/** How many openings of an object are tried, so that a text full of braces costs little. */
const mostTries = 50;

/** The first key that occurs twice in one object of the first JSON object in `text`; undefined when there is none. */
export function repeatedKeyIn(text: string): string | undefined {
  let at = text.indexOf("{");
  for (let tries = 0; at >= 0 && tries < mostTries; tries++) {
    const object = objectAt(text, at);
    if (object !== undefined) return repeatedIn(object);
    at = text.indexOf("{", at + 1);
  }
  return undefined;
}

function objectAt(text: string, at: number): Expression | undefined {
  try {
    const expression = parseExpressionAt(text, at, { ecmaVersion: 2023 });
    return expression.type === "ObjectExpression" ? expression : undefined;
  } catch {
    return undefined;
  }
}

function repeatedIn(value: Expression): string | undefined {
  const stack: unknown[] = [value];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const node = next as Expression;
    if (node.type === "ArrayExpression") stack.push(...node.elements.filter((item) => item !== null));
    if (node.type !== "ObjectExpression") continue;
    const keys = new Set<string>();
    for (const property of node.properties) {
      if (property.type !== "Property" || property.key.type !== "Literal") continue;
      const key = String(property.key.value);
      if (keys.has(key)) return key;
      keys.add(key);
      stack.push(property.value);
    }
  }
  return undefined;
}
