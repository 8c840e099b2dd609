// SPDX-License-Identifier: Apache-2.0

import type { StackSnapshot } from "../oap/export/timed_stack.ts";
import { serviceIdOf } from "../oap/ids.ts";
import type { Recording } from "../oap/page/data.ts";
import { CliError, messageOf } from "./cli_error.ts";

/** A profile task; times are milliseconds since 1970 and milliseconds, but for `duration`. */
export interface Task {
  readonly id: string;
  readonly serviceName: string;
  readonly endpointName: string;
  readonly startTime: number;
  /** Minutes. */
  readonly duration: number;
  readonly minDurationThreshold: number;
  readonly dumpPeriod: number;
  readonly maxSamplingCount: number;
  readonly logs: readonly TaskLog[];
}

/** What an instance of the service did with a task. */
export interface TaskLog {
  readonly instanceName: string;
  readonly operationType: "NOTIFIED" | "EXECUTION_FINISHED";
}

/** A task that is asked for. */
export interface TaskRequest
  extends Pick<
    Task,
    "endpointName" | "duration" | "minDurationThreshold" | "dumpPeriod" | "maxSamplingCount"
  > {
  readonly service: string;
}

/** A segment that was profiled. */
export interface ProfiledRequest {
  readonly traceId: string;
  readonly segmentId: string;
  readonly endpointName: string;
  readonly instanceName: string;
  /** Milliseconds since 1970. */
  readonly start: number;
  /** Milliseconds since 1970; the analysis includes it. */
  readonly end: number;
}

/** A node of a call tree as the backend tells it; durations are milliseconds. */
export interface StackElement {
  readonly id: string;
  /** `0` for a root. */
  readonly parentId: string;
  readonly codeSignature: string;
  readonly duration: number;
  readonly durationChildExcluded: number;
  readonly count: number;
}

/** The call trees of one segment. */
export interface Analysis {
  /** Says that not everything was analysed. */
  readonly tip: string | null;
  readonly trees: readonly { readonly elements: readonly StackElement[] }[];
}

/** An answer that takes longer is not waited for. */
const TIMEOUT_MS = 30_000;

const TASK_FIELDS = `id serviceName endpointName startTime duration minDurationThreshold dumpPeriod
  maxSamplingCount logs { instanceName operationType }`;

/** Asks a SkyWalking backend by GraphQL, the real one or the embedded one. Every method throws a {@link CliError}. */
export class Backend {
  readonly url: string;
  readonly #authorization: string | undefined;
  #isEmbedded: Promise<boolean> | undefined;

  /** @param authorization the value of that header */
  constructor(url: string, authorization?: string) {
    this.url = url;
    this.#authorization = authorization;
  }

