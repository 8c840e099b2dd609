// SPDX-License-Identifier: Apache-2.0
/**
 * What a JavaScript runtime must give the agent. Types only: `select.ts` picks the implementation.
 *
 * All times are milliseconds on the agent's clock ({@link Clock.now}) unless a name says otherwise.
 *
 * @module
 */

/** The runtimes the agent knows. */
export type RuntimeName = "node" | "bun" | "deno";

/** One monotonic clock for hooks, engine samples and spans. */
export interface Clock {
  /** Milliseconds since an arbitrary start, with sub-millisecond resolution; never goes back. */
  now(): number;
  /**
   * What to add to {@link Clock.now} to get milliseconds since 1970. It follows corrections of the wall
   * clock, so a segment reads it once at its start and uses that value for all its times.
   *
   * @param at now, where that is known already
   */
  epochOffset(at?: number): number;
}

/** A timer that has been set. */
export interface Timer {
  /** Disarms the timer; safe to call again and after it fired. */
  cancel(): void;
}

/** Timers that never keep the process alive and whose callbacks never throw into the host. */
export interface Timers {
  /** Calls `callback` once after `delayMs`; delays beyond 2^31-1 ms are cut to it, negative ones to 0. */
  after(delayMs: number, callback: () => void): Timer;
  /** Calls `callback` every `periodMs`, the first time after one period. */
  every(periodMs: number, callback: () => void): Timer;
  /** Resolves in the next turn of the event loop: what is due besides comes before. */
  turn(): Promise<void>;
}

/** The process around the agent. No member throws; what is refused is reported as absent. */
export interface Host {
  readonly runtime: RuntimeName;
  /** Version of the runtime, such as `24.21.0`. */
  readonly version: string;
  readonly pid: number;
  /** The working directory when the agent loaded; `undefined` where Deno refuses it. */
  readonly cwd: string | undefined;
  /** Whether connections to `address`, as `host:port`, are allowed. Where Deno refuses them, trying would prompt. */
  mayConnect(address: string): boolean;
  /** An environment variable; `undefined` where it is unset, or where Deno refuses it. */
  env(name: string): string | undefined;
  /** The machine's name; `undefined` where Deno refuses it. */
  hostname(): string | undefined;
  /** IPv4 addresses of the machine without loopback; empty where Deno refuses them. */
  ipv4(): string[];
  /** The operating system, such as `Linux`. */
  osName(): string;
  /** Writes one line to standard error. */
  writeError(line: string): void;
  /** Reads a source file; `undefined` where it is missing, too large or refused. Never prompts. */
  readSource(path: string, maxBytes: number): string | undefined;
  /**
   * The source map of what a loader made of a TypeScript file in memory, as `tsx` does; `undefined` where the file runs
   * as it is, or where the runtime tells places in it.
   */
  findSourceMap(path: string): object | undefined;
  /**
   * Calls `flush` when the process is about to end by itself (not by a signal), and lets it finish
   * first where the runtime can wait. Returns a function that takes the registration back.
   */
  onExit(flush: () => Promise<void>): () => void;
}

/**
 * A place in source code, as the engine tells it: in the original file where the runtime knows the mapping.
 * Lines and columns count from 1; 0 is unknown.
 */
export interface Frame {
  /** The engine's name for the function, empty if it has none. */
  readonly name: string;
  /** Absolute path of the file, `node:…`/`ext:…` for the runtime's own code, empty for native code. */
  readonly file: string;
  /** The file that runs, where `file`, `line` and `column` may be those of its source as the engine has mapped it (Deno). */
  readonly script?: string | undefined;
  /** A line inside the function: the one that runs, calls or waits, or that of its declaration. */
  readonly line: number;
  readonly column: number;
  /** Line of the function's declaration where the engine tells it, else 0. */
  readonly declaredLine: number;
  /** True for a caller that is not on the physical stack: it awaits the frame above. */
  readonly isAsync: boolean;
  /** Identity of the compiled code where the engine gives one (JavaScriptCore), else empty. */
  readonly code: string;
}

/** What the engine did when a sample was taken. */
export type SampleState = "js" | "native" | "gc" | "idle";

/** One stack of the engine's profiler. */
export interface CpuSample {
  readonly at: number;
  readonly state: SampleState;
  /** Innermost first; physical frames only. Shared between samples of the same stack: compare by identity. */
  readonly frames: readonly Frame[];
}

/** The engine's sampling profiler. */
export interface CpuSampler {
  /** Milliseconds between two samples. */
  readonly intervalMs: number;
  /** When to drain next, in milliseconds from now: it bounds memory and the length of a drain. May change. */
  readonly drainPeriodMs: number;
  /** Why the sampler cannot work here (a refused permission, say), or `undefined` if it can. */
  unavailable(): string | undefined;
  /** What the stacks lack here and what helps, for the user to read; `undefined` if nothing. */
  caveat(): string | undefined;
  /**
   * Starts the engine's profiler and returns how long that blocked the event loop, in milliseconds.
   * `onSamples` receives batches in time order.
   */
  start(onSamples: (samples: readonly CpuSample[]) => void): number;
  /** Resolves after `onSamples` has had everything sampled before the call. */
  drain(): Promise<void>;
  /** A recording begins: JavaScriptCore samples only between `resume` and `pause`; V8 ignores them. */
  resume(): void;
  pause(): void;
  /** Stops the engine's profiler. Idempotent. */
  stop(): void;
}

