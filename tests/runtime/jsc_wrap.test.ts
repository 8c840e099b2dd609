// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, test } from "bun:test";
import { AsyncLocalStorage } from "node:async_hooks";
import { join } from "node:path";
import { createJscCauses } from "../../lib/runtime/_jsc_causes.ts";
import { wrapStreams } from "../../lib/runtime/_jsc_streams.ts";
import type { JscTracking } from "../../lib/runtime/_jsc_tracking.ts";
import { wrapCallback, wrapPromising } from "../../lib/runtime/_jsc_wrap.ts";
import { type AnyFunction, createReplace } from "../../lib/runtime/_replace.ts";
import type { Flow, Wait } from "../../lib/runtime/runtime.ts";
import { ROOT, run } from "../support/spawn.ts";

const flow: Flow = {};

/** A tracking that notes what it is told. */
class Tracking implements JscTracking {
  readonly causes = createJscCauses();
  readonly told: string[] = [];
  isOn = false;
  watched = true;
  on = (): boolean => this.isOn;
  current = (): Flow => flow;
  isWatched = (): boolean => this.watched;
  register = (_: Flow, kind: string): Wait => this.#wait("register", kind);
  open = (_: Flow, kind: string): Wait => this.#wait("open", kind);
  within = this.causes.within;
  bind = (_: object, wait: Wait | undefined): void => void this.told.push(`bind ${wait?.kind}`);
  waitFor = (): undefined => undefined;
  enter = (_: Flow, wait: Wait | undefined): void => void this.told.push(`enter ${wait?.kind}`);

  #wait(what: string, kind: string): Wait {
    this.told.push(`${what} ${kind}`);
    return { at: 0, kind, dueAt: undefined, callersOnly: false, trace: {}, parent: undefined };
  }
}

/** What an original was called with. */
interface Call {
  readonly self: unknown;
  readonly args: unknown[];
}

function recorded(result: () => unknown): { calls: Call[]; original: AnyFunction } {
  const calls: Call[] = [];
  return {
    calls,
    original(...args) {
      calls.push({ self: this, args });
      return result();
    },
  };
}

const WRAPS: Record<string, (original: AnyFunction, tracking: Tracking) => AnyFunction> = {
  promising: (original, tracking) => wrapPromising(original, { kind: "it" }, tracking),
  "calling back": (original, tracking) => wrapCallback(original, { kind: "it" }, -1, tracking),
  opening: (original, tracking) => wrapCallback(original, { kind: "it", opens: true }, -1, tracking),
};

for (const [name, wrap] of Object.entries(WRAPS)) {
  describe(`a wrapper of what is ${name}`, () => {
    for (const state of [
      "while no recording is open",
      "for a flow that is not watched",
      "for a watched flow",
    ]) {
      const tracking = new Tracking();
      tracking.isOn = !state.includes("no recording");
      tracking.watched = !state.includes("not watched");

      test(`passes this, arguments and the very result, ${state}`, () => {
        const result = Promise.resolve();
        const { calls, original } = recorded(() => result);
        const self = {};
        const args = [1, self, Symbol.iterator, undefined];
        expect(Reflect.apply(wrap(original, tracking), self, args)).toBe(result);
        expect(calls).toEqual([{ self, args }]);
        expect(calls[0]?.self).toBe(self);
      });

      test(`lets the very error through, ${state}`, () => {
        const error = new Error("expected");
        const { original } = recorded(() => {
          throw error;
        });
        let caught: unknown;
        try {
          wrap(original, tracking)();
        } catch (thrown) {
          caught = thrown;
        }
        expect(caught).toBe(error);
        expect(tracking.causes.of(flow)).toBeUndefined();
      });
    }

    test("tells nothing and takes no callback over while no recording is open", () => {
      const tracking = new Tracking();
      const { calls, original } = recorded(() => undefined);
      const callback = (): void => {};
      wrap(original, tracking)("x", callback);
      expect(calls[0]?.args[1]).toBe(callback);
      expect(tracking.told).toEqual([]);
    });
  });
}

