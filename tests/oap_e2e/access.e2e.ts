// SPDX-License-Identifier: Apache-2.0
/** Backends that do not let everybody in: by a token, over TLS, over mutual TLS. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type BackendClient, serviceId, until } from "../support/backend_client.ts";
import type { Installed } from "../support/spawn.ts";
import { profile, request, SETTLE_MS, startApp } from "./operator.ts";
import { makeCertificates, type RealOap, type RealOapOptions, startRealOap } from "./real_oap.ts";

const RUNTIMES: readonly Installed[] = ["node24", "bun", "deno"];
const TOKEN = "a-token";

let certs: string;
/** Those of an authority that the backend does not know, and that does not know the backend. */
let others: string;
beforeAll(() => {
  certs = makeCertificates();
  others = makeCertificates();
});
afterAll(() => {
  for (const folder of [certs, others]) rmSync(folder, { recursive: true, force: true });
});

const ca = (folder: string) => ({ SW_AGENT_SSL_TRUSTED_CA_PATH: join(folder, "ca.pem") });
const client = (folder: string) => ({
  SW_AGENT_SSL_CERT_CHAIN_PATH: join(folder, "client.pem"),
  SW_AGENT_SSL_KEY_PATH: join(folder, "client-key.pem"),
});

type Env = Record<string, string>;

interface Way {
  readonly name: string;
  readonly options: () => RealOapOptions;
  readonly accepted: () => Env;
  /** Environments of agents that are refused, by what is wrong. */
  readonly refused: () => Readonly<Record<string, Env>>;
}

const WAYS: readonly Way[] = [
  {
    name: "a token",
    options: () => ({ token: TOKEN }),
    accepted: () => ({ SW_AGENT_AUTHENTICATION: TOKEN }),
    refused: () => ({ "no token": {}, "another token": { SW_AGENT_AUTHENTICATION: "another" } }),
  },
  {
    name: "TLS with a certificate authority of one's own",
    options: () => ({ tlsDir: certs }),
    accepted: () => ca(certs),
    refused: () => ({
      "plain text": {},
      "trust in the runtime's authorities": { SW_AGENT_FORCE_TLS: "true" },
      "trust in another authority": ca(others),
    }),
  },
  {
    name: "mutual TLS and a token",
    options: () => ({ tlsDir: certs, mutual: true, token: TOKEN }),
    accepted: () => ({ ...ca(certs), ...client(certs), SW_AGENT_AUTHENTICATION: TOKEN }),
    refused: () => ({
      "no certificate": { ...ca(certs), SW_AGENT_AUTHENTICATION: TOKEN },
      "a certificate of another authority": {
        ...ca(certs),
        ...client(others),
        SW_AGENT_AUTHENTICATION: TOKEN,
      },
      "a certificate without the token": { ...ca(certs), ...client(certs) },
    }),
  },
];

async function isKnown(backend: BackendClient, service: string): Promise<boolean> {
  const { r } = await backend.ask<{ r: object | null }>(
    "query($s: String!) { r: getService(serviceId: $s) { id } }",
    {
      s: serviceId(service),
    },
  );
  return r !== null;
}

for (const { name, options, accepted, refused } of WAYS) {
  describe(`a backend that asks for ${name}`, () => {
    let real: RealOap;
    beforeAll(async () => {
      real = await startRealOap(options());
    }, 120_000);
    afterAll(() => real?.[Symbol.asyncDispose]());

    test("takes segments and snapshots of those who have it, on each runtime", async () => {
      await Promise.all(
        RUNTIMES.map(async (runtime) => {
          await using app = await startApp(runtime, "accepted", real.grpc, { env: accepted() });
          const taskId = await profile(real.client, app, "/waiting", 1);
          await request(app, "/waiting", `${app.service}-0`);
          await until(
            `a profiled request on ${runtime}`,
            async () => (await real.client.taskSegments(taskId)).length === 1,
            SETTLE_MS,
          );
        }),
      );
    }, 120_000);

    test("knows nothing of others, whose agents say that they are refused while their apps go on", async () => {
      const cases = Object.entries(refused()).flatMap(([wrong, env]) =>
        RUNTIMES.map((runtime) => ({ wrong, env, runtime })),
      );
      const said: Record<string, string> = {};
      for (const { wrong, env, runtime } of cases) {
        await using app = await startApp(runtime, "refused", real.grpc, { env });
        let stderr = "";
        app.running.child.stderr?.on("data", (text: string) => {
          stderr += text;
        });
        expect(await request(app, "/waiting", `${app.service}-0`)).toMatchObject({
          request: expect.any(Number),
        });
        await until(
          `that the agent with ${wrong} on ${runtime} complains`,
          async () => /WARN|ERROR/.test(stderr),
          20_000,
        );
        expect(await isKnown(real.client, app.service)).toBe(false);
        said[`${wrong} on ${runtime}`] = stderr;
      }
      for (const text of Object.values(said)) expect(text).toContain(real.grpc);
    }, 180_000);
  });
}
