// SPDX-License-Identifier: Apache-2.0
import type { StackSnapshot } from "../../../lib/oap/export/timed_stack.ts";

export const START = 1_700_000_000_000;

/** Snapshots of sequence 0, 1, 2 … from `[ms since START, "root child leaf"]`; frames are parted by two blanks. */
export function snapshots(...told: readonly [ms: number, stack: string][]): StackSnapshot[] {
  return told.map(([ms, stack], sequence) => ({ time: START + ms, sequence, stack: stack.split("  ") }));
}

export const ROOT_FRAME = "(request GET:/orders)";
export const LIST = "listOrders (src/orders.ts:12)";
export const PARSE = "parse (src/prices.ts:44)";
export const WAIT = "(waiting for fetch src/prices.ts:33)";
export const HELD = "(held by GET:/report)";
export const OTHER = "report (src/report.ts:3)";

/** 20 ms on the CPU in parse, 40 ms waiting, 3 ms held, 10 ms in parse again. */
export const REQUEST: readonly StackSnapshot[] = snapshots(
  [0, `${ROOT_FRAME}  ${LIST}  ${PARSE}`],
  [10, `${ROOT_FRAME}  ${LIST}  ${PARSE}`],
  [20, `${ROOT_FRAME}  ${LIST}  ${PARSE}`],
  [20, `${ROOT_FRAME}  ${LIST}  ${WAIT}`],
  [60, `${ROOT_FRAME}  ${LIST}  ${WAIT}`],
  [60, `${ROOT_FRAME}  ${LIST}  ${HELD}  ${OTHER}`],
  [63, `${ROOT_FRAME}  ${LIST}  ${HELD}  ${OTHER}`],
  [63, `${ROOT_FRAME}  ${LIST}  ${PARSE}`],
  [73, `${ROOT_FRAME}  ${LIST}  ${PARSE}`],
);
