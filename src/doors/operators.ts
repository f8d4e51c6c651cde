/**
 * Operators: functions over nodes or plain values that give a node which remembers them.
 *
 * @packageDocumentation
 */

export * from "../nodes/operators/index.ts";
