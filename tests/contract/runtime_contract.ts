// SPDX-License-Identifier: Apache-2.0
/**
 * What every runtime must give (`lib/runtime/runtime.ts`), as a program: it prints one JSON line a case.
 * `runtime_contract.test.ts` runs it on each of them.
 */
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { execFile } from "node:child_process";
import { pbkdf2 } from "node:crypto";
import { EventEmitter, EventEmitterAsyncResource, on, once } from "node:events";
import { createReadStream, readFile as readFileCallback, realpath } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { PassThrough, Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type {
  AwaitObserver,
  CpuSample,
  Flow,
  Runtime,
  Wait,
  WaitFrequency,
} from "../../lib/runtime/runtime.ts";
import { selectRuntime } from "../../lib/runtime/select.ts";

const installed = Reflect.get(globalThis, Symbol.for("@sw/agent.contract")) as Runtime | undefined;
const runtime = installed ?? selectRuntime();
const { clock, sampler, tracker, stacks } = runtime;

/** A result of a case: `ok`, and the figures to look at when it is not. */
function report(name: string, ok: boolean, figures: Record<string, unknown> = {}): void {
  // biome-ignore lint/suspicious/noConsole: the program's output
  console.log(JSON.stringify({ name, ok, ...figures }));
}

function burn(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
function burnFirst(ms: number): void {
  burn(ms);
}
function burnSecond(ms: number): void {
  burn(ms);
}

/** Records all that the tracker tells, with the owner at any moment. */
class Recording implements AwaitObserver {
  readonly context = new AsyncLocalStorage<Flow>();
  readonly thread: { at: number; flow: Flow | undefined; ended: Wait | undefined }[] = [];
  readonly waits: { flow: Flow; wait: Wait }[] = [];
  current(): Flow | undefined {
    return this.context.getStore();
  }
  isWatched(flow: Flow): boolean {
    return !("unwatched" in flow);
  }
  readonly wanted: string[] = [];
  wantsWait(_flow: Flow, frequency: WaitFrequency, source: string): boolean {
    this.wanted.push(`${frequency} ${source}`);
    return true;
  }
  onThread(at: number, flow: Flow | undefined, ended: Wait | undefined): void {
    this.thread.push({ at, flow, ended });
  }
  onWait(flow: Flow, wait: Wait): void {
    this.waits.push({ flow, wait });
  }
  readonly failures: unknown[] = [];
  onFailure(error: unknown): void {
    this.failures.push(error);
  }
  owner(at: number): Flow | undefined {
    return this.thread.findLast((entry) => entry.at <= at)?.flow;
  }
  async run(flow: Flow, code: () => Promise<void>): Promise<void> {
    const done = this.context.run(flow, () => {
      tracker.enter(flow);
      try {
        return code();
      } finally {
        tracker.leave(flow);
      }
    });
    await done;
  }
}

/** A full collection, without a flag that only some of the runtimes have. */
const collectGarbage: () => void = (() => {
  const bun: { gc(force: boolean): void } | undefined = Reflect.get(globalThis, "Bun");
  if (bun) return () => bun.gc(true);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
})();

function sink(): Writable {
  return new Writable({ objectMode: true, write: (_chunk, _encoding, done) => void setTimeout(done, 2) });
}

/** The kinds of wait an app has; each resumes in the flow that waited. */
function kinds(port: number): Record<string, () => Promise<unknown>> {
  return {
    "setTimeout callback": () => new Promise<void>((resolve) => setTimeout(resolve, 4)),
    "timers/promises": () => sleep(4),
    setImmediate: () => new Promise<void>((resolve) => setImmediate(resolve)),
    nextTick: () => new Promise<void>((resolve) => process.nextTick(resolve)),
    queueMicrotask: () => new Promise<void>((resolve) => queueMicrotask(resolve)),
    "fs promise": () => readFile("/etc/hosts"),
    "fs callback": () => new Promise((resolve) => readFileCallback("/etc/hosts", resolve)),
    fetch: async () => (await fetch(`http://127.0.0.1:${port}/`)).text(),
    "http.get": () =>
      new Promise((resolve) => get(`http://127.0.0.1:${port}/`, (res) => res.resume().on("end", resolve))),
    "child process": () => new Promise((resolve) => execFile("true", resolve)),
    "Promise.all": () => Promise.all([sleep(2), sleep(4)]),
    "events.once": () => {
      const emitter = new EventEmitter();
      setTimeout(() => emitter.emit("ready"), 3);
      return once(emitter, "ready");
    },
    "stream pipeline": () =>
      pipeline(Readable.from(["a", "b"]), new PassThrough({ objectMode: true }), sink()),
    "stream iteration": async () => {
      for await (const _ of createReadStream("/etc/hosts", { highWaterMark: 16 }));
    },
    "line iteration": async () => {
      for await (const _ of createInterface({ input: createReadStream("/etc/hosts") }));
    },
    "web stream": async () => {
      const reader = (await fetch(`http://127.0.0.1:${port}/`)).body?.getReader();
      while (!(await reader?.read())?.done);
    },
    "web stream iteration": async () => {
      const { body } = await fetch(`http://127.0.0.1:${port}/`);
      for await (const _ of body as unknown as AsyncIterable<unknown>);
    },
    "event iteration": async () => {
      const emitter = new EventEmitter();
      setTimeout(() => emitter.emit("ready"), 3);
      for await (const _ of on(emitter, "ready")) break;
    },
    crypto: () => new Promise((resolve) => pbkdf2("p", "s", 100, 32, "sha256", resolve)),
    "async iteration": async () => {
      async function* ticks(): AsyncGenerator<number> {
        for (let i = 0; i < 2; i++) {
          await sleep(2);
          yield i;
        }
      }
      for await (const _ of ticks());
    },
  };
}

function readsTheClock(): void {
  const times = Array.from({ length: 1000 }, () => clock.now());
  const falls = times.filter((at, i) => at < (times[i - 1] ?? 0)).length;
  report("the clock never goes back", falls === 0, { falls });
  const now = Date.now();
  const wall = Math.floor(clock.now() + clock.epochOffset());
  report("the clock tells the wall time", Math.abs(wall - now) <= 2, { difference: wall - now });
}

async function attributesEveryKindOfWait(port: number): Promise<void> {
  const recording = new Recording();
  const wrong: Record<string, number> = {};
  let right = 0;
  tracker.start(recording);
  const probe = (kind: string, flow: Flow): void => {
    if (recording.owner(clock.now()) === flow) right++;
    else wrong[kind] = (wrong[kind] ?? 0) + 1;
  };
  const flows = Array.from({ length: 8 }, (_, i) => ({ i }));
  await Promise.all(
    flows.map((flow) =>
      recording.run(flow, async () => {
        for (const [kind, wait] of Object.entries(kinds(port))) {
          await wait();
          probe(kind, flow);
          burn(0.2);
          probe(kind, flow);
        }
      }),
    ),
  );
  tracker.stop();
  report("every kind of wait resumes as its flow", Object.keys(wrong).length === 0, { right, wrong });
  const outside = recording.owner(clock.now());
  const events = recording.thread.length;
  await recording.run({}, async () => void (await sleep(2)));
  report("a stopped tracker tells nothing", recording.thread.length === events, { outside: typeof outside });
}

/** What goes wrong in the agent is told when tracking stops, and the app never notices. */
async function keepsItsErrors(port: number): Promise<void> {
  const found: Record<string, unknown> = {};
  for (const broken of ["current", "isWatched", "wantsWait", "onThread", "onWait"] as const) {
    const recording = new Recording();
    let thrown = 0;
    tracker.start(recording);
    try {
      await recording.run({}, async () => {
        // Whoever says that a handler is left sees to errors.
        await sleep(1);
        recording[broken] = () => {
          thrown++;
          throw new Error(broken);
        };
        for (const wait of Object.values(kinds(port))) await wait();
      });
    } catch (error) {
      found[broken] = `the app got ${error}`;
    } finally {
      tracker.stop();
    }
    const told = recording.failures.map(String);
    if (thrown === 0 || `${told}` !== `Error: ${broken}`) found[broken] ??= { thrown, told };
  }
  report(
    "what an observer throws is told in the end, and not to the app",
    Object.keys(found).length === 0,
    found,
  );
}

/** What a callback does is done by the flow that gave it, whatever had the thread before; of several at once, too. */
async function attributesEveryKindOfCallback(): Promise<void> {
  const callers: Record<string, (callback: () => void) => unknown> = {
    setTimeout: (callback) => setTimeout(callback, 2),
    setImmediate,
    nextTick: (callback) => process.nextTick(callback),
    queueMicrotask,
    "Promise.then": (callback) => Promise.resolve().then(callback),
    fs: (callback) => readFileCallback("/etc/hosts", callback),
    "fs.realpath": (callback) => realpath("/etc/hosts", callback),
    bound: (callback) => setTimeout(AsyncResource.bind(callback), 2),
  };
  const recording = new Recording();
  const wrong: Record<string, unknown> = {};
  tracker.start(recording);
  for (const [kind, call] of Object.entries(callers)) {
    const callOf = async (flow: Flow): Promise<void> => {
      await sleep(1);
      await new Promise<void>((resolve) => {
        call(() => {
          const owner = recording.owner(clock.now());
          if (owner !== flow) wrong[kind] = owner ?? "nobody";
          resolve();
        });
      });
    };
    const flows: Flow[] = [{ kind }, { kind, unwatched: true }, { kind }, { kind, unwatched: true }];
    await Promise.all(flows.map((flow) => recording.run(flow, () => callOf(flow))));
  }
  tracker.stop();
  report("every kind of callback runs as its flow", Object.keys(wrong).length === 0, { wrong });
}

/** Ways to keep the context that is current; each gives a function that calls back in it. */
const KEPT: Record<string, (callback: () => void) => () => void> = {
  AsyncResource(callback) {
    const resource = new AsyncResource("KEPT");
    return () => resource.runInAsyncScope(callback);
  },
  "AsyncResource.bind": (callback) => AsyncResource.bind(callback),
  "AsyncLocalStorage.bind": (callback) => AsyncLocalStorage.bind(callback),
  "AsyncLocalStorage.snapshot"(callback) {
    const run = AsyncLocalStorage.snapshot();
    return () => run(callback);
  },
  EventEmitterAsyncResource(callback) {
    const emitter = new EventEmitterAsyncResource({ name: "KEPT" });
    emitter.on("called", callback);
    return () => void emitter.emit("called");
  },
};

/** A pool calls back for one request while it works for another, or for none. */
async function attributesWhatRunsInAKeptContext(): Promise<void> {
  const recording = new Recording();
  const wrong: Record<string, unknown> = {};
  tracker.start(recording);
  for (const [kind, keep] of Object.entries(KEPT)) {
    const flow = { kind };
    const other = { other: kind };
    const owners: unknown[] = [];
    const probe = (): void => void owners.push(recording.owner(clock.now()));
    let call = probe;
    await recording.run(flow, async () => {
      call = keep(probe);
    });
    await sleep(1);
    call();
    await sleep(1);
    await recording.run(other, async () => {
      call();
      probe();
    });
    const expected = [flow, flow, other];
    if (!expected.every((owner, i) => owner === owners[i]))
      wrong[kind] = owners.map((owner) => owner ?? "nobody");
  }
  tracker.stop();
  const registered = new Map(recording.waits.map(({ flow, wait }) => [wait, flow]));
  const strange = recording.thread.filter(({ flow, ended }) => ended && registered.get(ended) !== flow);
  report("what runs in a context that was kept runs as its flow", Object.keys(wrong).length === 0, { wrong });
  report("what ends a wait of a flow runs as that flow", strange.length === 0, {
    strange: strange.map(({ flow, ended }) => [flow, ended?.kind]),
  });
}

/** A resource of the app's own is the runtime's to the app. */
function leavesScopesAlone(): void {
  tracker.start(new Recording());
  const resource = new AsyncResource("SCOPE");
  const { runInAsyncScope } = AsyncResource.prototype;
  const self = {};
  let got: unknown[] = [];
  const result = resource.runInAsyncScope(
    function (this: unknown, ...args: unknown[]): string {
      got = [this, ...args];
      return "result";
    },
    self,
    1,
    2,
  );
  const thrown: unknown[] = [];
  const calls = [
    () =>
      resource.runInAsyncScope(() => {
        throw new RangeError("own");
      }),
    () => Reflect.apply(runInAsyncScope, resource, [undefined]),
  ];
  for (const call of calls) {
    try {
      call();
    } catch (error) {
      thrown.push(error);
    }
  }
  tracker.stop();
  const isAlike = runInAsyncScope.name === "runInAsyncScope" && result === "result" && got[0] === self;
  const isThrown = thrown[0] instanceof RangeError && thrown.length === 2;
  report("a resource of the app's own is left alone", isAlike && `${got.slice(1)}` === "1,2" && isThrown, {
    method: runInAsyncScope.name,
    thrown: thrown.map(String),
  });
}

/** As handlers call each other; more of them than are remembered, too. JavaScriptCore tells it a turn later. */
async function givesTheThreadBack(): Promise<void> {
  const found: Record<string, boolean> = {};
  const isLater = Reflect.has(globalThis, "Bun");
  for (const depth of [10, 1_500]) {
    const recording = new Recording();
    const flows: Flow[] = Array.from({ length: depth }, () => ({}));
    tracker.start(recording);
    for (const flow of flows) tracker.enter(flow);
    const innermost = recording.thread.at(-1)?.flow;
    const outer = flows.toReversed().map((flow) => {
      tracker.leave(flow);
      return recording.thread.at(-1)?.flow;
    });
    if (isLater) await sleep(1);
    tracker.stop();
    const isInTurn = isLater || depth > 1_000 || outer.every((flow, i) => flow === flows[depth - 2 - i]);
    const isOver = recording.thread.at(-1)?.flow === undefined;
    found[depth] = innermost === flows.at(-1) && isInTurn && isOver;
  }
  report("handlers within each other give the thread back", Object.values(found).every(Boolean), found);
}

async function tellsHowManyTimersThereWillBe(): Promise<void> {
  const recording = new Recording();
  tracker.start(recording);
  await recording.run({}, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 2));
  });
  tracker.stop();
  const timers = recording.wanted.flatMap((wanted) => /^\w+ set(?:Timeout|Immediate)\b/.exec(wanted) ?? []);
  const expected = ["tick setImmediate", "task setTimeout", "pause setTimeout"];
  report("a timer is a pause from two milliseconds on", `${timers}` === `${expected}`, { timers });
}

