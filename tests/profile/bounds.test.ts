// SPDX-License-Identifier: Apache-2.0
/** What keeps a long recording small: each part on both sides of its limit. */
import { describe, expect, test } from "bun:test";
import { finished } from "../../lib/base/steps.ts";
import { WaitBudget } from "../../lib/profile/capture/wait_budget.ts";
import { StretchList } from "../../lib/profile/timeline/_stretch_list.ts";
import { SampleLog } from "../../lib/profile/timeline/sample_log.ts";
import type { CpuSample } from "../../lib/runtime/runtime.ts";

const samplesAt = (...times: number[]): CpuSample[] => times.map((at) => ({ at, state: "js", frames: [] }));
const timesOf = (samples: readonly CpuSample[]): number[] => samples.map(({ at }) => at);

describe("SampleLog", () => {
  test("gives the samples after one instant up to another", () => {
    const log = new SampleLog(10);
    log.add(samplesAt(1, 2, 3, 4));
    expect(timesOf(log.between(1, 3))).toEqual([2, 3]);
    expect(timesOf(log.between(4, 9))).toEqual([]);
    expect(timesOf(log.last(2))).toEqual([3, 4]);
  });

  test("is full at its capacity, and then lets the oldest half go and says so", () => {
    const log = new SampleLog(4);
    expect(log.add(samplesAt(1, 2, 3, 4))).toBe(true);
    expect(log.add(samplesAt(5))).toBe(false);
    expect(timesOf(log.between(0, 9))).toEqual([4, 5]);
  });

  test("forgets what was told", () => {
    const log = new SampleLog(10);
    log.add(samplesAt(1, 2, 3));
    log.trim(2);
    expect(timesOf(log.between(0, 9))).toEqual([3]);
  });
});

describe("StretchList", () => {
  test("leaves out what no millisecond begins in, but for the first", () => {
    const list = new StretchList(0);
    list.add(0.1, 0.4, () => ["a"]);
    list.add(0.4, 0.9, () => ["b"]);
    list.add(0.9, 1, () => ["c"]);
    expect(list.all()).toEqual([
      { from: 0.1, to: 0.4, stack: ["a"] },
      { from: 0.9, to: 1, stack: ["c"] },
    ]);
  });

  test("gives a stretch another stack afterwards", () => {
    const list = new StretchList(0);
    const become = list.add(0, 5, () => ["a"]);
    list.add(5, 9, () => ["a"]);
    become(() => ["b"]);
    expect(list.all().map(({ stack }) => stack)).toEqual([["b"], ["a"]]);
  });

  test("is halved when it is full, and its times still add up", () => {
    const list = new StretchList(0);
    for (let i = 0; i < 20_000; i++) {
      expect(list.isFull).toBe(false);
      list.add(i, i + 1, () => [["a"], ["b"], ["b"], ["c"], ["c"], ["c"]][i % 6] ?? []);
    }
    expect(list.isFull).toBe(true);
    finished(list.coarsen());
    const stretches = list.all();
    expect(stretches.length).toBeLessThanOrEqual(10_000);
    expect(stretches.at(-1)?.to).toBe(20_000);
    for (const [i, { from }] of stretches.entries()) expect(from).toBe(stretches[i - 1]?.to ?? 0);
  });
});

