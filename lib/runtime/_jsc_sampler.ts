// SPDX-License-Identifier: Apache-2.0
import { filePath, isOwnPlace } from "./_own.ts";
import type { CpuSample, CpuSampler, Frame } from "./runtime.ts";

/** The part of `bun:jsc` the sampler uses. */
export interface JscModule {
  samplingProfilerStackTraces(): JscTraces;
}

interface JscTraces {
  readonly traces: readonly { readonly timestamp: number; readonly frames: readonly JscFrame[] }[];
  readonly sources: readonly { readonly sourceID: number | string; readonly url: string }[];
}

interface JscFrame {
  readonly name: string;
  readonly sourceID: number | string;
  readonly sourceURL?: string;
  readonly line: number;
  readonly column: number;
  /** `#hash:tier:bytecode`; the hash stays with the function whatever tier runs it. */
  readonly location: string;
}

/** The part of Bun's `node:inspector` the sampler uses. */
export interface JscInspectorModule {
  readonly Session: new () => {
    connect(): void;
    disconnect(): void;
    post(method: string, params?: object): unknown;
  };
}

/** What the sampler needs from the runtime. */
export interface JscSamplerOptions {
  readonly jsc: () => JscModule;
  readonly inspector: () => JscInspectorModule;
  readonly now: () => number;
  /** Whether the engine replaces the frame of a function that ends in a call. */
  readonly hasTailCalls: () => boolean;
  /**
   * Milliseconds to add to a trace's timestamp to get the agent's clock; where it is `undefined`, the last
   * trace of each hand-over narrows it down.
   */
  readonly clockOffset: () => number | undefined;
}

/**
 * How often the engine looks at the stack, in microseconds: as on V8. Every 4 ms it took a tenth more of a busy
 * process' CPU, and told the time hardly better: most edges are known without it, and bursts that are missed
 * are told as those that are not.
 */
const INTERVAL_US = 7_000;

/** A sample that is handed over costs up to 0.2 ms (bun.md §1.4), so few at a time. */
const DRAIN_PERIOD_MS = 16;
/** Nothing is sampled then. */
const IDLE_PERIOD_MS = 5_000;
const TAIL_CALLS =
  "Functions that end in `return other()` are missing from stacks, and their time is their caller's: " +
  "start the process with BUN_JSC_useTailCalls=0 in its environment";
const UNKNOWN_LINE = 4_294_967_295;
/** What stands for the hash of any code that has none. */
const NO_HASH = "#<nil>";

/**
 * JavaScriptCore's profiler: switched by the inspector, emptied through `bun:jsc` while it runs. Both drive
 * the one profiler of the VM (bun.md §1.2). It samples only between `resume` and `pause`, because the engine
 * keeps every function it saw alive until then (bun#42377).
 */
export function createJscSampler(options: JscSamplerOptions): CpuSampler {
  let session: InstanceType<JscInspectorModule["Session"]> | undefined;
  let deliver: (samples: readonly CpuSample[]) => void = () => {};
  let recordings = 0;
  let exact: number | undefined;
  let narrowed = Number.POSITIVE_INFINITY;

  function empty(): void {
    const now = options.now();
    const { traces, sources } = options.jsc().samplingProfilerStackTraces();
    const last = traces.at(-1);
    if (last) narrowed = Math.min(narrowed, now - last.timestamp * 1e3);
    const offset = exact ?? narrowed;
    const urls = new Map(sources.map((source) => [source.sourceID, source.url]));
    deliver(traces.map((trace) => toSample(trace.timestamp * 1e3 + offset, trace.frames, urls)));
  }

  function off(): void {
    empty();
    session?.post("Profiler.stop");
  }

  return {
    intervalMs: INTERVAL_US / 1e3,
    get drainPeriodMs() {
      return recordings > 0 ? DRAIN_PERIOD_MS : IDLE_PERIOD_MS;
    },
    unavailable: () => undefined,
    caveat: () => (options.hasTailCalls() ? TAIL_CALLS : undefined),
    start(onSamples) {
      deliver = onSamples;
      if (session) return 0;
      exact = options.clockOffset();
      session = new (options.inspector().Session)();
      session.connect();
      session.post("Profiler.enable");
      return 0;
    },
    async drain() {
      if (session && recordings > 0) empty();
    },
    resume() {
      if (recordings++ > 0 || !session) return;
      session.post("Profiler.setSamplingInterval", { interval: INTERVAL_US });
      session.post("Profiler.start");
    },
    pause() {
      if (--recordings === 0 && session) off();
    },
    stop() {
      if (!session) return;
      if (recordings > 0) off();
      session.disconnect();
      session = undefined;
    },
  };
}

function toSample(
  at: number,
  frames: readonly JscFrame[],
  urls: ReadonlyMap<number | string, string>,
): CpuSample {
  const found: Frame[] = [];
  for (const frame of frames) {
    const file = filePath(frame.sourceURL ?? urls.get(frame.sourceID) ?? "");
    const placed = frame.line !== UNKNOWN_LINE;
    if (isOwnPlace(file, placed ? frame.line : 0, frame.column) || frame.name === "(module)") continue;
    const [hash = ""] = frame.location.split(":", 1);
    found.push({
      name: frame.name,
      file: isBuiltin(file) ? `node:${file}` : file,
      line: placed ? frame.line : 0,
      column: placed ? frame.column : 0,
      declaredLine: 0,
      isAsync: false,
      code: hash === NO_HASH ? "" : hash,
    });
  }
  return { at, state: "js", frames: found };
}

/** Bun's own JavaScript bears names such as `node:events` or `internal/fs/streams`, never a path. */
function isBuiltin(file: string): boolean {
  return file !== "" && !file.startsWith("/") && !file.startsWith("node:") && !/^[A-Za-z]:[\\/]/.test(file);
}