/** Where V8 tells: what a library sets in a callback of the event loop does not count as the app's. */
async function tellsTimersOfCallbacksApart(): Promise<void> {
  const recording = new Recording();
  tracker.start(recording);
  await recording.run({}, () => new Promise((resolve) => setTimeout(() => void setTimeout(resolve, 3), 2)));
  tracker.stop();
  const [first, second] = recording.wanted.filter((wanted) => wanted.startsWith("pause"));
  const areApart = first !== undefined && second !== undefined && first !== second;
  const tells = runtime.host.runtime !== "bun";
  report("a timer that is set in a callback is of a source of its own on V8", areApart === tells, {
    first,
    second,
  });
}

async function tellsWhereATimerWaits(): Promise<void> {
  const recording = new Recording();
  tracker.start(recording);
  const flow = {};
  await recording.run(flow, async function waiting(): Promise<void> {
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
    burn(0.1);
  });
  tracker.stop();
  const timer = recording.waits.find(({ wait }) => wait.dueAt !== undefined)?.wait;
  const delay = timer && (timer.dueAt ?? 0) - timer.at;
  report("a timer says when it could run", Math.abs((delay ?? 0) - 20) < 0.001, { delay });
  const names = timer ? stacks.frames(timer.trace).map((frame) => frame.name) : [];
  report("a wait's stack has the function that waits", names.includes("waiting"), { names });
  const kept: unknown = timer && Reflect.get(timer.trace, "stack");
  report("a trace does not keep what was read of it", timer !== undefined && kept === undefined, { kept });
  const woken = recording.thread.some((entry) => entry.ended === timer);
  report("the wait that ended is told", woken, {});
}

