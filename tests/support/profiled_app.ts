// SPDX-License-Identifier: Apache-2.0
import { isAbsolute, join } from "node:path";
import { type BackendClient, type StackElement, until } from "./backend_client.ts";
import { Clients } from "./clients.ts";
import { type Installed, ROOT, type Running, start } from "./spawn.ts";

/** A backend to profile with. */
export interface Backend {
  /** `host:port` for agents. */
  readonly grpc: string;
  readonly client: BackendClient;
}

/** What an app measured of one request, in milliseconds by function. */
export type Truth = Readonly<Partial<Record<string, number>>>;

/** One profiled request. */
export interface Profiled {
  readonly truth: Truth;
  readonly elements: readonly StackElement[];
}

/** What {@link ProfiledApp} starts. */
export interface AppOptions {
  /** A program that prints `listening PORT` and answers with its own measurement as JSON; from the repository's root. */
  readonly program: string;
  /** The path that is asked for. */
  readonly path: string;
  /** Whether the agent is in the program, and not loaded before it. */
  readonly hasAgent?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Requests that a task profiles. */
export const REQUESTS = 5;
const DUMP_PERIOD_MS = 10;
/** The real backend hands a task out within 10 s. */
const PICKUP_MS = 30_000;
const SETTLE_MS = 30_000;

/** An app with the built agent loaded before it, and a profile task on it. */
export class ProfiledApp implements AsyncDisposable {
  readonly #app: Running;
  readonly #client: BackendClient;
  readonly #path: string;
  readonly #service: string;
  #url = "";
  #taskId = "";

  constructor(runtime: Installed, { program, path, hasAgent, env }: AppOptions, backend: Backend) {
    this.#client = backend.client;
    this.#path = path;
    this.#service = `profiled-${runtime}${path.replaceAll("/", "-")}-${Date.now().toString(36)}`;
    this.#app = start(runtime, isAbsolute(program) ? program : join(ROOT, program), {
      ...(!hasAgent && { preload: join(ROOT, "dist/agent.js") }),
      timeoutMs: 300_000,
      env: {
        SW_AGENT_NAME: this.#service,
        SW_AGENT_COLLECTOR_BACKEND_SERVICES: backend.grpc,
        SW_AGENT_COLLECTOR_GET_PROFILE_TASK_INTERVAL: "1",
        BUN_JSC_useTailCalls: "0",
        ...env,
      },
    });
  }

  /** Creates the profile task and waits until the agent has it. */
  async arm(): Promise<void> {
    const port = await this.#app.line((line) => /^listening (\d+)$/.exec(line)?.[1]);
    this.#url = `http://127.0.0.1:${port}`;
    this.#taskId = await this.#client.createTask({
      service: this.#service,
      endpointName: `GET:${this.#path}`,
      duration: 5,
      minDurationThreshold: 0,
      dumpPeriod: DUMP_PERIOD_MS,
      maxSamplingCount: REQUESTS,
    });
    await until(
      `that ${this.#service} has its task`,
      async () => (await this.#client.taskLogs(this.#taskId)).includes("NOTIFIED"),
      PICKUP_MS,
    );
    // The backend logs NOTIFIED when it hands the task out; the agent starts it a moment later.
    await new Promise((resolve) => setTimeout(resolve, 500));
  }

  /**
   * Sends the requests one after the other, and analyses what was profiled.
   *
   * @param load how many clients ask for another path meanwhile, again and again
   */
  async profile(
    load: { readonly clients: number; readonly path: string } = { clients: 0, path: "/" },
  ): Promise<Profiled[]> {
    const truths = new Map<string, Truth>();
    const others = new Clients(load.clients, `${this.#url}${load.path}`);
    for (let i = 0; i < REQUESTS; i++) {
      // The trace tells which answer belongs to which segment.
      const traceId = `${this.#service}-${i}`;
      const response = await fetch(`${this.#url}${this.#path}`, { headers: { sw8: sw8(traceId) } });
      truths.set(traceId, (await response.json()) as Truth);
    }
    await others.stop();
    const segments = await until(
      `${REQUESTS} profiled segments of ${this.#service}`,
      async () => {
        const found = await this.#client.taskSegments(this.#taskId);
        return found.length >= REQUESTS && found;
      },
      SETTLE_MS,
    );
    return Promise.all(
      segments.map(async ({ traceId, spans }) => {
        const truth = truths.get(traceId) ?? {};
        const span = spans.find((candidate) => candidate.spanId === 0 && candidate.profiled);
        if (!span) throw new Error(`Cannot analyse ${traceId}: no span is profiled`);
        // A segment is listed by its first snapshot: the analysis is whole when the last one is there too.
        const elements = await until(
          `the whole of ${traceId}`,
          async () => {
            const { trees } = await this.#client.analyze(span.segmentId, span.startTime, span.endTime);
            if (trees.length > 1) throw new Error(`${traceId} has ${trees.length} trees`);
            const [tree] = trees;
            const told = tree?.elements[0]?.duration ?? 0;
            const took = span.endTime - span.startTime;
            if (told < took) return undefined;
            if (told > took + 1) throw new Error(`${traceId} took ${took} ms, and ${told} are told`);
            const { request = 0 } = truth;
            if (told < request - 1)
              throw new Error(`${traceId} took ${request} ms inside, and ${told} are told`);
            return tree?.elements;
          },
          SETTLE_MS,
        );
        return { truth, elements };
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app[Symbol.asyncDispose]();
  }
}

function sw8(traceId: string): string {
  const [trace, segment, service, instance, endpoint, target] = [
    traceId,
    `${traceId}-client`,
    "test-client",
    "test-client-1",
    "/test",
    "127.0.0.1",
  ].map((text) => btoa(text));
  return `1-${trace}-${segment}-0-${service}-${instance}-${endpoint}-${target}`;
}
