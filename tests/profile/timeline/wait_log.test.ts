// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { WaitLog } from "../../../lib/profile/timeline/_wait_log.ts";
import type { Run } from "../../../lib/profile/timeline/timeline_types.ts";
import type { Wait } from "../../../lib/runtime/runtime.ts";

function wait(at: number): Wait {
  return { at, kind: "await", dueAt: undefined, callersOnly: false, trace: {}, parent: undefined };
}

/** A run of a millisecond. */
function ran(woken: Wait | undefined, on: number): Run {
  return { on, off: on + 1, woken, hops: 0 };
}

/** A log of as many waits, one a millisecond from 0 on, that were told. */
function told(count: number): { log: WaitLog; waits: Wait[] } {
  const log = new WaitLog();
  const waits = Array.from({ length: count }, (_, i) => wait(i));
  for (const each of waits) log.add(each);
  log.takeUntil(count);
  return { log, waits };
}

describe("WaitLog", () => {
  test("gives what had not ended before an instant, the latest first", () => {
    const { log, waits } = told(4);
    const [a, b, c, d] = waits as [Wait, Wait, Wait, Wait];
    log.ran(ran(d, 10));
    log.ran(ran(b, 20));
    expect(log.pending(10)).toEqual([d, c, b, a]);
    expect(log.pending(11)).toEqual([c, b, a]);
    expect(log.pending(21)).toEqual([c, a]);
  });

  test("gives what is told only", () => {
    const { log, waits } = told(2);
    const later = wait(5);
    log.add(later);
    expect(log.next).toBe(later);
    expect(log.pending(3)).toEqual(waits.toReversed());
    expect(log.takeUntil(5)).toEqual([later]);
    expect(log.pending(6)).toEqual([later, ...waits.toReversed()]);
  });

  test("gives no mark, which nobody waits for", () => {
    const log = new WaitLog();
    const mark = { ...wait(1), isMark: true };
    log.add(mark);
    expect(log.takeUntil(1)).toEqual([mark]);
    expect(log.pending(2)).toEqual([]);
  });

  test("gives the latest 32, and older ones once these have ended", () => {
    const { log, waits } = told(40);
    expect(log.pending(40)).toEqual(waits.slice(8).toReversed());
    for (const each of waits.slice(20)) log.ran(ran(each, 50));
    expect(log.pending(51)).toEqual(waits.slice(0, 20).toReversed());
  });

  test("gives older ones once some of those that it gave are let go of", () => {
    const { log, waits } = told(40);
    const [, , nowhere, early] = log.pending(40) as [Wait, Wait, Wait, Wait];
    log.letGo(new Set([nowhere, early]));
    const rest = waits.filter((each) => each !== nowhere && each !== early);
    expect(log.pending(40)).toEqual(rest.slice(6).toReversed());
  });

  test("counts a wait's first end only", () => {
    const { log, waits } = told(1);
    const [only] = waits as [Wait];
    expect(log.endOf(only)).toBe(Infinity);
    log.ran(ran(only, 10));
    log.ran(ran(only, 20));
    expect(log.endOf(only)).toBe(10);
  });

  test("forgets what was told and has ended, and keeps the rest in time order", () => {
    const { log, waits } = told(5);
    const [a, b, c, d, e] = waits as [Wait, Wait, Wait, Wait, Wait];
    log.ran(ran(b, 10));
    log.ran(ran(e, 11));
    const later = wait(20);
    log.add(later);
    expect(log.pending(12)).toEqual([d, c, a]);
    log.forget(Infinity);
    expect(log.untold).toBe(1);
    expect(log.pending(12)).toEqual([d, c, a]);
    expect(log.takeUntil(20)).toEqual([later]);
  });

  test("knows the first 32 awaits after a wait in its run and the last 8, also when they are forgotten", () => {
    const { log, waits } = told(60);
    const [first] = waits as [Wait];
    log.ran(ran(undefined, 60));
    log.add(wait(70));
    expect(log.laterAwaits(first, 80)).toEqual([]);
    for (const each of waits) log.ran(ran(each, 80));
    log.forget(Infinity);
    expect(log.laterAwaits(first, 79)).toEqual([]);
    expect(log.laterAwaits(first, 80)).toEqual([...waits.slice(1, 33), ...waits.slice(52)]);
    expect(log.laterAwaits(waits[20] as Wait, 80)).toEqual(waits.slice(21));
    expect(log.laterAwaits(waits[57] as Wait, 80)).toEqual(waits.slice(58));
    expect(log.laterAwaits(waits[59] as Wait, 80)).toEqual([]);
    expect(log.laterAwaits(wait(90), 80)).toEqual([]);
  });

  test("knows of the awaits only when the first of them ended", () => {
    const log = new WaitLog();
    const timer = { ...wait(0), kind: "setTimeout" };
    const [inner, outer] = [wait(1), wait(2)];
    for (const each of [timer, inner, outer]) log.add(each);
    log.ran(ran(undefined, 0));
    log.ran(ran(timer, 10));
    expect(log.laterAwaits(timer, 10)).toEqual([]);
    log.ran(ran(inner, 11));
    expect(log.laterAwaits(timer, 10)).toEqual([]);
    expect(log.laterAwaits(timer, 11)).toEqual([inner, outer]);
  });

  test("knows what had woken the flow when an await ended, until that is told", () => {
    const log = new WaitLog();
    const timer = { ...wait(0), kind: "setTimeout" };
    const [soon, late, lone] = [wait(1), wait(2), wait(3)];
    const tick = { ...wait(4), kind: "nextTick" };
    for (const each of [timer, soon, late, lone, tick]) log.add(each);
    log.ran({ on: 10, off: 10.5, woken: timer, hops: 0 });
    log.ran({ on: 10.5, off: 11, woken: tick, hops: 0 });
    log.ran({ on: 11, off: 12, woken: soon, hops: 0 });
    log.ran({ on: 14.9, off: 15, woken: late, hops: 0 });
    log.ran({ on: 18.1, off: 19, woken: lone, hops: 0 });
    expect([soon, late, lone, timer].map((each) => log.wakerAt(each))).toEqual([
      timer,
      timer,
      undefined,
      undefined,
    ]);
    log.forget(11);
    expect([soon, late].map((each) => log.wakerAt(each))).toEqual([undefined, timer]);
  });

  test("does not know it after a run that nothing known woke", () => {
    for (const [on, waker] of [
      [11.1, true],
      [11.3, false],
    ] as const) {
      const log = new WaitLog();
      const timer = { ...wait(0), kind: "setTimeout" };
      const ended = wait(1);
      for (const each of [timer, ended]) log.add(each);
      log.ran({ on: 10, off: 11, woken: timer, hops: 0 });
      log.ran({ on, off: 11.5, woken: undefined, hops: 0 });
      log.ran({ on: 11.5, off: 12, woken: ended, hops: 0 });
      expect(log.wakerAt(ended)).toBe(waker ? timer : undefined);
    }
  });

  test("knows 256 of a run: the first ones and the last 8", () => {
    const { log, waits } = told(300);
    log.ran(ran(waits[0], 300));
    expect(log.laterAwaits(waits[246] as Wait, 300)).toEqual([...waits.slice(247, 248), ...waits.slice(292)]);
    expect(log.laterAwaits(waits[280] as Wait, 300)).toEqual(waits.slice(292));
  });

  test("knows what woke the code that registered a wait, eight waits back, or the call it stands for", () => {
    const log = new WaitLog();
    const call = wait(0);
    log.add(call);
    const waits: Wait[] = [call];
    for (let at = 1; at < 12; at++) {
      const parent = at === 1 ? { ...wait(0), cause: call } : waits[at - 1];
      waits.push({ ...wait(at), parent });
      log.add(waits[at] as Wait);
    }
    const origins: Wait[] = [];
    for (let wait = waits[11]; wait; wait = log.originOf(wait)) origins.push(wait);
    expect(origins).toEqual(waits.slice(3).toReversed());
    expect(log.originOf(call)).toBeUndefined();
  });
});
