// SPDX-License-Identifier: Apache-2.0

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { serviceIdOf } from "../../lib/oap/ids.ts";
import { type Oap, startOap } from "../../lib/oap/mod.ts";
import {
  type AgentClient,
  askFor,
  connectClient,
  createTask,
  grpcClient,
  segmentInit,
  streamOf,
} from "./support.ts";

const START = 1_700_000_000_000;

let oap: Oap;
let url: string;
let agent: AgentClient;

beforeAll(async () => {
  oap = await startOap({ now: () => START });
  url = `http://127.0.0.1:${oap.restPort}/graphql`;
  agent = grpcClient(oap.grpcPort);
});
afterAll(() => oap.close());

for (const protocol of ["gRPC", "Connect over HTTP/1.1"]) {
  test(`${protocol}: an agent reports, is given a task, and what it sends comes out as a call tree`, async () => {
    const client = protocol === "gRPC" ? agent : connectClient(oap.restPort);
    const service = `whole ${protocol}`;
    const names = { service, serviceInstance: "i" };
    await client.management.reportInstanceProperties({
      ...names,
      properties: [{ key: "language", value: "NodeJS" }],
    });
    await client.management.keepAlive({ ...names, layer: "" });
    const taskId = await createTask(url, service);
    const { commands } = await client.profile.getProfileTaskCommands({ ...names, lastCommandTime: 0n });
    expect(commands[0]?.args.find(({ key }) => key === "TaskId")?.value).toBe(taskId);
    const ids = [`${service}-a`, `${service}-b`];
    await client.trace.collect(streamOf(ids.slice(0, 1).map((id) => segmentInit(id, names))));
    await client.trace.collectInSync({ segments: ids.slice(1).map((id) => segmentInit(id, names)) });
    await client.profile.collectSnapshot(
      streamOf(
        ids.flatMap((traceSegmentId) =>
          [0, 1, 2].map((sequence) => ({
            taskId,
            traceSegmentId,
            time: BigInt(START + sequence * 10),
            sequence,
            stack: { codeSignatures: ["main", "buy"] },
          })),
        ),
      ),
    );
    await client.profile.reportTaskFinish({ ...names, taskId });

    const segments = await askFor<unknown[]>(
      url,
      `query($id: ID!) { getProfileTaskSegments(taskID: $id) {
        instanceName endpointNames duration start spans { segmentId component layer type profiled }
      } }`,
      { id: taskId },
    );
    expect(segments).toEqual(
      ids.map((segmentId) => ({
        instanceName: "i",
        endpointNames: ["POST:/buy"],
        duration: 250,
        start: String(START),
        spans: [{ segmentId, component: "http", layer: "Http", type: "Entry", profiled: true }],
      })),
    );
    const analysis = await askFor(
      url,
      `query($q: [SegmentProfileAnalyzeQuery!]!) { getSegmentsProfileAnalyze(queries: $q) {
        tip trees { elements { id parentId codeSignature duration durationChildExcluded count } }
      } }`,
      { q: [{ segmentId: ids[0], timeRange: { start: START, end: START + 250 } }] },
    );
    expect(analysis).toEqual({
      tip: null,
      trees: [
        {
          elements: [
            {
              id: "1",
              parentId: "0",
              codeSignature: "main",
              duration: 20,
              durationChildExcluded: 0,
              count: 3,
            },
            {
              id: "2",
              parentId: "1",
              codeSignature: "buy",
              duration: 20,
              durationChildExcluded: 20,
              count: 3,
            },
          ],
        },
      ],
    });
    const [task] = await askFor<unknown[]>(
      url,
      `query($s: ID) { getProfileTaskList(serviceId: $s) {
        serviceName endpointName startTime duration logs { operationType instanceName }
      } }`,
      { s: serviceIdOf(service) },
    );
    expect(task).toEqual({
      serviceName: service,
      endpointName: "POST:/buy",
      startTime: START,
      duration: 5,
      logs: ["EXECUTION_FINISHED", "NOTIFIED"].map((operationType) => ({ operationType, instanceName: "i" })),
    });
    const [instance] = await askFor<unknown[]>(
      url,
      `query($s: ID!) { listInstances(serviceId: $s, duration: {
        start: "2023-01-01", end: "2023-01-02", step: DAY, coldStage: false
      }) { name language attributes { name value } } }`,
      { s: serviceIdOf(service) },
    );
    expect(instance).toEqual({ name: "i", language: "NODEJS", attributes: [] });
  });
}

describe("a token", () => {
  for (const protocol of ["gRPC", "Connect over HTTP/1.1"]) {
    test(`${protocol}: a call with another or none is refused, one with it is served`, async () => {
      await using guarded = await startOap({ token: "secret" });
      const { management, trace } =
        protocol === "gRPC" ? grpcClient(guarded.grpcPort) : connectClient(guarded.restPort);
      const call = (token?: string) =>
        management.keepAlive(
          { service: "s", serviceInstance: "i" },
          token === undefined ? {} : { headers: { authentication: token } },
        );
      for (const token of [undefined, "wrong"]) {
        const error = await call(token).catch((reason: unknown) => reason);
        expect(ConnectError.from(error).code).toBe(Code.PermissionDenied);
      }
      const streamed = await trace
        .collect(streamOf([segmentInit("refused")]))
        .catch((reason: unknown) => reason);
      expect(ConnectError.from(streamed).code).toBe(Code.PermissionDenied);
      expect(guarded.store.segment("refused")).toBeUndefined();
      expect(guarded.store.services()).toEqual([]);
      await call("secret");
      expect(guarded.store.services()).toHaveLength(1);
    });
  }
});

describe("ports", () => {
  test("a port that is taken is an error and leaves the other one free", async () => {
    const first = await startOap();
    await first.close();
    const { grpcPort, restPort } = first;
    const taken = oap.grpcPort;
    await expect(startOap({ grpcPort: taken, restPort })).rejects.toThrow();
    await expect(startOap({ grpcPort, restPort: taken })).rejects.toThrow();
    await using again = await startOap({ grpcPort, restPort });
    expect([again.grpcPort, again.restPort]).toEqual([grpcPort, restPort]);
  });

  test("closing ends open streams, frees both ports and may be called again", async () => {
    const first = await startOap();
    const { grpcPort, restPort } = first;
    const client = grpcClient(grpcPort);
    const { promise: forever, resolve: release } = Promise.withResolvers<void>();
    const stream = client.trace.collect(
      (async function* () {
        yield segmentInit("open");
        await forever;
      })(),
    );
    const ended = stream.catch((reason: unknown) => reason);
    while (first.store.segment("open") === undefined) await Bun.sleep(5);
    await Promise.all([first.close(), first.close()]);
    expect(await ended).toBeInstanceOf(ConnectError);
    release();
    await using again = await startOap({ grpcPort, restPort });
    expect([again.grpcPort, again.restPort]).toEqual([grpcPort, restPort]);
  });
});
