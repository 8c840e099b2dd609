// SPDX-License-Identifier: Apache-2.0
/** Waits for what Bun's own clients give: each function at one line, and for nothing else. */
import process from "node:process";

const { REDIS_PORT, POSTGRES_PORT, S3_PORT } = process.env;

const redis = new Bun.RedisClient(`redis://127.0.0.1:${REDIS_PORT}`);
const sql = new Bun.SQL(`postgres://app:app@127.0.0.1:${POSTGRES_PORT}/app`, { max: 1 });
const s3 = new Bun.S3Client({
  accessKeyId: "key",
  secretAccessKey: "secret",
  bucket: "bucket",
  endpoint: `http://127.0.0.1:${S3_PORT}`,
});
const { connected } = await redis.connect().then(() => redis);
await sql.unsafe("select 1");

/** What each says that it got: the app is told what it would be without the agent. */
const FUNCTIONS: Record<string, () => Promise<unknown>> = {
  async get() {
    return await redis.get("key");
  },
  async duplicated() {
    const copy = await redis.duplicate();
    const got = await copy.get("key");
    copy.close();
    return got;
  },
  async query() {
    const rows = await sql`select ${1}`;
    return rows[0]?.value;
  },
  async simple() {
    const rows = await sql.unsafe("select 1");
    return rows[0]?.value;
  },
  async begun() {
    return await sql.begin(async function transaction(tx) {
      const rows = await tx`select 1`;
      return rows[0]?.value;
    });
  },
  async shell() {
    return await Bun.$`sleep 0.03; echo key`.text();
  },
  async file() {
    return await s3.file("key").text();
  },
  async exists() {
    return await s3.exists("key");
  },
  async stream() {
    const { stdout } = Bun.spawn(["sh", "-c", "sleep 0.03; echo key"]);
    return await Bun.readableStreamToText(stdout);
  },
};

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch() {
    const got: Record<string, unknown> = { connected };
    for (const [name, call] of Object.entries(FUNCTIONS)) got[name] = await call();
    return Response.json(got);
  },
});
process.stdout.write(`listening ${server.port}\n`);