describe("a wrapper of a watched flow", () => {
  const tracking = new Tracking();
  tracking.isOn = true;
  afterEach(() => void tracking.told.splice(0));

  test("gives a callback its this, arguments and result", () => {
    const { calls, original } = recorded(() => undefined);
    const self = {};
    const seen: Call[] = [];
    WRAPS["calling back"]?.(original, tracking)("x", function (this: unknown, ...args: unknown[]) {
      seen.push({ self: this, args });
      return "result";
    });
    const callback = calls[0]?.args[1] as AnyFunction;
    expect(Reflect.apply(callback, self, [null, 2])).toBe("result");
    expect(seen).toEqual([{ self, args: [null, 2] }]);
    expect(tracking.told).toEqual(["register it", "enter it"]);
  });

  test("ties the wait to a promise, and to nothing else", () => {
    WRAPS.promising?.(async () => {}, tracking)();
    WRAPS.promising?.(() => "none", tracking)();
    expect(tracking.told).toEqual(["register it", "bind it", "register it"]);
  });

  test("has nothing to wait for without a callback, but for what opens something", () => {
    WRAPS["calling back"]?.(() => {}, tracking)("x");
    expect(tracking.told).toEqual([]);
    WRAPS.opening?.(() => {}, tracking)("x");
    expect(tracking.told).toEqual(["open it"]);
  });
});

describe("what gives an iterator", () => {
  /** As `Readable.prototype[Symbol.asyncIterator]` is wrapped. */
  function iterated(tracking: Tracking, original: AnyFunction): AnyFunction {
    const wraps: ((original: AnyFunction) => AnyFunction)[] = [];
    wrapStreams(tracking, (_target, _key, wrap) => void wraps.push(wrap));
    return wraps[0]?.(original) as AnyFunction;
  }

  async function* numbers(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }

  test("gives the very iterator, with its own next, to a flow that is not watched", () => {
    for (const isOn of [false, true]) {
      const tracking = new Tracking();
      tracking.isOn = isOn;
      tracking.watched = false;
      const iterator = numbers();
      expect(iterated(tracking, () => iterator)()).toBe(iterator);
      expect(Object.hasOwn(iterator, "next")).toBe(false);
    }
  });

  test("gives the very iterator, whose turns are as before, to a watched flow", async () => {
    const tracking = new Tracking();
    tracking.isOn = true;
    const iterator = numbers();
    const give = iterated(tracking, () => iterator);
    expect(give()).toBe(iterator);
    expect(give()).toBe(iterator);
    const { next } = iterator;
    expect([next.name, next.length, Object.keys(iterator)]).toEqual(["next", 1, []]);
    const seen: number[] = [];
    for await (const each of iterator) seen.push(each);
    expect(seen).toEqual([1, 2]);
    const turn = ["register stream.next", "bind stream.next"];
    expect(tracking.told).toEqual([...turn, ...turn, ...turn]);
  });

  test("leaves alone what is no iterator, or takes no property", () => {
    const tracking = new Tracking();
    tracking.isOn = true;
    for (const result of [undefined, null, 5, "text", {}, Object.freeze(numbers())]) {
      expect(iterated(tracking, () => result)()).toBe(result);
    }
  });
});

describe("the calls that code was begun by", () => {
  const wait: Wait = {
    at: 1,
    kind: "it",
    dueAt: undefined,
    callersOnly: false,
    trace: {},
    parent: undefined,
  };

  test("are known where the runtime calls back, to their own flow only, until they are forgotten", async () => {
    const causes = createJscCauses();
    const seen: (Wait | undefined)[] = [];
    const later = Promise.withResolvers<void>();
    causes.within(
      flow,
      wait,
      () =>
        setTimeout(() => {
          seen.push(causes.of(flow)?.wait, causes.of({})?.wait);
          causes.clear();
          seen.push(causes.of(flow)?.wait);
          later.resolve();
        }, 1),
      undefined,
      [],
    );
    expect(causes.of(flow)).toBeUndefined();
    await later.promise;
    expect(seen).toEqual([wait, undefined, undefined]);
  });

  test("know whether the call has returned", () => {
    const causes = createJscCauses();
    const inner = causes.within(flow, wait, () => causes.of(flow), undefined, []) as { isCalling: boolean };
    expect(inner.isCalling).toBe(false);
    const isCalling = causes.within(flow, wait, () => causes.of(flow)?.isCalling, undefined, []);
    expect(isCalling).toBe(true);
  });

  test("leave the app's own contexts alone, also after a throw", () => {
    const causes = createJscCauses();
    const app = new AsyncLocalStorage<string>();
    app.run("outer", () => {
      const inner = causes.within(flow, wait, () => app.run("inner", () => app.getStore()), undefined, []);
      expect([inner, app.getStore()]).toEqual(["inner", "outer"]);
      const failing = (): never => {
        app.enterWith("entered");
        throw new Error("expected");
      };
      expect(() => causes.within(flow, wait, failing, undefined, [])).toThrow("expected");
      // What the app enters within a call stays entered, as without the agent.
      expect(app.getStore()).toBe("entered");
      expect(causes.of(flow)).toBeUndefined();
    });
    expect(app.getStore()).toBeUndefined();
  });
});