  /** Creates a task and returns its id. */
  async createTask({ service, ...request }: TaskRequest): Promise<string> {
    const { id, errorReason } = await this.#ask<{ id: string | null; errorReason: string | null }>(
      `mutation ($request: ProfileTaskCreationRequest!) {
        result: createProfileTask(creationRequest: $request) { id errorReason }
      }`,
      { request: { ...request, serviceId: serviceIdOf(service) } },
    );
    // The backend gives either, and an empty reason is none.
    if (errorReason || !id)
      throw new CliError(`Cannot create the task: ${errorReason || "no reason is told"}`);
    return id;
  }

  /** The tasks of a service, or of all; the latest first. */
  async tasks(service?: string): Promise<Task[]> {
    const tasks = await this.#ask<readonly Task[]>(
      `query ($serviceId: ID) { result: getProfileTaskList(serviceId: $serviceId) { ${TASK_FIELDS} } }`,
      { serviceId: service === undefined ? undefined : serviceIdOf(service) },
    );
    return tasks.toSorted((a, b) => b.startTime - a.startTime);
  }

  /** What a task profiled, slowest first. */
  async requests(taskId: string): Promise<ProfiledRequest[]> {
    const traces = await this.#ask<readonly Trace[]>(
      `query ($id: ID!) {
        result: getProfileTaskSegments(taskID: $id) {
          traceId instanceName
          spans { spanId segmentId startTime endTime endpointName profiled }
        }
      }`,
      { id: taskId },
    );
    return traces
      .flatMap(({ traceId, instanceName, spans }) =>
        spans
          .filter(({ spanId, profiled }) => spanId === 0 && profiled)
          .map(({ segmentId, startTime, endTime, endpointName }) => ({
            traceId,
            segmentId,
            endpointName: endpointName ?? "",
            instanceName,
            start: startTime,
            end: endTime,
          })),
      )
      .sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start);
  }

  /** Analyses a segment between two instants, both inclusive. */
  analyze(segmentId: string, start: number, end: number): Promise<Analysis> {
    return this.#ask<Analysis>(
      `query ($queries: [SegmentProfileAnalyzeQuery!]!) {
        result: getSegmentsProfileAnalyze(queries: $queries) {
          tip trees { elements { id parentId codeSignature duration durationChildExcluded count } }
        }
      }`,
      { queries: [{ segmentId, timeRange: { start, end } }] },
    );
  }

  /**
   * A segment's snapshots by ascending sequence, which only the embedded backend tells: `undefined` of any other.
   */
  async snapshots(segmentId: string): Promise<StackSnapshot[] | undefined> {
    this.#isEmbedded ??= this.#ask<string | null>("{ result: version }", {}).then(
      (version) => String(version).endsWith("-embedded"),
      // A backend that does not know the question is another.
      () => false,
    );
    if (!(await this.#isEmbedded)) return undefined;
    const url = new URL("/page/snapshots", this.url);
    url.searchParams.set("segmentId", segmentId);
    const { text } = await this.#fetch(url.href, { method: "GET" });
    const { signatures, stacks, snapshots } = JSON.parse(text) as Recording;
    const read = stacks.map((frames) => frames.map((index) => signatures[index] ?? ""));
    return snapshots.map(([time, sequence, stack]) => ({ time, sequence, stack: read[stack] ?? [] }));
  }

  /** The endpoints of a service that made themselves known. */
  async endpoints(service: string): Promise<string[]> {
    const found = await this.#ask<readonly { readonly name: string }[]>(
      `query ($serviceId: ID!) { result: findEndpoint(keyword: "", serviceId: $serviceId, limit: 20) { name } }`,
      { serviceId: serviceIdOf(service) },
    );
    return found.map(({ name }) => name);
  }

  /** Asks for the field that the query calls `result`. */
  async #ask<T>(query: string, variables: Readonly<Record<string, unknown>>): Promise<T> {
    const { status, text } = await this.#fetch(this.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    const answer = parse<T>(text);
    if (answer === undefined) {
      throw new CliError(`Cannot ask the backend at ${this.url}: it answered ${status}, not GraphQL`);
    }
    if (answer.errors?.length || answer.data?.result === undefined) {
      const reasons = (answer.errors ?? []).map(({ message }) => message).join("; ");
      throw new CliError(`Cannot ask the backend at ${this.url}: ${reasons || `it answered ${status}`}`);
    }
    return answer.data.result;
  }

  async #fetch(
    url: string,
    { headers, ...init }: { method: string; headers?: Record<string, string>; body?: string },
  ): Promise<{ readonly status: number; readonly text: string }> {
    const authorization = this.#authorization;
    try {
      const response = await fetch(url, {
        ...init,
        headers: { ...headers, ...(authorization !== undefined && { authorization }) },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      throw new CliError(`Cannot reach the backend at ${this.url}: ${reasonOf(error)}`);
    }
  }
}

interface Trace {
  readonly traceId: string;
  readonly instanceName: string;
  readonly spans: readonly {
    readonly spanId: number;
    readonly segmentId: string;
    readonly startTime: number;
    readonly endTime: number;
    readonly endpointName: string | null;
    readonly profiled: boolean;
  }[];
}

interface Answer<T> {
  readonly data?: { readonly result?: T } | null;
  readonly errors?: readonly { readonly message: string }[] | null;
}

function parse<T>(text: string): Answer<T> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? (json as Answer<T>) : undefined;
  } catch {
    return undefined;
  }
}

/** Node keeps the reason in the cause; where several addresses failed, in the errors of that. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof AggregateError && cause.errors.length > 0) return messageOf(cause.errors[0]);
  return messageOf(cause);
}
