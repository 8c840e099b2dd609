// SPDX-License-Identifier: Apache-2.0

import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Oap, type OapOptions, startOap } from "../../lib/oap/mod.ts";
import type { StoredSegment, Task } from "../../lib/oap/model.ts";
import type { Store } from "../../lib/oap/store.ts";
import { MINUTE_MS, SERVICE, segmentOf, snapshotOf } from "./store_bench.ts";

const DAY_MS = 1440 * MINUTE_MS;

let folder: string;
let dataFile: string;
let now: number;
let running: Oap | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sw-agent-oap-"));
  dataFile = join(folder, "oap.db");
  now = 20_000 * DAY_MS;
});
afterEach(async () => {
  await running?.close();
  running = undefined;
  rmSync(folder, { recursive: true });
});

/** Ends the backend that runs, and starts one on the same file. */
async function restart(options: OapOptions = {}): Promise<Store> {
  await running?.close();
  running = await startOap({ dataFile, now: () => now, ...options });
  return running.store;
}

function taskOf(store: Store, serviceId: string = SERVICE): Task {
  const request = { endpointName: "GET:/", startTime: undefined, duration: 5, minDurationThreshold: 0 };
  const result = store.createTask({ serviceId, ...request, dumpPeriod: 10, maxSamplingCount: 5 });
  if ("errorReason" in result) throw new Error(result.errorReason);
  return result.task;
}

/** All that queries can see of it. */
function contentOf(store: Store): object {
  const segments = [...store.segments()];
  return {
    services: store.services(),
    instances: store.services().flatMap(({ id }) => store.instances(id)),
    endpoints: store.services().flatMap(({ id }) => store.endpoints(id)),
    tasks: store.tasks().map((task) => ({ task, logs: store.taskLogs(task.id) })),
    profiled: store.tasks().map(({ id }) => store.profiledSegmentIds(id)),
    segments,
    snapshots: segments.map(({ segmentId }) => store.snapshots(segmentId)),
  };
}

function fill(store: Store): void {
  store.addService("shop", "GENERAL");
  store.addService("shop", "FAAS");
  store.addInstance("shop", "i", [{ key: "language", value: "nodejs" }]);
  store.addEndpoint("shop", "GET:/ä😀");
  const task = taskOf(store);
  store.logTask(task.id, "i", "NOTIFIED");
  now++;
  store.logTask(task.id, "i", "EXECUTION_FINISHED");
  for (const id of ["a", "b", "c"]) {
    store.addSegment(segmentOf(id, `trace-${id}`, "x\0y\n'\""));
    if (id === "c") continue;
    for (const sequence of [1, 0, 2]) {
      store.addSnapshot(snapshotOf(id, sequence, { taskId: task.id, stack: ["main", `f${sequence % 2}`] }));
    }
  }
}

