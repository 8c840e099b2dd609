// SPDX-License-Identifier: Apache-2.0
/** What an operator does with a backend, over its GraphQL: the real one's or the embedded one's. */

/** A new profile task, in the backend's units. */
export interface TaskRequest {
  readonly service: string;
  readonly endpointName: string;
  /** Milliseconds since 1970. @default now */
  readonly startTime?: number;
  /** Minutes. */
  readonly duration: number;
  readonly minDurationThreshold: number;
  readonly dumpPeriod: number;
  readonly maxSamplingCount: number;
}

export interface ProfiledSpan {
  readonly spanId: number;
  readonly segmentId: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly profiled: boolean;
  readonly endpointName: string;
}

export interface ProfiledSegment {
  readonly traceId: string;
  readonly instanceName: string;
  readonly endpointNames: readonly string[];
  readonly duration: number;
  readonly start: string;
  readonly spans: readonly ProfiledSpan[];
}

export interface StackElement {
  readonly id: string;
  readonly parentId: string;
  readonly codeSignature: string;
  readonly duration: number;
  readonly durationChildExcluded: number;
  readonly count: number;
}

export interface Analysis {
  readonly tip: string | null;
  readonly trees: readonly { readonly elements: readonly StackElement[] }[];
}

/** Base64 of UTF-8 and `.1`: how the backend names a normal service. */
export function serviceId(service: string): string {
  return `${btoa(String.fromCharCode(...new TextEncoder().encode(service)))}.1`;
}

/** A client of one backend. Every method throws with the backend's own words when it refuses. */
export class BackendClient {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async ask<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const response = await fetch(this.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    const answer = (await response.json()) as { data?: T; errors?: readonly { message: string }[] };
    if (!answer.data || answer.errors?.length) {
      throw new Error(`Cannot ask ${this.url}: ${answer.errors?.map((error) => error.message).join("; ")}`);
    }
    return answer.data;
  }

  /** Creates a task and returns its id. */
  async createTask({ service, ...task }: TaskRequest): Promise<string> {
    const { result } = await this.ask<{ result: { id: string | null; errorReason: string | null } }>(
      `mutation ($request: ProfileTaskCreationRequest!) {
        result: createProfileTask(creationRequest: $request) { id errorReason }
      }`,
      { request: { ...task, serviceId: serviceId(service) } },
    );
    if (!result.id) throw new Error(`Cannot create the task: ${result.errorReason}`);
    return result.id;
  }

  /** What the agents reported of a task: NOTIFIED, EXECUTION_FINISHED. */
  async taskLogs(taskId: string): Promise<readonly string[]> {
    const { result } = await this.ask<{ result: readonly { operationType: string }[] }>(
      "query ($id: String) { result: getProfileTaskLogs(taskID: $id) { operationType } }",
      { id: taskId },
    );
    return result.map((log) => log.operationType);
  }

  async taskSegments(taskId: string): Promise<readonly ProfiledSegment[]> {
    const { result } = await this.ask<{ result: readonly ProfiledSegment[] }>(
      `query ($id: ID!) {
        result: getProfileTaskSegments(taskID: $id) {
          traceId instanceName endpointNames duration start
          spans { spanId segmentId startTime endTime profiled endpointName }
        }
      }`,
      { id: taskId },
    );
    return result;
  }

  /** Analyses a segment between two instants, in milliseconds since 1970, both inclusive. */
  async analyze(segmentId: string, start: number, end: number): Promise<Analysis> {
    const { result } = await this.ask<{ result: Analysis }>(
      `query ($queries: [SegmentProfileAnalyzeQuery!]!) {
        result: getSegmentsProfileAnalyze(queries: $queries) {
          tip trees { elements { id parentId codeSignature duration durationChildExcluded count } }
        }
      }`,
      { queries: [{ segmentId, timeRange: { start, end } }] },
    );
    return result;
  }
}

/** Asks again every 100 ms until `probe` gives a value; throws with `what` after `timeoutMs`. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  timeoutMs: number,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`Cannot see ${what}: not within ${timeoutMs} ms`, { cause: last });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