/** Whether call sites can be asked for as libraries do (pino, depd). */
function givesCallSites(): boolean {
  const before = Error.prepareStackTrace;
  Error.prepareStackTrace = (_, sites) => sites;
  const { stack } = new Error();
  Error.prepareStackTrace = before;
  return Array.isArray(stack);
}

async function leavesTheFormatOfStacksAlone(): Promise<void> {
  const recording = new Recording();
  tracker.start(recording);
  await recording.run({}, async function formatted(): Promise<void> {
    for (let i = 0; i < 4; i++) await sleep(1);
  });
  tracker.stop();
  const traces = recording.waits.filter(({ wait }) => wait.kind !== "await").map(({ wait }) => wait.trace);
  const isRead = (): boolean => stacks.frames(traces.pop() ?? {}).some(({ name }) => name === "formatted");
  const unset = isRead() && givesCallSites() && isRead() && givesCallSites();
  const format = (): string => "the app's";
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = format;
  const isUsed = isRead() && new Error().stack === format() && Error.prepareStackTrace === format;
  const set = isUsed && givesCallSites() && new Error().stack === format();
  Error.prepareStackTrace = prepareStackTrace;
  const reset = givesCallSites() && new Error().stack !== format();
  // Last, as on Bun nobody can set it after that, agent or not.
  Object.defineProperty(Error, "prepareStackTrace", { configurable: true, get: () => format });
  const accessor = isRead() && Error.prepareStackTrace === format;
  const kept = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace")?.get !== undefined;
  const figures = { unset, set, reset, accessor, kept };
  report("the app's format of stacks is left alone", Object.values(figures).every(Boolean), figures);
}