describe("what is put in the place of a function", () => {
  const wrap = (original: AnyFunction): AnyFunction =>
    wrapPromising(original, { kind: "it" }, new Tracking());

  test("has its name, length, properties and kind, and is no constructor", () => {
    const original = async (_a: unknown, _b: unknown): Promise<void> => {};
    Object.assign(original, { own: 1 });
    const target: Record<string, AnyFunction> = { original };
    createReplace()(target, "original", wrap);
    const { original: wrapped } = target;
    expect(wrapped).not.toBe(original);
    expect([wrapped?.name, wrapped?.length, Reflect.get(wrapped as object, "own")]).toEqual([
      "original",
      2,
      1,
    ]);
    expect(Object.hasOwn(wrapped as object, "prototype")).toBe(false);
    expect(Object.getPrototypeOf(wrapped)).toBe(Object.getPrototypeOf(original));
  });

  test("stays one function where it was one, and goes where it was inherited from", () => {
    const parent = { method(): void {} };
    const child = Object.create(parent) as typeof parent;
    const other = { method: parent.method };
    const replace = createReplace();
    replace(child, "method", wrap);
    replace(other, "method", wrap);
    expect(Object.hasOwn(child, "method")).toBe(false);
    expect(child.method).toBe(other.method);
  });

  test("keeps a property's flags, and is not put where that cannot be, or twice", () => {
    const fixed = (): void => {};
    const hidden = (): void => {};
    const target = Object.defineProperties(
      {},
      {
        fixed: { value: fixed },
        hidden: { value: hidden, configurable: true },
        got: { get: () => fixed, configurable: true },
      },
    ) as Record<string, AnyFunction>;
    for (const key of ["fixed", "hidden", "got", "absent"]) createReplace()(target, key, wrap);
    const once = target.hidden;
    createReplace()(target, "hidden", wrap);
    expect([target.fixed, target.got, target.absent]).toEqual([fixed, fixed, undefined]);
    expect(target.hidden).toBe(once as AnyFunction);
    expect(target.hidden).not.toBe(hidden);
    expect(Object.getOwnPropertyDescriptor(target, "hidden")).toMatchObject({
      enumerable: false,
      writable: false,
    });
  });
});

test("an app on Bun sees the same functions as without the agent", async () => {
  const program = join(ROOT, "tests/runtime/host_view_program.ts");
  const views = await Promise.all(
    [[], ["wrapped"]].map(async (args) => {
      const { stdout, stderr, code } = await run("bun", program, { args });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      return JSON.parse(stdout) as Record<"seen" | "same" | "later", string[]>;
    }),
  );
  const [without, wrapped] = views;
  expect(wrapped).toEqual(without as Record<string, string[]>);
  expect(without?.seen.length).toBeGreaterThan(2_000);
  expect(without?.later.filter((line) => !line.endsWith("true true"))).toEqual([]);
});

test("Bun's clients are wrapped, and the app hears of it, where Bun cannot use the address of one", async () => {
  const { stdout, stderr, code } = await run("bun", join(ROOT, "tests/runtime/client_address_program.ts"), {
    env: { REDIS_URL: ":::" },
  });
  expect({ stdout, stderr, code }).toEqual({ stdout: "wrapped, Invalid URL format\n", stderr: "", code: 0 });
});
