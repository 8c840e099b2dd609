// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startOap } from "../../lib/oap/mod.ts";
import { Tree } from "../support/call_tree.ts";
import { ProfiledApp } from "../support/profiled_app.ts";
import { slowPostgres, slowRedis } from "../support/slow_servers.ts";
import { ROOT } from "../support/spawn.ts";
import { backendOf, settled } from "./truth.ts";

const PROGRAM = "tests/e2e/bun_clients_app.ts";
const DELAY_MS = 30;
/** What each function waits for, and the code of its line. */
const WAITS: Readonly<Record<string, readonly [label: string, code: string]>> = {
  get: ["redis.get", 'await redis.get("key")'],
  duplicated: ["redis.get", 'await copy.get("key")'],
  query: ["Bun.SQL", "await sql`select"],
  simple: ["Bun.SQL", 'rows = await sql.unsafe("select 1")'],
  transaction: ["Bun.SQL", "await tx`select 1`"],
  shell: ["Bun.$", "await Bun.$`"],
  file: ["S3File.text", 'await s3.file("key").text()'],
  exists: ["S3Client.exists", 'await s3.exists("key")'],
  stream: ["Bun.readableStreamToText", "await Bun.readableStreamToText("],
};

const LINES = readFileSync(join(ROOT, PROGRAM), "utf8").split("\n");

async function off(): Promise<string[]> {
  using redis = await slowRedis(DELAY_MS);
  using postgres = await slowPostgres(DELAY_MS);
  using s3 = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch() {
      await Bun.sleep(DELAY_MS);
      return new Response("key");
    },
  });
  await using oap = await startOap();
  const env = {
    REDIS_PORT: String(redis.port),
    POSTGRES_PORT: String(postgres.port),
    S3_PORT: String(s3.port),
  };
  await using app = new ProfiledApp("bun", { program: PROGRAM, path: "/clients", env }, backendOf(oap));
  await app.arm();
  const requests = await app.profile();
  return requests.flatMap(({ truth, elements }) => {
    // The app gets what it would without the agent.
    expect<object>(truth).toEqual({
      connected: true,
      get: "key",
      duplicated: "key",
      query: "1",
      simple: "1",
      begun: "1",
      shell: "key\n",
      file: "key",
      exists: true,
      stream: "key\n",
    });
    const tree = new Tree(elements);
    return Object.entries(WAITS).flatMap(([name, [label, code]]) => {
      const ms = tree.waitingAt(name, 1 + LINES.findIndex((line) => line.includes(code)), label);
      return ms >= DELAY_MS - 5 ? [] : [`${name} waited ${ms} ms for ${label}`];
    });
  });
}

test(
  "what Bun's own clients are waited for is told at the line that does, on bun",
  () => settled(off),
  90_000,
);
