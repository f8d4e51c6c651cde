/** The orders of a shop, and what its customers ask about them. */

/** What is known of an order. */
export interface Order {
  readonly order: string;
  readonly status: "sent" | "packed";
  readonly arrives: string;
}

const orders: readonly Order[] = [
  { order: "1001", status: "sent", arrives: "2026-12-02" },
  { order: "1002", status: "packed", arrives: "2026-12-05" },
  { order: "1003", status: "sent", arrives: "2026-12-01" },
  { order: "1004", status: "packed", arrives: "2026-12-09" },
  { order: "1005", status: "sent", arrives: "2026-12-03" },
  { order: "1006", status: "packed", arrives: "2026-12-11" },
];

/** The order with this number. */
export function lookUpOrder(order: string): Order | { readonly error: string } {
  return orders.find((one) => one.order === order) ?? { error: `There is no order ${order}.` };
}

/** Questions with the answers that another program can read. */
export const rows = orders.map(({ order, arrives }) => ({
  input: `When does order ${order} arrive?`,
  target: arrives,
}));
