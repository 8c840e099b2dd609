// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { startOap } from "../../lib/oap/mod.ts";
import { FORMS } from "../demo/forms.ts";
import { median } from "../demo/print.ts";
import { ProfiledApp } from "../demo/session.ts";
import { BackendClient } from "../support/backend_client.ts";
import type { Installed } from "../support/spawn.ts";

const RUNTIMES: readonly Installed[] = ["node22", "node24", "bun", "deno"];

/**
 * The demo's bounds are for a quiet machine; here a nominal wait may be late by this much more. A tree without
 * edges, without callers or with somebody else's samples is off by 16 ms and more (joined.md).
 */
const MACHINE_NOISE_MS = 5;

describe("the slow app's times", () => {
  for (const runtime of RUNTIMES) {
    for (const form of FORMS) {
      test(`are told right on ${runtime}, ${form.name}`, async () => {
        await using oap = await startOap();
        const client = new BackendClient(`http://127.0.0.1:${oap.restPort}/graphql`);
        await using app = new ProfiledApp(runtime, form, { grpc: `127.0.0.1:${oap.grpcPort}`, client });
        await app.arm();
        const requests = await app.profile();
        const names = requests[0]?.figures.map(({ name }) => name) ?? [];
        expect(names.length).toBeGreaterThan(0);
        for (const name of names) {
          const figures = requests.flatMap((request) =>
            request.figures.filter((figure) => figure.name === name),
          );
          const error = median(figures.map(({ told, truth }) => told - truth));
          const bound = (figures[0]?.tolerance ?? 0) + (name === "foreign code" ? 0 : MACHINE_NOISE_MS);
          expect({ name, isNear: Math.abs(error) <= bound, error, bound }).toMatchObject({ isNear: true });
        }
      }, 60_000);
    }
  }
});
