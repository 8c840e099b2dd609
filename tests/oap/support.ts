// SPDX-License-Identifier: Apache-2.0
/** Clients of a backend, the embedded one or a real one: what an agent and an operator would use. */

import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { serviceIdOf } from "../../lib/oap/ids.ts";
import { ManagementService } from "../../proto/gen/management_pb.ts";
import { ProfileTask, type ThreadSnapshotSchema } from "../../proto/gen/profile_pb.ts";
import {
  type SegmentObjectSchema,
  type SpanObjectSchema,
  TraceSegmentReportService,
} from "../../proto/gen/tracing_pb.ts";

/** The fields of a message, without the message itself. */
type Init<T extends DescMessage> = Exclude<MessageInitShape<T>, { readonly $typeName: string }>;
export type SegmentInit = Init<typeof SegmentObjectSchema>;
export type SpanInit = Init<typeof SpanObjectSchema>;
export type SnapshotInit = Init<typeof ThreadSnapshotSchema>;

/** What an agent calls. */
export interface AgentClient {
  readonly management: Client<typeof ManagementService>;
  readonly trace: Client<typeof TraceSegmentReportService>;
  readonly profile: Client<typeof ProfileTask>;
}

/** An agent's client by gRPC. */
export function grpcClient(port: number, host = "127.0.0.1"): AgentClient {
  return clientOf(createGrpcTransport({ baseUrl: `http://${host}:${port}`, idleConnectionTimeoutMs: 500 }));
}

/** An agent's client by the Connect protocol over HTTP/1.1. */
export function connectClient(port: number): AgentClient {
  return clientOf(createConnectTransport({ baseUrl: `http://127.0.0.1:${port}`, httpVersion: "1.1" }));
}

function clientOf(transport: Transport): AgentClient {
  return {
    management: createClient(ManagementService, transport),
    trace: createClient(TraceSegmentReportService, transport),
    profile: createClient(ProfileTask, transport),
  };
}

/** An answer to a query; tests look into it by name. */
export interface Answer {
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly errors: readonly { readonly message: string }[];
}

/** Asks by GraphQL, with JSON. */
export async function ask(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Answer> {
  return await post(url, "application/json", JSON.stringify({ query, variables }));
}

/** Sends a body to GraphQL as it is. */
export async function post(url: string, contentType: string, body: string): Promise<Answer> {
  const response = await fetch(url, { method: "POST", headers: { "content-type": contentType }, body });
  const { data, errors } = (await response.json()) as Partial<Answer>;
  return { status: response.status, data: data ?? {}, errors: errors ?? [] };
}

/** Asks for one field, which must be answered. */
export async function askFor<T>(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<T> {
  const { data, errors } = await ask(url, query, variables);
  if (errors.length > 0) throw new Error(`Cannot ask ${query}: ${JSON.stringify(errors)}`);
  return Object.values(data)[0] as T;
}

/** Items as a client stream sends them. */
export async function* streamOf<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

/** A segment of one entry span. */
export function segmentInit(segmentId: string, options: Partial<SegmentInit> = {}): SegmentInit {
  return {
    traceId: `trace-of-${segmentId}`,
    traceSegmentId: segmentId,
    service: "shop",
    serviceInstance: "shop-1",
    spans: [
      {
        spanId: 0,
        parentSpanId: -1,
        startTime: 1_700_000_000_000n,
        endTime: 1_700_000_000_250n,
        operationName: "POST:/buy",
        spanType: 0,
        spanLayer: 3,
        componentId: 49,
      },
    ],
    ...options,
  };
}

/** Creates a task of a service, by default one that starts now, and returns its id. */
export async function createTask(
  url: string,
  service: string,
  options: Record<string, unknown> = {},
): Promise<string> {
  const { id, errorReason } = await askFor<{ id: string; errorReason: string | null }>(
    url,
    "mutation($r: ProfileTaskCreationRequest) { createProfileTask(creationRequest: $r) { id errorReason } }",
    {
      r: {
        serviceId: serviceIdOf(service),
        endpointName: "POST:/buy",
        duration: 5,
        minDurationThreshold: 0,
        dumpPeriod: 10,
        maxSamplingCount: 3,
        ...options,
      },
    },
  );
  if (errorReason !== null) throw new Error(`Cannot create a task: ${errorReason}`);
  return id;
}