describe("WaitBudget", () => {
  const taken = (budget: WaitBudget, tries: number, now: () => number): number =>
    Array.from({ length: tries }, () => budget.take("await", "a", 0, now)).filter(Boolean).length;

  test("gives 200 awaits at once and no more", () => {
    const budget = new WaitBudget(0);
    expect(taken(budget, 200, () => 0)).toBe(200);
    expect(taken(budget, 100, () => 0)).toBe(0);
  });

  test("gives three in ten milliseconds after that, and 200 at most after a pause", () => {
    let at = 0;
    const budget = new WaitBudget(0);
    taken(budget, 300, () => at);
    // A hundred tries a millisecond, for one second.
    let given = 0;
    for (; at < 1_000; at++) given += taken(budget, 100, () => at);
    expect(given).toBeGreaterThan(290);
    expect(given).toBeLessThanOrEqual(300);
    at = 100_000;
    expect(taken(budget, 2_000, () => at)).toBe(200);
  });

  test("gives eight in the run after two milliseconds off the thread, none before, and one where nothing is new", () => {
    const budget = new WaitBudget(0, 0);
    taken(budget, 300, () => 0);
    budget.ran({ on: 0, off: 2 });
    expect(taken(budget, 100, () => 3.9)).toBe(0);
    budget.ran({ on: 3.8, off: 4 });
    expect(taken(budget, 100, () => 6)).toBe(8);
    expect(taken(budget, 100, () => 9)).toBe(0);
    budget.ran({ on: 6, off: 10 });
    expect(taken(budget, 100, () => 10)).toBe(0);
    // It does not add up.
    for (const on of [13, 16]) budget.ran({ on, off: on + 1 });
    expect(taken(budget, 100, () => 17)).toBe(8);
    for (let i = 0; i < 9; i++) budget.learned({ read: 1, novel: 0 }, 0);
    budget.ran({ on: 17, off: 32 });
    expect(taken(budget, 100, () => 40)).toBe(1);
  });

  test("gives one for each millisecond off the thread, as many as at first at most, and none of these where nothing is new", () => {
    const givenAfter = (away: number, budget = new WaitBudget(0, 0)): number => {
      taken(budget, 300, () => 0);
      budget.ran({ on: 0, off: 2 });
      budget.ran({ on: 2 + away, off: 2 + away });
      return taken(budget, 300, () => 2 + away);
    };
    expect([8, 9, 100, 199, 201].map((away) => givenAfter(away))).toEqual([8, 9, 100, 199, 200]);
    const known = new WaitBudget(0, 0);
    known.learned({ read: 1, novel: 0 }, 0);
    expect(givenAfter(100, known)).toBe(2);
  });

  test("gives another one for one that was over within a millisecond, once after each time off the thread", () => {
    const budget = new WaitBudget(0, 0);
    for (let i = 0; i < 9; i++) budget.learned({ read: 1, novel: 0 }, 0);
    taken(budget, 300, () => 0);
    budget.ran({ on: 0, off: 2 });
    const givenAfter = (...lasted: number[]): number[] =>
      lasted.map((each) => {
        budget.woke(budget.asked, each, 4);
        return taken(budget, 10, () => 4);
      });
    expect(givenAfter(0.5)).toEqual([1]);
    expect(givenAfter(1, 0.9, 0.1, 50, 0.1, 0.1)).toEqual([0, 1, 0, 0, 0, 0]);
    budget.ran({ on: 4, off: 5 });
    expect(taken(budget, 10, () => 7)).toBe(1);
    expect(givenAfter(0.1, 0.1)).toEqual([1, 0]);
  });

  test("gives eight in what follows such a run, if that wanted none", () => {
    const budget = new WaitBudget(0, 0);
    taken(budget, 300, () => 0);
    budget.ran({ on: 0, off: 2 });
    budget.ran({ on: 4, off: 4.1 });
    expect(taken(budget, 100, () => 4.2)).toBe(8);
  });

  test("looks at the clock at the first one that is refused in a run, and then at every eighth", () => {
    let looks = 0;
    const now = (): number => {
      looks++;
      return 1;
    };
    const budget = new WaitBudget(0, 0);
    taken(budget, 200, now);
    expect(looks).toBe(0);
    budget.ran({ on: 0, off: 0.5 });
    taken(budget, 1, now);
    expect(looks).toBe(1);
    taken(budget, 16, now);
    expect(looks).toBe(3);
  });

  test("looks at the clock at each task and pause that is refused: one of them may be what all wait for", () => {
    for (const frequency of ["task", "pause"] as const) {
      const budget = new WaitBudget(0);
      const take = (times: number, at: number): number =>
        Array.from({ length: times }, () => budget.take(frequency, "a", 0, () => at)).filter(Boolean).length;
      expect(take(501, 0)).toBe(500);
      expect(take(1, 3.9)).toBe(0);
      expect(take(1, 4)).toBe(1);
    }
  });

  /** How many of a wait that follows each of these numbers of resumed functions, and of 19 that come with it, are given. */
  function begun(budget: WaitBudget, numbers: readonly number[], at = 0): number[] {
    return numbers.map((resumed) => {
      const first = Number(budget.take("await", "a", resumed, () => at));
      return first + taken(budget, 19, () => at);
    });
  }

  test("gives sixteen where another number of functions goes on than lately, and none where a loop does", () => {
    const budget = new WaitBudget(0, 0);
    taken(budget, 300, () => 0);
    expect(begun(budget, [12, 13, 14])).toEqual([16, 16, 16]);
    expect(begun(budget, [2, 2, 3, 2, 3, 3])).toEqual([16, 0, 16, 0, 0, 0]);
    // Lately is among the last sixteen.
    expect(
      begun(
        budget,
        Array.from({ length: 14 }, () => 2),
      ),
    ).toEqual(Array.from({ length: 14 }, () => 0));
    expect(begun(budget, [2, 3, 2, 2])).toEqual([0, 0, 0, 0]);
    const inner = Array.from({ length: 16 }, () => 2);
    // Nor does one around another loop, which comes back as soon as there are sixteen again.
    for (const [at, expected] of [
      [159, 0],
      [160, 16],
    ] as const) {
      expect(begun(budget, [...inner, 3], at)).toEqual([...inner.map(() => 0), expected]);
    }
    // What is above 32 is as one.
    expect(begun(budget, [33, 500, 32], 160)).toEqual([16, 0, 0]);
    // There are 160 at once.
    expect(begun(budget, [4, 5, 6, 7, 8], 160)).toEqual([16, 16, 16, 16, 0]);
    expect(budget.take("task", "a", 9, () => 160)).toBe(true);
    expect(budget.take("entry", "a", 10, () => 160)).toBe(true);
  });

  test("gives what awaits something settled of the sixteen, and what enters a function none", () => {
    const given = (frequency: "settled" | "entry"): number => {
      const budget = new WaitBudget(0, 0);
      for (let i = 0; i < 100; i++) budget.take(frequency, "a", 0, () => 0);
      return [1, ...Array.from({ length: 19 }, () => 0)].filter((resumed) =>
        budget.take(frequency, "a", resumed, () => 0),
      ).length;
    };
    expect(given("settled")).toBe(16);
    expect(given("entry")).toBe(0);
  });

  test("gives them where a loop goes on around another one as long as more than half of the 160 are left", () => {
    const inner = Array.from({ length: 16 }, () => 2);
    const last = (given: readonly number[]) => given.at(-1);
    const resumed = new WaitBudget(0, 0);
    taken(resumed, 300, () => 0);
    expect(begun(resumed, [2, 3])).toEqual([16, 16]);
    const rounds = Array.from({ length: 5 }, () => last(begun(resumed, [...inner, 3])));
    expect(rounds).toEqual([16, 16, 16, 0, 0]);

    const returned = new WaitBudget(0, 0);
    taken(returned, 300, () => 0);
    const givenAfter = (between: number): number => {
      wake(returned, between);
      return begun(returned, [2])[0] ?? 0;
    };
    begun(returned, [2]);
    expect([20, 100].map(givenAfter)).toEqual([16, 16]);
    const returns = Array.from({ length: 4 }, () => last([...inner.map(() => 20), 100].map(givenAfter)));
    expect(returns).toEqual([16, 16, 0, 0]);
  });

  test("gives what is left of the sixteen to what goes on next", () => {
    const budget = new WaitBudget(0, 0);
    taken(budget, 300, () => 0);
    expect(begun(budget, [2])).toEqual([16]);
    const first = Number(budget.take("await", "a", 3, () => 0));
    expect(first + taken(budget, 4, () => 0)).toBe(5);
    expect(begun(budget, [2, 2])).toEqual([11, 0]);
  });

  test("gives fewer back where fewer are to be captured", () => {
    let at = 0;
    const budget = new WaitBudget(0, 0.1);
    expect(taken(budget, 300, () => at)).toBe(200);
    let given = 0;
    for (; at < 1_000; at++) given += taken(budget, 100, () => at);
    expect(given).toBeGreaterThan(27);
    expect(given).toBeLessThanOrEqual(30);
  });

  test("gives a sixteenth back at least where nothing new is captured, and all where more than a tenth is", () => {
    let at = 0;
    const budget = new WaitBudget(0);
    taken(budget, 300, () => at);
    const givenInSecond = (novel: number): number => {
      expect(budget.learned({ read: 100, novel }, 0)).toBe(true);
      const until = at + 1_000;
      let given = 0;
      for (; at < until; at++) given += taken(budget, 100, () => at);
      return given;
    };
    const given = [10, 0, 0, 0, 11].map(givenInSecond);
    for (const [i, expected] of [75, 19, 19, 19, 300].entries()) {
      expect(given[i]).toBeWithin(expected * 0.9, expected * 1.1);
    }
  });

  test("learns that nothing is new from as many as are enough, and that something is as soon as that is certain", () => {
    let at = 0;
    const budget = new WaitBudget(0);
    taken(budget, 300, () => at);
    const givenInSecond = (): number => {
      const until = at + 1_000;
      let given = 0;
      for (; at < until; at++) given += taken(budget, 100, () => at);
      return given;
    };
    expect(budget.learned({ read: 31, novel: 3 }, 32)).toBe(false);
    expect(givenInSecond()).toBeGreaterThan(285);
    expect(budget.learned({ read: 32, novel: 3 }, 32)).toBe(true);
    expect(givenInSecond()).toBeLessThan(80);
    expect(budget.learned({ read: 4, novel: 4 }, 32)).toBe(true);
    expect(givenInSecond()).toBeGreaterThan(285);
  });

  test.each([
    ["tasks", "task", new WaitBudget(0)],
    ["pauses", "pause", new WaitBudget(0, 0)],
  ] as const)("gives %s back, one in four milliseconds", (_, frequency, budget) => {
    for (let i = 0; i < 5; i++) budget.learned({ read: 100, novel: 0 }, 0);
    for (let i = 0; i < 1_000; i++) budget.take(frequency, "a", 0, () => 0);
    let given = 0;
    for (let at = 0; at < 100; at++)
      for (let i = 0; i < 20; i++) given += Number(budget.take(frequency, "a", 0, () => at));
    expect(given).toBeWithin(22, 26);
  });

  test("gives 500 tasks and pauses of each source, of fifty sources, and as many of all others together", () => {
    const budget = new WaitBudget(0, 0);
    const given = (frequency: "task" | "pause", source: string): number =>
      Array.from({ length: 600 }, () => budget.take(frequency, source, 0, () => 0)).filter(Boolean).length;
    // Short timers and those that pause have one name.
    for (const frequency of ["task", "pause"] as const) {
      for (let i = 0; i < 50; i++) expect(given(frequency, `setTimeout ${i}`)).toBe(500);
      expect(given(frequency, "setTimeout 0")).toBe(0);
      expect(given(frequency, "another")).toBe(500);
      expect(given(frequency, "one more")).toBe(0);
    }
  });

  /** A function goes on whose wait was registered so many before. */
  function wake(budget: WaitBudget, between: number, at = 0): void {
    const { asked } = budget;
    taken(budget, between, () => at);
    budget.woke(asked, 5, at);
  }

  test("gives sixteen where a function goes on whose wait was registered more than sixteen before", () => {
    for (const [between, expected] of [
      [16, 0],
      [17, 16],
    ] as const) {
      const budget = new WaitBudget(0, 0);
      taken(budget, 300, () => 0);
      begun(budget, [2, 2]);
      wake(budget, between);
      expect(begun(budget, [2, 2])).toEqual([expected, 0]);
    }
  });

  test("gives none where such a function goes on again and again, as that of a loop, but where its caller does", () => {
    const budget = new WaitBudget(0, 0);
    taken(budget, 300, () => 0);
    begun(budget, [2]);
    const givenAt = (at: number) => (between: number) => {
      wake(budget, between, at);
      return begun(budget, [2], at)[0] ?? 0;
    };
    // What is within the same power of two is alike.
    expect([32, 63, 40, 64, 50, 127].map(givenAt(0))).toEqual([16, 0, 0, 16, 0, 0]);
    const loop = Array.from({ length: 15 }, () => 40);
    const given = [...loop, 100, ...loop, 40, 100].map(givenAt(160));
    expect(given.filter(Boolean)).toEqual([16]);
  });

  /** How many of 60 waits are given that follow a function which goes on, and for which so many were asked meanwhile. */
  function goneOn(budget: WaitBudget, meanwhile: number, at = 0): number {
    const { asked } = budget;
    budget.outer(asked);
    taken(budget, meanwhile, () => at);
    budget.woke(asked, 5, at);
    return Number(budget.take("await", "a", 2, () => at)) + taken(budget, 59, () => at);
  }

  /** One that has given all that it gives at once, and what two functions that go on begin. */
  function spent(): WaitBudget {
    const budget = new WaitBudget(0, 0);
    taken(budget, 300, () => 0);
    begun(budget, [2]);
    return budget;
  }

  test("gives 48 where an outer function goes on for which more than 48 were asked, sixteen for another one", () => {
    expect(goneOn(spent(), 48)).toBe(0);
    expect(goneOn(spent(), 49)).toBe(48);
    const inner = spent();
    const { asked } = inner;
    taken(inner, 49, () => 0);
    inner.woke(asked, 5, 0);
    expect(Number(inner.take("await", "a", 2, () => 0)) + taken(inner, 59, () => 0)).toBe(16);
  });

  test("gives them in a loop of such functions as long as more than half of 240 are left, then where something else ends", () => {
    const budget = spent();
    expect(Array.from({ length: 5 }, () => goneOn(budget, 100))).toEqual([48, 48, 48, 0, 0]);
    // What is within the same power of two is alike, and there may be one like it in 480 ms.
    expect([64, 127, 128, 255].map((meanwhile) => goneOn(budget, meanwhile))).toEqual([0, 0, 48, 0]);
    expect([100, 100].map((meanwhile) => goneOn(budget, meanwhile, 5_000))).toEqual([48, 48]);
  });

  test("gives functions further out what is theirs, whatever those within begin", () => {
    const budget = spent();
    const outer = budget.asked;
    budget.outer(outer);
    taken(budget, 1, () => 0);
    const given = [100, 100, 100, 200, 400, 800].map((meanwhile) => goneOn(budget, meanwhile));
    expect(given).toEqual([48, 48, 48, 48, 48, 0]);
    budget.woke(outer, 5, 0);
    expect(Number(budget.take("await", "a", 2, () => 0)) + taken(budget, 59, () => 0)).toBe(48);
  });

  test("knows 64 functions that wait, the 32 outermost of them whatever comes", () => {
    for (const [place, expected] of [
      [31, 48],
      [32, 16],
    ] as const) {
      const budget = spent();
      const waiting = Array.from({ length: 65 }, () => {
        const { asked } = budget;
        budget.outer(asked);
        taken(budget, 1, () => 0);
        return asked;
      });
      taken(budget, 50, () => 0);
      budget.woke(waiting[place] ?? 0, 5, 0);
      expect(Number(budget.take("await", "a", 2, () => 0)) + taken(budget, 59, () => 0)).toBe(expected);
    }
  });

  test("gives 160 of what begins at once, and one in ten milliseconds back, also where nothing new is captured", () => {
    const budget = new WaitBudget(0, 0);
    for (let i = 0; i < 9; i++) budget.learned({ read: 100, novel: 0 }, 0);
    taken(budget, 300, () => 0);
    let given = 0;
    for (let at = 0; at < 1_000; at++) {
      const change = (at % 20) + 1;
      given += Number(budget.take("await", "a", change, () => at)) + taken(budget, 7, () => at);
    }
    expect(given).toBeWithin(160 + 95, 160 + 101);
  });

  test("limits promises, awaits of both kinds, ticks and microtasks each by itself, and gives all but ticks after a time off the thread", () => {
    const given = (budget: WaitBudget, at: number): number[] =>
      (["promise", "await", "settled", "tick", "microtask"] as const).map(
        (frequency) =>
          Array.from({ length: 300 }, () => budget.take(frequency, "a", 0, () => at)).filter(Boolean).length,
      );
    const budget = new WaitBudget(0, 0);
    expect(given(budget, 0)).toEqual([75, 200, 50, 50, 200]);
    budget.ran({ on: 0, off: 1 });
    expect(given(budget, 4)).toEqual([8, 8, 8, 0, 8]);
    const refilled = new WaitBudget(0);
    given(refilled, 0);
    expect(given(refilled, 100)).toEqual([20, 30, 5, 10, 10]);
    for (let i = 0; i < 9; i++) refilled.learned({ read: 1, novel: 0 }, 0);
    given(refilled, 100);
    expect(given(refilled, 900)).toEqual([10, 15, 2, 5, 5]);
  });

  /** How many of what a loop waits for are given, of several kinds in turn. */
  function ofLoop(budget: WaitBudget, tries: number, at: number): number {
    const kinds = ["promise", "await", "entry"] as const;
    return Array.from({ length: tries }, (_, i) =>
      budget.take(kinds[i % 3] ?? "await", "a", 0, () => at, true),
    ).filter(Boolean).length;
  }

  test("gives a loop eight of all kinds at once, and one in five milliseconds, and leaves what there is of each", () => {
    const budget = new WaitBudget(0);
    expect(ofLoop(budget, 100, 0)).toBe(8);
    expect(taken(budget, 300, () => 0)).toBe(200);
    for (const kind of ["promise", "entry"] as const) {
      expect(budget.take(kind, "a", 0, () => 0)).toBe(true);
    }
    let given = 0;
    for (let at = 0; at < 1_000; at++) given += ofLoop(budget, 10, at);
    expect(given).toBeWithin(195, 201);
    expect(ofLoop(budget, 100, 2_000)).toBe(8);
  });

  test("gives a loop what it has for its tasks and pauses all the same, and all that there is after a time off the thread", () => {
    const budget = new WaitBudget(0, 0);
    for (const frequency of ["task", "pause"] as const) {
      const given = Array.from({ length: 600 }, () => budget.take(frequency, "a", 0, () => 0, true));
      expect(given.filter(Boolean).length).toBe(500);
    }
    expect(ofLoop(budget, 100, 0)).toBe(8);
    budget.ran({ on: 0, off: 2 });
    expect(ofLoop(budget, 100, 3.9)).toBe(0);
    budget.ran({ on: 3.9, off: 4 });
    expect(ofLoop(budget, 30, 6)).toBe(30);
    budget.ran({ on: 6, off: 7 });
    expect(ofLoop(budget, 30, 8)).toBe(0);
  });

  test("gives a loop nothing of what is kept for what begins", () => {
    const budget = new WaitBudget(0, 0);
    taken(budget, 300, () => 0);
    budget.take("await", "a", 2, () => 0);
    expect(ofLoop(budget, 100, 0)).toBe(8);
    expect(taken(budget, 100, () => 0)).toBe(15);
  });

  test("keeps what the event loop waits for apart from what microtasks do", () => {
    const budget = new WaitBudget(0);
    taken(budget, 2_000, () => 0);
    expect(budget.take("task", "a", 0, () => 0)).toBe(true);
    expect(budget.take("entry", "a", 0, () => 0)).toBe(true);
  });
});