describe("a data file", () => {
  test("gives the next backend all that the last one had", async () => {
    const store = await restart();
    fill(store);
    const before = contentOf(store);
    expect(contentOf(await restart())).toEqual(before);
    expect(contentOf(await restart())).toEqual(before);
  });

  test("is gone on with: duplicates add nothing, ids rise, and stacks stay shared", async () => {
    fill(await restart());
    const [first] = (running?.store.tasks() ?? []) as [Task];
    const store = await restart();
    store.addSegment(segmentOf("a", "other"));
    store.addSnapshot(snapshotOf("a", 0, { taskId: first.id, stack: ["second"] }));
    store.addSnapshot(snapshotOf("a", 3, { taskId: first.id, stack: ["main", "f1"] }));
    now -= 5 * MINUTE_MS;
    const second = taskOf(store, "b3RoZXI=.1");
    expect(second.createTime).toBeGreaterThan(first.createTime);
    const before = contentOf(store);
    const again = await restart();
    expect(contentOf(again)).toEqual(before);
    expect(again.segment("a")?.traceId).toBe("trace-a");
    const stacks = again.snapshots("a").map(({ stack }) => stack);
    expect(stacks).toHaveLength(4);
    expect(new Set(stacks).size).toBe(2);
    await running?.close();
    using database = new Database(dataFile);
    expect(database.query("SELECT count(*) AS n FROM stack").get()).toEqual({ n: 4 });
  });

  test("is as bounded as the store", async () => {
    const limits = { segments: 4, snapshots: 6, tasks: 2, logs: 3, services: 2, instances: 2, endpoints: 2 };
    const store = await restart({ limits });
    for (let n = 0; n < 20; n++) {
      const task = taskOf(store, `c${n}=.1`);
      for (let i = 0; i < 5; i++) store.logTask(task.id, `i${i}`, "NOTIFIED");
      store.addService(`s${n}`, "GENERAL");
      store.addInstance(`s${n}`, "i");
      store.addEndpoint(`s${n}`, "GET:/");
      store.addSegment(segmentOf(`n${n}`));
      for (const sequence of [0, 1]) store.addSnapshot(snapshotOf(`n${n}`, sequence, { stack: [`f${n}`] }));
    }
    const before = contentOf(store);
    await running?.close();
    const database = new Database(dataFile);
    const count = (table: string) => database.query(`SELECT count(*) AS n FROM ${table}`).get();
    expect(
      Object.fromEntries(["segment", "snapshot", "stack", "task", "log", "entity"].map((t) => [t, count(t)])),
    ).toEqual({
      segment: { n: 4 },
      snapshot: { n: 6 },
      stack: { n: 3 },
      task: { n: 2 },
      log: { n: 6 },
      entity: { n: 6 },
    });
    database.close();
    expect(contentOf(await restart({ limits }))).toEqual(before);
  });

  test("does without a stack only when no segment needs it, whoever shares the object", async () => {
    const stack = ["main", "shared"];
    const limits = { snapshots: 2 };
    const store = await restart({ limits });
    for (const id of ["a", "b", "c", "a"]) store.addSnapshot(snapshotOf(id, 0, { stack }));
    const again = await restart({ limits });
    expect(["a", "b", "c"].map((id) => again.snapshots(id).map((one) => one.stack))).toEqual([
      [stack],
      [],
      [stack],
    ]);
  });

  test("shrinks to lower limits, for the next start with the old ones as well", async () => {
    const store = await restart();
    for (let n = 0; n < 5; n++) store.addSegment(segmentOf(`n${n}`));
    expect([...(await restart({ limits: { segments: 2 } })).segments()]).toHaveLength(2);
    expect([...(await restart()).segments()].map(({ segmentId }) => segmentId)).toEqual(["n3", "n4"]);
  });

  test("does not grow with what comes and goes", async () => {
    const limits = { segments: 50, snapshots: 100 };
    const text = "x".repeat(2000);
    const sizeAfter = async (rounds: number) => {
      const store = await restart({ limits });
      for (let n = 0; n < rounds; n++) {
        const id = `${now}-${rounds}-${n}`;
        store.addSnapshot(snapshotOf(id, 0, { stack: [text] }));
        store.addSegment(segmentOf(id, id, text));
        store.commit();
      }
      await running?.close();
      return statSync(dataFile).size;
    };
    const early = await sizeAfter(300);
    expect(await sizeAfter(3000)).toBeLessThan(early * 1.5);
  });

  test("keeps what is as old as it may be and lets go what is older, also while the backend runs", async () => {
    const keepMs = 2 * DAY_MS;
    fill(await restart({ keepMs }));
    now += DAY_MS;
    const store = await restart({ keepMs });
    store.addSegment(segmentOf("young"));
    store.addInstance("shop", "young");
    const kept = [...store.segments()].map(({ segmentId }) => segmentId);
    expect(kept).toEqual(["c", "young", "a", "b"]);
    now += DAY_MS - 1;
    expect([...(await restart({ keepMs })).segments()]).toHaveLength(4);
    now += MINUTE_MS * 6;
    for (const after of [await restart({ keepMs }), await restart({ keepMs })]) {
      expect([...after.segments()].map(({ segmentId }) => segmentId)).toEqual(["young"]);
      expect(after.snapshots("a")).toEqual([]);
      expect(after.tasks()).toEqual([]);
      expect(after.services()).toEqual([]);
      expect(after.instances(SERVICE).map(({ name }) => name)).toEqual(["young"]);
    }
    running?.store.expire(now + 1);
    expect([...(running?.store.segments() ?? [])]).toEqual([]);
    expect([...(await restart({ keepMs })).segments()]).toEqual([]);
  });

  test("holds any number that an agent may send", async () => {
    const store = await restart();
    const time = Number(2n ** 63n - 1n);
    store.addSnapshot(snapshotOf("a", -(2 ** 31), { time }));
    store.addSegment({ ...segmentOf("a"), startTime: time } satisfies StoredSegment);
    const again = await restart();
    expect(again.snapshots("a")).toEqual([snapshotOf("a", -(2 ** 31), { time })]);
    expect(again.segment("a")?.startTime).toBe(time);
  });
});

