// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "bun:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { startOap } from "../../../lib/oap/mod.ts";
import { Health, HealthCheckResponse_ServingStatus } from "../../../proto/gen/health_pb.ts";

test("the backend tells that it serves, as a whole and of no part", async () => {
  await using oap = await startOap();
  const baseUrl = `http://127.0.0.1:${oap.grpcPort}`;
  const health = createClient(Health, createGrpcTransport({ baseUrl, idleConnectionTimeoutMs: 100 }));
  const { status } = await health.check({ service: "" });
  expect(status).toBe(HealthCheckResponse_ServingStatus.SERVING);
  const error = await health
    .check({ service: "skywalking.v3.ProfileTask" })
    .catch((reason: unknown) => reason);
  expect(ConnectError.from(error).code).toBe(Code.NotFound);
});
