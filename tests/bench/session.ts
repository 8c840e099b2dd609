// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { type Oap, type Snapshot, startOap } from "../../lib/oap/mod.ts";
import { BackendClient, type ProfiledSpan, type StackElement, until } from "../support/backend_client.ts";
import { type Installed, ROOT, type Running, start } from "../support/spawn.ts";

/** The built agent. `BENCH_AGENT` names another one, to see what a change does. */
export const AGENT: string = process.env.BENCH_AGENT ?? join(ROOT, "dist/agent.js");

/** How to open a {@link Session}. */
export interface SessionOptions {
  readonly runtime: Installed;
  /** A file of `tests/bench/apps`. */
  readonly app: string;
  /** What is loaded before the app. @default our agent */
  readonly preload?: string | "none";
  readonly env?: Readonly<Record<string, string>>;
  /** After this the app is killed. @default 15 minutes */
  readonly timeoutMs?: number;
}

/** A task of {@link Session.arm}. */
export interface Arming {
  readonly endpoint: string;
  /** @default 9 */
  readonly samples?: number;
  /** In minutes. @default 5 */
  readonly duration?: number;
  /** A path that is asked for again and again until the task has begun: the engine starts its profiler then. */
  readonly warm?: string;
}

/** A profiled request. */
export interface ProfiledRequest<T> {
  /** What the app answered. */
  readonly answer: T;
  readonly span: ProfiledSpan;
  readonly snapshots: readonly Snapshot[];
  readonly elements: readonly StackElement[];
}

const PICKUP_MS = 30_000;
/** Deno reads stacks slowly, which shows where several requests have thousands of waits. */
const SETTLE_MS = 120_000;
let sessions = 0;

/** An app under measurement with a backend of its own. */
export class Session implements AsyncDisposable {
  readonly runtime: Installed;
  readonly app: Running;
  readonly #oap: Oap;
  readonly #client: BackendClient;
  readonly #service: string;
  readonly #answers = new Map<string, unknown>();
  #url = "";
  #taskId = "";

  private constructor(options: SessionOptions, oap: Oap) {
    const { runtime, app, preload = AGENT, env = {}, timeoutMs = 900_000 } = options;
    this.runtime = runtime;
    this.#oap = oap;
    this.#service = `bench-${runtime}-${++sessions}`;
    this.#client = new BackendClient(`http://127.0.0.1:${oap.restPort}/graphql`);
    this.app = start(runtime, join(ROOT, "tests/bench/apps", app), {
      ...(preload !== "none" && { preload }),
      timeoutMs,
      env: {
        SW_AGENT_NAME: this.#service,
        SW_AGENT_COLLECTOR_BACKEND_SERVICES: `127.0.0.1:${oap.grpcPort}`,
        SW_AGENT_COLLECTOR_GET_PROFILE_TASK_INTERVAL: "0.3",
        SW_AGENT_PROFILE_MAX_PARALLEL: "9",
        SW_AGENT_PROFILE_SNAPSHOT_TRANSPORT_BUFFER_SIZE: "200000",
        SW_AGENT_LOGGING_LEVEL: "info",
        BUN_JSC_useTailCalls: "0",
        ...env,
      },
    });
  }

  /** Starts the app and waits until it listens. */
  static async open(options: SessionOptions): Promise<Session> {
    const oap = await startOap();
    const session = new Session(options, oap);
    try {
      const port = await session.app.line((line) => /^listening (\d+)$/.exec(line)?.[1]);
      session.#url = `http://127.0.0.1:${port}`;
      return session;
    } catch (error) {
      await session[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    return this.#url;
  }

  get pid(): number {
    return this.app.child.pid ?? 0;
  }

  /** Creates a profile task and waits until the agent runs it. */
  async arm({ endpoint, samples = 9, duration = 5, warm }: Arming): Promise<void> {
    this.#taskId = await this.#client.createTask({
      service: this.#service,
      endpointName: endpoint,
      duration,
      minDurationThreshold: 0,
      dumpPeriod: 10,
      maxSamplingCount: samples,
    });
    const has = async () => (await this.#client.taskLogs(this.#taskId)).includes("NOTIFIED");
    await until(`that ${this.#service} has its task`, has, PICKUP_MS);
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (warm) await this.get(warm);
  }

  /** Asks for a path and returns what the app answers. */
  async get<T>(path: string): Promise<T> {
    const traceId = `${this.#service}-${this.#answers.size}`;
    this.#answers.set(traceId, undefined);
    // Bun's own fetch, which runs this, would give up after five minutes.
    const response = await fetch(`${this.#url}${path}`, { headers: { sw8: sw8(traceId) }, timeout: false });
    const answer = (await response.json()) as T;
    this.#answers.set(traceId, answer);
    return answer;
  }

  /** What was profiled, when at least `count` requests were. */
  async profiled<T>(count: number): Promise<ProfiledRequest<T>[]> {
    const complete = async () => {
      const found = await this.#client.taskSegments(this.#taskId);
      return found.length >= count && found;
    };
    const segments = await until(`${count} profiled segments of ${this.#service}`, complete, SETTLE_MS);
    const requests = segments.map(async ({ traceId, spans }) => {
      const span = spans.find((candidate) => candidate.spanId === 0 && candidate.profiled);
      if (!span) throw new Error(`Cannot analyse ${traceId}: no span is profiled`);
      const snapshots = await this.#whole(span.segmentId);
      const { trees } = await this.#client.analyze(span.segmentId, span.startTime, span.endTime);
      const answer = this.#answers.get(traceId) as T;
      return { answer, span, snapshots, elements: trees[0]?.elements ?? [] };
    });
    return Promise.all(requests);
  }

  /** A segment's snapshots, when no more come. */
  async #whole(segmentId: string): Promise<readonly Snapshot[]> {
    let last = -1;
    const settled = async () => {
      const snapshots = this.#oap.store.snapshots(segmentId);
      const isWhole = snapshots.length > 0 && snapshots.length === last;
      last = snapshots.length;
      if (isWhole) return snapshots;
      // The reporter sends twice a second.
      await new Promise((resolve) => setTimeout(resolve, 600));
      return false;
    };
    return await until(`the snapshots of ${segmentId}`, settled, SETTLE_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app[Symbol.asyncDispose]();
    await this.#oap.close();
  }
}

/** A header that makes the app's segment part of a trace of ours, by which it is found again. */
function sw8(traceId: string): string {
  const parts = [traceId, `${traceId}-client`, "bench", "bench-1", "/bench", "127.0.0.1:1"];
  const [trace, segment, ...rest] = parts.map((text) => btoa(text));
  return `1-${trace}-${segment}-0-${rest.join("-")}`;
}