async function tellsThatATimerWasCleared(): Promise<void> {
  const recording = new Recording();
  let running: NodeJS.Timeout | undefined;
  tracker.start(recording);
  await recording.run({}, async () => {
    clearTimeout(setTimeout(() => {}, 60_000));
    running = setTimeout(() => {}, 60_000);
    // From here on only the tracker may know of the first one.
    await new Promise<void>((resolve) => setImmediate(resolve));
    collectGarbage();
  });
  tracker.stop();
  const timers = recording.waits.filter(({ wait }) => wait.kind === "setTimeout");
  const [first, second] = timers.map(({ wait }) => wait.isCleared?.());
  clearTimeout(running);
  const [, then] = timers.map(({ wait }) => wait.isCleared?.());
  report("a timer that was cleared says so", first === true && second === false && then === true, {
    first,
    second,
    then,
  });
}

async function tellsWhereAPromisifiedCallWaits(): Promise<void> {
  const recording = new Recording();
  const execute = promisify(execFile);
  tracker.start(recording);
  await recording.run({}, async function executing(): Promise<void> {
    await execute("true");
  });
  tracker.stop();
  const names = recording.waits.flatMap(({ wait }) => stacks.frames(wait.trace).map((frame) => frame.name));
  report("a promisified call's stack has the function that waits", names.includes("executing"), { names });
}

