// SPDX-License-Identifier: Apache-2.0
import { isOwnPlace } from "./_own.ts";
import { RotationPeriod } from "./_rotation_period.ts";
import { v8File } from "./_v8_file.ts";
import type { CpuSample, CpuSampler, Frame, SampleState } from "./runtime.ts";

/** The part of `node:inspector` the sampler uses. */
export interface InspectorModule {
  readonly Session: new () => InspectorSession;
  readonly console: { profile(title: string): void; profileEnd(title: string): void };
}

interface InspectorSession {
  connect(): void;
  disconnect(): void;
  post(method: string, params?: object): void;
  on(event: string, listener: (message: { params: { title?: string; profile: V8Profile } }) => void): void;
}

interface V8Profile {
  readonly nodes: readonly { id: number; callFrame: V8CallFrame; children?: readonly number[] }[];
  /** Microseconds of CLOCK_MONOTONIC. */
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A function of a profile: the place of its declaration, counted from 0. */
export interface V8CallFrame {
  readonly functionName: string;
  readonly scriptId: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** What differs between the V8 hosts. */
export interface V8SamplerOptions {
  readonly now: () => number;
  readonly inspector: () => InspectorModule;
  readonly unavailable: () => string | undefined;
  /**
   * Milliseconds on the agent's clock of a profile's `startTime`, given the last instant before the profile
   * was asked for. Node's two clocks have a fixed offset; Deno's has to be narrowed with every profile.
   */
  readonly toClock: (startTimeMs: number, before: number) => number;
  /** The frame at the place of a declaration. Deno maps it to the TypeScript source. */
  readonly frameAt: (callFrame: V8CallFrame, file: string) => Frame;
}

/**
 * How often the engine looks at the stack, in microseconds. It is the agent's choice, not the task's period:
 * edges between two samples are off by half of this at most. An armed process pays 40 to 80 µs of CPU for each, on two
 * threads. No divisor of 10 ms: what an app does every 10 ms would keep step with it, and bursts that are shorter be
 * missed one and all.
 */
const INTERVAL_US = 7_000;

/** Several agents or a user's `console.profile` raise the same event. */
const TITLE = "sw-agent-";

/**
 * V8's profiler, driven inside the process through the inspector.
 *
 * Every cold start walks the heap, 10–800 ms by its size, so it happens once a task. Within one session
 * `console.profile` starts a further profile for 0.1 ms, so `drain` starts the next one and then ends the last:
 * no sample is lost between the two (node.md §1.2, deno.md §1.3).
 */
export function createV8Sampler(options: V8SamplerOptions): CpuSampler {
  let session: InspectorSession | undefined;
  let profiles: Profiling[] = [];
  let started = 0;
  let recordings = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  const period = new RotationPeriod();
  let deliver: (samples: readonly CpuSample[]) => void = () => {};

  function begin(): void {
    const title = `${TITLE}${++started}`;
    profiles.push({ title, askedAt: options.now(), wanted: recordings > 0, drained: undefined });
    options.inspector().console.profile(title);
  }

  function finished(title: string | undefined, profile: V8Profile): void {
    const index = profiles.findIndex((candidate) => candidate.title === title);
    const profiling = profiles[index];
    if (!profiling) return;
    profiles.splice(index, 1);
    const start = options.toClock(profile.startTime / 1e3, profiling.askedAt);
    if (profiling.wanted) {
      const samples = toSamples(profile, start, options.frameAt).filter((sample) => sample.at > lastAt);
      lastAt = samples.at(-1)?.at ?? lastAt;
      deliver(samples);
    }
    profiling.drained?.();
  }

  return {
    intervalMs: INTERVAL_US / 1e3,
    get drainPeriodMs() {
      return period.ms;
    },
    unavailable: options.unavailable,
    caveat: () => undefined,
    start(onSamples) {
      if (session) return 0;
      deliver = onSamples;
      const opened = new (options.inspector().Session)();
      opened.connect();
      opened.post("Profiler.enable");
      opened.post("Profiler.setSamplingInterval", { interval: INTERVAL_US });
      opened.on("Profiler.consoleProfileFinished", (message) => {
        finished(message.params.title, message.params.profile);
      });
      session = opened;
      const from = options.now();
      begin();
      return options.now() - from;
    },
    drain() {
      const running = profiles.at(-1);
      if (!session || !running) return Promise.resolve();
      return new Promise((resolve) => {
        running.drained = resolve;
        begin();
        const from = options.now();
        options.inspector().console.profileEnd(running.title);
        period.ended(from - running.askedAt, options.now() - from);
      });
    },
    resume() {
      recordings++;
      const running = profiles.at(-1);
      if (running) running.wanted = true;
    },
    pause() {
      recordings--;
    },
    stop() {
      if (!session) return;
      const ended = profiles;
      profiles = [];
      try {
        for (const { title } of ended) options.inspector().console.profileEnd(title);
        session.disconnect();
      } finally {
        session = undefined;
        for (const { drained } of ended) drained?.();
      }
    },
  };
}

/** A profile that the engine takes. */
interface Profiling {
  readonly title: string;
  /** The last instant before it was asked for. */
  readonly askedAt: number;
  /** Whether a recording was open at any time during it: else its samples are nobody's. */
  wanted: boolean;
  drained: (() => void) | undefined;
}

const STATES: Readonly<Record<string, SampleState>> = {
  "(idle)": "idle",
  "(program)": "native",
  "(garbage collector)": "gc",
  "(root)": "native",
};

function toSamples(
  profile: V8Profile,
  start: number,
  frameAt: (callFrame: V8CallFrame, file: string) => Frame,
): CpuSample[] {
  const callFrames = new Map<number, V8CallFrame>();
  const parents = new Map<number, number>();
  // Deno's V8 leaves the URL out at times where a text tells it and the code is optimized.
  const urls = new Map<string, string>();
  for (const node of profile.nodes) {
    const { scriptId, url } = node.callFrame;
    callFrames.set(node.id, node.callFrame);
    if (url !== "") urls.set(scriptId, url);
    for (const child of node.children ?? []) parents.set(child, node.id);
  }
  const stacks = new Map<number, readonly Frame[]>();
  const stackOf = (leaf: number): readonly Frame[] => {
    const known = stacks.get(leaf);
    if (known) return known;
    const frames: Frame[] = [];
    for (let id: number | undefined = leaf; id !== undefined; id = parents.get(id)) {
      const callFrame = callFrames.get(id);
      if (!callFrame || callFrame.functionName === "(root)") continue;
      const url = callFrame.url || (urls.get(callFrame.scriptId) ?? "");
      if (isOwnPlace(url, callFrame.lineNumber + 1, callFrame.columnNumber + 1)) continue;
      // What is the engine's own has no place either.
      frames.push(frameAt(callFrame, v8File(url, url === "" && callFrame.lineNumber >= 0)));
    }
    stacks.set(leaf, frames);
    return frames;
  };

  let at = start;
  const samples = profile.samples.map((id, index): CpuSample => {
    at += (profile.timeDeltas[index] ?? 0) / 1e3;
    const state = STATES[callFrames.get(id)?.functionName ?? ""];
    return state ? { at, state, frames: [] } : { at, state: "js", frames: stackOf(id) };
  });
  // A delta may be negative: on a busy machine the engine stores samples out of turn.
  return samples.sort((a, b) => a.at - b.at);
}