/** An asynchronous flow: the code of one request across all its awaits. Compared by identity. */
export type Flow = object;

/** Something a flow waits for, from the moment it was registered. */
export interface Wait {
  readonly at: number;
  /** What is waited for: `setTimeout`, `fetch`, `await` … */
  readonly kind: string;
  /** From when on the flow could run again, where that is known (timers), else `undefined`. */
  readonly dueAt: number | undefined;
  /** Whether `trace` begins at the caller of the function that waits: JavaScriptCore has left that one by then. */
  readonly callersOnly: boolean;
  /** The stack at registration, formatted only when {@link StackReader.frames} reads it. The observer may let it go. */
  trace: object;
  /**
   * The wait whose end started the code that registered this one. The observer may let it go, or put an earlier one
   * in its place: a flow that goes on for long would otherwise keep all that it ever waited for.
   */
  parent: Wait | undefined;
  /**
   * The call in whose async context this was registered (`pipeline`, which calls `transform`), where that is known:
   * what the runtime's own code waits for is waited for by that call. The observer may let it go.
   */
  cause?: Wait | undefined;
  /**
   * Where `callersOnly`, what was registered last before it by the same run of code: the function that waits has called
   * it, most likely. The observer may let it go.
   */
  called?: Wait | undefined;
  /** Whether it only tells where a run's time parts: nothing is waited for. */
  isMark?: boolean;
  /** Whether the timer it is for has been cleared, or has called back for the last time, where that is known. */
  isCleared?: () => boolean;
  /**
   * What the event loop called when an `await` ended, as `net.read`, where that is known: what it waited for, if nothing
   * else says that.
   */
  endedBy?: string | undefined;
}

/**
 * What a wait is registered by, as far as it says how many there will be: a `pause` is a timer that takes its time; a
 * `task` is another turn of the event loop that a shorter timer or something outside the thread begins. The others may
 * come thousands of times a turn: a `promise` that the app makes, which most often stands for such a turn; an `await`; a
 * `tick`, which calls back as soon as it can, or as a `microtask` before anything else does. The last two are nothing to
 * wait for: an `entry` tells where a run's time parts, into an async function (V8); what awaits a promise that is
 * `settled`, who called the function that goes on at once (JavaScriptCore).
 */
export type WaitFrequency =
  | "pause"
  | "task"
  | "promise"
  | "await"
  | "tick"
  | "microtask"
  | "entry"
  | "settled";

/** Receives what an {@link AwaitTracker} sees. Implementations must not throw. */
export interface AwaitObserver {
  /** The flow of the code that runs now, from its async context. */
  current(): Flow | undefined;
  /** Whether the waits of `flow` are of interest: of the other flows only who has the thread is. */
  isWatched(flow: Flow): boolean;
  /**
   * Whether the wait that `flow`, which is watched, registers now is to be captured; asked once a wait.
   *
   * @param source what tells tasks and pauses of one sort from others, so that the frequent do not crowd out the rare:
   * {@link Wait.kind}, and what registers them if that is known
   * @param resumed how many functions have gone on since the wait that was asked for before: a loop has the same few
   * again and again
   */
  wantsWait(flow: Flow, frequency: WaitFrequency, source: string, resumed: number): boolean;
  /**
   * From `at` on the thread belongs to `flow`; to `undefined` if to no flow, with `holder` naming what runs
   * instead (`timer` …) where that is known. `ended` is told of watched flows only.
   */
  onThread(at: number, flow: Flow | undefined, ended: Wait | undefined, holder: string | undefined): void;
  /** `flow` registered a wait that was wanted, or entered an async function. */
  onWait(flow: Flow, wait: Wait): void;
  /** Told as tracking stops, if something could not be noted: the last error, such as that of a stack used up. */
  onFailure(error: unknown): void;
}

/** Sees which flow holds the thread and what the watched ones wait for. */
export interface AwaitTracker {
  /** Wraps what must be wrapped before the app loads (Bun); until `start` a wrapper is one branch. */
  install(): void;
  /** A task starts: what `start` needs and takes its time is done here, not inside a request. Idempotent. */
  prepare(): void;
  start(observer: AwaitObserver): void;
  /** Takes the hooks off again. Idempotent. */
  stop(): void;
  /** The handler of `flow` is called now. A no-op while stopped. */
  enter(flow: Flow): void;
  /** The handler of `flow` returned to the runtime. A no-op while stopped. */
  leave(flow: Flow): void;
}

/** Formats captured stacks. */
export interface StackReader {
  /**
   * How many of a long request's waits are to be captured, of 1: fewer where reading one costs more, or where what is
   * not captured is found in others.
   */
  readonly share: number;
  /** Whether a stack tells its asynchronous callers: where not, they are known only from what was captured before. */
  readonly tellsCallers: boolean;
  /**
   * The frames of {@link Wait.trace}, innermost first, the runtime's own included, the agent's left out. Most often
   * one array for one stack. Each trace is read once: it does not keep what was read.
   */
  frames(trace: object): readonly Frame[];
}

/** Everything the agent needs from a runtime. */
export interface Runtime {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly host: Host;
  readonly sampler: CpuSampler;
  readonly tracker: AwaitTracker;
  readonly stacks: StackReader;
}
