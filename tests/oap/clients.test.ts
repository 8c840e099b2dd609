// SPDX-License-Identifier: Apache-2.0
/** What `swctl` and the web page of SkyWalking ask: every field that they read, with the arguments they send. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { endpointIdOf, instanceIdOf, serviceIdOf } from "../../lib/oap/ids.ts";
import { type Oap, startOap } from "../../lib/oap/mod.ts";
import { type Answer, ask, createTask, grpcClient, segmentInit, streamOf } from "./support.ts";

const DURATION = { start: "2023-11-14 2200", end: "2023-11-14 2300", step: "MINUTE" };
const NAMES = { service: "shop", serviceInstance: "shop-1" };
const SERVICE = serviceIdOf(NAMES.service);
const INSTANCE = instanceIdOf(SERVICE, NAMES.serviceInstance);
const ENDPOINT = endpointIdOf(SERVICE, "POST:/buy");
const SPAN = `traceId segmentId spanId parentSpanId refs { traceId parentSegmentId parentSpanId type } serviceCode
  serviceInstanceName startTime endTime endpointName type peer component isError layer tags { key value }
  logs { time data { key value } }`;

let oap: Oap;
let taskId: string;
const answer = (query: string, variables: Record<string, unknown> = {}): Promise<Answer> =>
  ask(`http://127.0.0.1:${oap.restPort}/graphql`, query, variables);

beforeAll(async () => {
  oap = await startOap();
  const agent = grpcClient(oap.grpcPort);
  const properties = [{ key: "language", value: "nodejs" }];
  await agent.management.reportInstanceProperties({ ...NAMES, properties });
  taskId = await createTask(`http://127.0.0.1:${oap.restPort}/graphql`, NAMES.service);
  await agent.profile.getProfileTaskCommands({ ...NAMES, lastCommandTime: 0n });
  await agent.trace.collect(streamOf([segmentInit("s1", NAMES)]));
  const one = { taskId, traceSegmentId: "s1", time: 1_700_000_000_000n, sequence: 0 };
  await agent.profile.collectSnapshot(streamOf([{ ...one, stack: { codeSignatures: ["main"] } }]));
});
afterAll(() => oap.close());

interface Operation {
  readonly query: string;
  readonly variables?: () => Record<string, unknown>;
  readonly data: object;
}

const SERVICE_VIEW = { id: SERVICE, name: "shop", group: "", layers: ["GENERAL"], normal: true };
const INSTANCE_VIEW = {
  id: INSTANCE,
  name: "shop-1",
  language: "NODEJS",
  instanceUUID: INSTANCE,
  attributes: [],
};

const SWCTL: Readonly<Record<string, Operation>> = {
  version: { query: "query { result: version }", data: { result: expect.stringMatching(/^\d+\.\d+\./) } },
  "checkHealth, before it asks by gRPC": {
    query: "query { result: checkHealth { score details } }",
    data: { result: { score: 0, details: "" } },
  },
  "service list": {
    query: `query($duration: Duration!) { result: getAllServices(duration: $duration) {
      id name group shortName layers normal
    } }`,
    variables: () => ({ duration: DURATION }),
    data: { result: [{ ...SERVICE_VIEW, shortName: "shop" }] },
  },
  "service layer": {
    query:
      "query($layer: String!) { result: listServices(layer: $layer) { id name group shortName layers } }",
    variables: () => ({ layer: "GENERAL" }),
    data: { result: [{ id: SERVICE, name: "shop", group: "", shortName: "shop", layers: ["GENERAL"] }] },
  },
  "a service by its name": {
    query: "query($name: String!) { result: findService(serviceName: $name) { id name } }",
    variables: () => ({ name: "shop" }),
    data: { result: { id: SERVICE, name: "shop" } },
  },
  "layer list": { query: "query { result: listLayers }", data: { result: ["GENERAL"] } },
  "instance list": {
    query: `query($serviceId: ID!, $duration: Duration!) { result: listInstances(duration: $duration, serviceId: $serviceId) {
      id name language instanceUUID attributes { name value }
    } }`,
    variables: () => ({ serviceId: SERVICE, duration: { ...DURATION, coldStage: true } }),
    data: { result: [INSTANCE_VIEW] },
  },
  "endpoint list": {
    query: `query($serviceId: ID!, $keyword: String!, $limit: Int!, $duration: Duration) {
      result: findEndpoint(keyword: $keyword, serviceId: $serviceId, limit: $limit, duration: $duration) { id name }
    }`,
    variables: () => ({ serviceId: SERVICE, keyword: "", limit: 100, duration: DURATION }),
    data: { result: [{ id: ENDPOINT, name: "POST:/buy" }] },
  },
  "trace list": {
    query: `query($condition: TraceQueryCondition!) { result: queryBasicTraces(condition: $condition) {
      traces { segmentId endpointNames duration start isError traceIds }
    } }`,
    variables: () => ({
      condition: {
        traceId: "trace-of-s1",
        traceState: "ALL",
        queryOrder: "BY_START_TIME",
        paging: { pageNum: 1, pageSize: 15 },
      },
    }),
    data: {
      result: {
        traces: [
          {
            segmentId: "s1",
            endpointNames: ["POST:/buy"],
            duration: 250,
            start: "1700000000000",
            isError: false,
            traceIds: ["trace-of-s1"],
          },
        ],
      },
    },
  },
  trace: {
    query: `query($traceId: ID!) { result: queryTrace(traceId: $traceId) { spans { ${SPAN} } } }`,
    variables: () => ({ traceId: "trace-of-s1" }),
    data: { result: { spans: [expect.objectContaining({ segmentId: "s1", startTime: 1_700_000_000_000 })] } },
  },
  "trace of the cold stage": {
    query: `query($traceId: ID!, $duration: Duration!) {
      result: queryTraceFromColdStage(traceId: $traceId, duration: $duration) { spans { ${SPAN} } }
    }`,
    variables: () => ({ traceId: "trace-of-s1", duration: { ...DURATION, coldStage: true } }),
    data: { result: { spans: [expect.objectContaining({ segmentId: "s1" })] } },
  },
  "profiling trace list, with the empty names of flags that are not given": {
    query: `query($serviceId: ID, $endpointName: String) {
      result: getProfileTaskList(serviceId: $serviceId, endpointName: $endpointName) {
        id serviceId serviceName endpointName startTime duration minDurationThreshold dumpPeriod maxSamplingCount
        logs { id instanceId operationType operationTime }
      }
    }`,
    variables: () => ({ serviceId: "", endpointName: "" }),
    data: {
      result: [
        expect.objectContaining({
          serviceName: "shop",
          startTime: expect.any(Number),
          logs: [expect.objectContaining({ operationType: "NOTIFIED" })],
        }),
      ],
    },
  },
  "profiling trace logs": {
    query: `query($taskId: String) { result: getProfileTaskLogs(taskID: $taskId) {
      id instanceId instanceName operationType operationTime
    } }`,
    variables: () => ({ taskId }),
    data: {
      result: [expect.objectContaining({ instanceName: "shop-1", operationTime: expect.any(Number) })],
    },
  },
  "profiling trace segment-list": {
    query: `query($taskId: ID!) { result: getProfileTaskSegments(taskID: $taskId) {
      traceId instanceId instanceName endpointNames duration start spans { ${SPAN.replace("traceId", "")} profiled }
    } }`,
    variables: () => ({ taskId }),
    data: { result: [expect.objectContaining({ traceId: "trace-of-s1", start: "1700000000000" })] },
  },
  "profiling trace analysis": {
    query: `query($queries: [SegmentProfileAnalyzeQuery!]!) {
      result: getSegmentsProfileAnalyze(queries: $queries) {
        tip trees { elements { id parentId codeSignature duration durationChildExcluded count } }
      }
    }`,
    variables: () => ({
      queries: [{ segmentId: "s1", timeRange: { start: 1_700_000_000_000, end: 1_700_000_000_250 } }],
    }),
    data: {
      result: {
        tip: null,
        trees: [
          {
            elements: [
              {
                id: "1",
                parentId: "0",
                codeSignature: "main",
                duration: 0,
                durationChildExcluded: 0,
                count: 1,
              },
            ],
          },
        ],
      },
    },
  },
  "profiling trace create, refused": {
    query: `mutation($condition: ProfileTaskCreationRequest) {
      result: createProfileTask(creationRequest: $condition) { id errorReason }
    }`,
    variables: () => ({
      condition: {
        serviceId: SERVICE,
        endpointName: "POST:/buy",
        startTime: -1,
        duration: 1,
        minDurationThreshold: 0,
        dumpPeriod: 10,
        maxSamplingCount: 9,
      },
    }),
    data: {
      result: { id: null, errorReason: "current service already has monitor task execute at this time" },
    },
  },
};

const PAGE: Readonly<Record<string, Operation>> = {
  "the backend's time": {
    query: "query { getTimeInfo { timezone currentTimestamp } }",
    data: {
      getTimeInfo: { timezone: expect.stringMatching(/^[+-]\d{4}$/), currentTimestamp: expect.any(Number) },
    },
  },
  "its version": { query: "query { version }", data: { version: expect.any(String) } },
  "the selectors of service, instance and endpoint": {
    query: `query($s: String!, $i: String!, $e: ID!) {
      service: getService(serviceId: $s) { id value: name label: name group layers normal }
      instance: getInstance(instanceId: $i) { id value: name language instanceUUID attributes { name value } }
      endpoint: getEndpointInfo(endpointId: $e) { id value: name serviceId serviceName }
    }`,
    variables: () => ({ s: SERVICE, i: INSTANCE, e: ENDPOINT }),
    data: {
      service: { id: SERVICE, value: "shop", label: "shop", group: "", layers: ["GENERAL"], normal: true },
      instance: { id: INSTANCE, value: "shop-1", language: "NODEJS", instanceUUID: INSTANCE, attributes: [] },
      endpoint: { id: ENDPOINT, value: "POST:/buy", serviceId: SERVICE, serviceName: "shop" },
    },
  },
  "a trace, with what only eBPF and a debugger would add": {
    query: `query($traceId: ID!) { trace: queryTrace(traceId: $traceId) {
      spans { spanId attachedEvents { event startTime { seconds nanos } summary { key value } } }
      debuggingTrace { traceId spans { msg } }
    } }`,
    variables: () => ({ traceId: "trace-of-s1" }),
    data: { trace: { spans: [{ spanId: 0, attachedEvents: [] }], debuggingTrace: null } },
  },
  "what is not there": {
    query: `query { service: getService(serviceId: "none") { id } instance: getInstance(instanceId: "none") { id }
      trace: queryTrace(traceId: "none") { spans { spanId } } logs: getProfileTaskLogs(taskID: "none") { id }
      segments: getProfileTaskSegments(taskID: "none") { traceId } }`,
    data: { service: null, instance: null, trace: { spans: [] }, logs: [], segments: [] },
  },
};

for (const [client, operations] of Object.entries({ swctl: SWCTL, "the web page": PAGE })) {
  describe(`${client} is answered`, () => {
    for (const [name, { query, variables, data }] of Object.entries(operations)) {
      test(name, async () => {
        const { status, ...rest } = await answer(query, variables?.());
        expect(rest).toEqual({ data, errors: [] } as typeof rest);
        expect(status).toBe(200);
      });
    }
  });
}