/** Waits as a recording that goes on for minutes makes them: the observer lets go of what it was told. */
async function letsGoOfWaits(): Promise<void> {
  class Forgetful extends Recording {
    readonly seen: WeakRef<Wait>[] = [];
    override onThread(): void {}
    override onWait(_: Flow, wait: Wait): void {
      wait.parent = undefined;
      wait.cause = undefined;
      wait.called = undefined;
      this.seen.push(new WeakRef(wait));
    }
  }
  const recording = new Forgetful();
  tracker.start(recording);
  await recording.run({}, async () => {
    const interval = setInterval(() => {}, 1);
    for (let i = 0; i < 500; i++) {
      clearTimeout(setTimeout(() => {}, 60_000));
      await new Promise<void>((resolve) => setImmediate(resolve));
      await readFile("/etc/hosts");
    }
    await sleep(5);
    clearInterval(interval);
    collectGarbage();
    // What is still on the stack may be found by a conservative collector.
    await sleep(5);
    collectGarbage();
  });
  const kept = recording.seen.filter((wait) => wait.deref()).length;
  tracker.stop();
  const seen = recording.seen.length;
  report("a wait that is over is let go", seen > 1_000 && kept < 50, { seen, kept });
}

async function samplesOnItsClock(): Promise<void> {
  const refused = sampler.unavailable();
  report("the sampler is available", refused === undefined, { refused });
  if (refused !== undefined) return;
  const samples: CpuSample[] = [];
  const blockedMs = sampler.start((batch) => samples.push(...batch));
  sampler.resume();
  burn(20); // the engine's first compilation of the loop
  const blocks: { from: number; to: number; name: string }[] = [];
  for (let i = 0; i < 5; i++) {
    for (const block of [burnFirst, burnSecond]) {
      const from = clock.now();
      block(40);
      blocks.push({ from, to: clock.now(), name: block.name });
    }
    await sampler.drain();
    await sleep(5);
  }
  sampler.pause();
  await sampler.drain();
  sampler.stop();
  sampler.stop();
  let right = 0;
  let wrong = 0;
  for (const { at, frames } of samples) {
    const name = frames.map((frame) => frame.name).find((name) => /^burn(First|Second)$/.test(name));
    const block = blocks.find(({ from, to }) => at >= from && at <= to);
    if (!name || !block) continue;
    if (block.name === name) right++;
    else wrong++;
  }
  // A busy machine takes the processor away, and samples with it; it puts none at a wrong time.
  const expected = 400 / sampler.intervalMs;
  report("samples bear the agent's time", right > expected / 8 && wrong <= right * 0.02, {
    right,
    wrong,
    expected,
    blockedMs,
  });
  const ordered = samples.every((sample, i) => sample.at >= (samples[i - 1]?.at ?? 0));
  report("samples come in time order", ordered);
  const burst = samples.length;
  burn(30);
  await sampler.drain();
  report("a stopped sampler tells nothing", samples.length === burst);
}

tracker.prepare();
const server = createServer((_, res) => void setTimeout(() => res.end("x"), 3)).listen(0, "127.0.0.1");
await once(server, "listening");
report("the runtime is known", true, { runtime: runtime.host.runtime, version: runtime.host.version });
readsTheClock();
await attributesEveryKindOfWait((server.address() as AddressInfo).port);
await keepsItsErrors((server.address() as AddressInfo).port);
await attributesEveryKindOfCallback();
await attributesWhatRunsInAKeptContext();
leavesScopesAlone();
await givesTheThreadBack();
await tellsHowManyTimersThereWillBe();
await tellsTimersOfCallbacksApart();
await tellsWhereATimerWaits();
await tellsThatATimerWasCleared();
await tellsWhereAPromisifiedCallWaits();
await letsGoOfWaits();
await samplesOnItsClock();
await leavesTheFormatOfStacksAlone();
server.close();
server.closeAllConnections();