describe("a file that cannot be used is told, and left as it is:", () => {
  test("something that is no database", async () => {
    writeFileSync(dataFile, "a letter to my grandmother, which is long enough to be no empty database");
    await expect(restart()).rejects.toThrow(`Cannot open ${dataFile}: file is not a database`);
    expect(readFileSync(dataFile, "utf8")).toStartWith("a letter");
  });

  test("the database of something else, or of another version", async () => {
    for (const sql of ["CREATE TABLE recipe (name TEXT)", "PRAGMA user_version = 2"]) {
      rmSync(dataFile, { force: true });
      const database = new Database(dataFile);
      database.run(sql);
      database.close();
      const before = readFileSync(dataFile);
      await expect(restart()).rejects.toThrow("it is the database of something else, or of another version");
      expect(readFileSync(dataFile)).toEqual(before);
    }
  });

  test("one that another backend has open", async () => {
    await restart();
    await expect(startOap({ dataFile })).rejects.toThrow(
      `Cannot open ${dataFile}: another backend has it open`,
    );
  });

  test("one in a folder that is not there", async () => {
    await expect(startOap({ dataFile: join(folder, "none/oap.db") })).rejects.toThrow("Cannot open");
  });

  test("one with a row that nobody can read", async () => {
    fill(await restart());
    await running?.close();
    const database = new Database(dataFile);
    database.run("UPDATE segment SET value = '{' WHERE id = 'b'");
    database.close();
    await expect(restart()).rejects.toThrow(`Cannot read ${dataFile}: `);
  });
});

for (const action of ["ABORT", "ROLLBACK"]) {
  test(`what cannot be written (${action}) is told once and stays in memory; later writes go on`, async () => {
    fill(await restart());
    await running?.close();
    const database = new Database(dataFile);
    database.run(`CREATE TRIGGER full BEFORE INSERT ON segment WHEN NEW.id LIKE 'bad%'
      BEGIN SELECT RAISE(${action}, 'the disk is full'); END`);
    database.close();
    const errors: string[] = [];
    const store = await restart({ onError: ({ message }) => errors.push(message) });
    store.addSnapshot(snapshotOf("bad", 0, { stack: ["lost"] }));
    store.addEndpoint("shop", "GET:/lost");
    for (const id of ["bad", "bad2"]) store.addSegment(segmentOf(id));
    expect(errors).toEqual([`Cannot write to ${dataFile}: the disk is full`]);
    expect(store.segment("bad2")?.segmentId).toBe("bad2");
    store.addSnapshot(snapshotOf("bad", 1, { stack: ["lost"] }));
    store.addEndpoint("shop", "GET:/lost");
    store.addSegment(segmentOf("good"));
    store.commit();
    store.addSegment(segmentOf("bad3"));
    expect(errors).toHaveLength(2);
    const again = await restart();
    expect([...again.segments()].map(({ segmentId }) => segmentId)).toEqual(["c", "good", "a", "b"]);
    expect(again.snapshots("bad")).toEqual([snapshotOf("bad", 1, { stack: ["lost"] })]);
    expect(again.endpoints(SERVICE).map(({ name }) => name)).toContain("GET:/lost");
  });
}

test("a port that is taken lets the file go", async () => {
  await using other = await startOap();
  await expect(startOap({ dataFile, grpcPort: other.grpcPort })).rejects.toThrow();
  await expect(startOap({ dataFile, restPort: other.restPort })).rejects.toThrow();
  await restart();
});
