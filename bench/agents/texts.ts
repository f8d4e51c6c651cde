/** What is asked and answered in every call. */

export const SYSTEM_PROMPT =
  "You help the customers of a shop that sells books and games. Answer in a friendly sentence, name the number of the " +
  "order, and say when it will arrive. Never promise a refund: a colleague decides about those.";
export const QUESTION =
  "A customer asks: where is my order 4711? I have waited for a week, and my mother's birthday is near.";
export const REPLY =
  "Your order 4711 left our house on Monday and should arrive tomorrow, in time for the birthday. We are sorry for " +
  "the wait, and wish your mother a wonderful day.";
