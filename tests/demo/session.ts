// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { type BackendClient, type StackElement, until } from "../support/backend_client.ts";
import { type Installed, ROOT, type Running, start } from "../support/spawn.ts";
import { type Figure, type Form, figures, type Truth } from "./forms.ts";

/** A backend to profile with. */
export interface Backend {
  /** `host:port` for agents. */
  readonly grpc: string;
  readonly client: BackendClient;
}

/** One profiled request. */
export interface Profiled {
  readonly truth: Truth;
  readonly elements: readonly StackElement[];
  readonly figures: readonly Figure[];
}

export const REQUESTS = 5;
const DUMP_PERIOD_MS = 10;
const CLIENTS = 8;
/** The real backend hands a task out within 10 s. */
const PICKUP_MS = 30_000;
const SETTLE_MS = 15_000;

/** An app with the agent that waits to be asked. */
export class ProfiledApp implements AsyncDisposable {
  readonly #app: Running;
  readonly #client: BackendClient;
  readonly #form: Form;
  readonly #service: string;
  #url = "";
  #taskId = "";

  /** Starts the slow app of a form on a runtime, with the built agent loaded before it. */
  constructor(runtime: Installed, form: Form, backend: Backend, program: string = "tests/demo/slow_app.ts") {
    this.#client = backend.client;
    this.#form = form;
    this.#service = `demo-${runtime}-${form.name}-${Date.now().toString(36)}`;
    this.#app = start(runtime, join(ROOT, program), {
      preload: join(ROOT, "dist/agent.js"),
      timeoutMs: 300_000,
      env: {
        SW_AGENT_NAME: this.#service,
        SW_AGENT_COLLECTOR_BACKEND_SERVICES: backend.grpc,
        SW_AGENT_COLLECTOR_GET_PROFILE_TASK_INTERVAL: "1",
        BUN_JSC_useTailCalls: "0",
      },
    });
  }

  /** Creates the profile task and waits until the agent has it. */
  async arm(): Promise<void> {
    const port = await this.#app.line((line) => /^listening (\d+)$/.exec(line)?.[1]);
    this.#url = `http://127.0.0.1:${port}`;
    this.#taskId = await this.#client.createTask({
      service: this.#service,
      endpointName: `GET:/${this.#form.name}`,
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

  /** Sends the requests one after the other, and analyses what was profiled. */
  async profile(): Promise<Profiled[]> {
    const truths = new Map<string, Truth>();
    const load = new Load(this.#form.underLoad ? CLIENTS : 0, `${this.#url}/unrelated`);
    for (let i = 0; i < REQUESTS; i++) {
      // The trace tells which answer belongs to which segment.
      const traceId = `demo-${this.#service}-${i}`;
      const response = await fetch(`${this.#url}/${this.#form.name}`, { headers: { sw8: sw8(traceId) } });
      truths.set(traceId, (await response.json()) as Truth);
    }
    await load.stop();
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
        const span = spans.find((candidate) => candidate.spanId === 0 && candidate.profiled);
        if (!span) throw new Error(`Cannot analyse ${traceId}: no span is profiled`);
        const { trees } = await this.#client.analyze(span.segmentId, span.startTime, span.endTime);
        const elements = trees[0]?.elements ?? [];
        const truth = truths.get(traceId) ?? {};
        return { truth, elements, figures: figures(this.#form, truth, elements) };
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app[Symbol.asyncDispose]();
  }
}

/** Clients that ask for something else, again and again, until told to stop. */
class Load {
  #stopped = false;
  readonly #clients: Promise<void>[];

  constructor(clients: number, url: string) {
    this.#clients = Array.from({ length: clients }, async () => {
      while (!this.#stopped) await (await fetch(url)).arrayBuffer();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }
}

function sw8(traceId: string): string {
  const [trace, segment, service, instance, endpoint, target] = [
    traceId,
    `${traceId}-client`,
    "demo-client",
    "demo-client-1",
    "/demo",
    "127.0.0.1",
  ].map((text) => btoa(text));
  return `1-${trace}-${segment}-0-${service}-${instance}-${endpoint}-${target}`;
}
