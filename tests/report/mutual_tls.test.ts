// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "bun:test";
import { createSecureServer } from "node:http2";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { listen } from "../../lib/oap/listener.ts";
import { createProfileClient } from "../../lib/report/profile_client.ts";
import { ProfileTask } from "../../proto/gen/profile_pb.ts";
import { CERTIFICATE, KEY } from "../support/certificate.ts";
import { clock, IDENTITY, openTransport, timers } from "./support.ts";

test("shows its certificate to a backend that asks for one, which serves nobody without", async () => {
  const finished: string[] = [];
  const handler = connectNodeAdapter({
    routes: (router) =>
      router.service(ProfileTask, {
        reportTaskFinish({ taskId }) {
          finished.push(taskId);
          return {};
        },
      }),
  });
  const tls = { cert: CERTIFICATE, key: KEY, ca: CERTIFICATE, requestCert: true, rejectUnauthorized: true };
  const server = await listen(createSecureServer(tls, handler), "127.0.0.1", 0);
  const address = `127.0.0.1:${server.port}`;
  try {
    using known = openTransport(address, { tls: true, ca: CERTIFICATE, cert: CERTIFICATE, key: KEY });
    await createProfileClient(known, IDENTITY, { clock, timers }).reportTaskFinish("task-1");
    using unknown = openTransport(address, { tls: true, ca: CERTIFICATE, timeoutMs: 1_000 });
    await expect(
      createProfileClient(unknown, IDENTITY, { clock, timers }).reportTaskFinish("task-2"),
    ).rejects.toThrow();
    expect(finished).toEqual(["task-1"]);
  } finally {
    await server.close();
  }
});
