// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "bun:test";
import { instanceIdOf, serviceIdOf } from "../../lib/oap/ids.ts";
import type { Snapshot, StoredSegment, TaskRequest } from "../../lib/oap/model.ts";
import { Store, type Stored, type StoreLimits } from "../../lib/oap/store.ts";

const SERVICE = serviceIdOf("shop");
const MINUTE_MS = 60_000;

interface Bench {
  readonly store: Store;
  /** Milliseconds since 1970; tests move it. */
  now: number;
  readonly full: [kind: Stored, limit: number][];
}

function bench(limits: Partial<StoreLimits> = {}): Bench {
  const full: Bench["full"] = [];
  const self: Bench = {
    now: 1_000_000 * MINUTE_MS,
    full,
    store: new Store({ limits, now: () => self.now, onFull: (kind, limit) => full.push([kind, limit]) }),
  };
  return self;
}

function segmentOf(segmentId: string, traceId: string = segmentId, text = ""): StoredSegment {
  return {
    traceId,
    segmentId,
    service: "shop",
    instance: "i",
    serviceId: SERVICE,
    instanceId: instanceIdOf(SERVICE, "i"),
    endpointName: "GET:/",
    startTime: 0,
    duration: 1,
    isError: false,
    spans: [
      {
        spanId: 0,
        parentSpanId: -1,
        startTime: 0,
        endTime: 1,
        refs: [],
        operationName: text,
        peer: "",
        type: "Entry",
        layer: "Http",
        componentId: 49,
        isError: false,
        tags: [],
        logs: [],
        skipAnalysis: false,
      },
    ],
  };
}

function snapshotOf(segmentId: string, sequence: number, options: Partial<Snapshot> = {}): Snapshot {
  return { taskId: "task", segmentId, sequence, time: sequence, stack: ["main"], ...options };
}

function requestOf(options: Partial<TaskRequest> = {}): TaskRequest {
  return {
    serviceId: SERVICE,
    endpointName: "GET:/",
    startTime: undefined,
    duration: 5,
    minDurationThreshold: 0,
    dumpPeriod: 10,
    maxSamplingCount: 5,
    ...options,
  };
}

function created(result: ReturnType<Store["createTask"]>): string {
  if ("errorReason" in result) throw new Error(result.errorReason);
  return result.task.id;
}

function refused(result: ReturnType<Store["createTask"]>): string | undefined {
  return "errorReason" in result ? result.errorReason : undefined;
}

describe("segments", () => {
  test("at the limit all stay, beyond it the oldest trace goes as a whole", () => {
    const { store, full } = bench({ segments: 3 });
    for (const id of ["a1", "a2", "b1"]) store.addSegment(segmentOf(id, id.slice(0, 1)));
    expect(full).toEqual([]);
    store.addSegment(segmentOf("c1", "c"));
    expect(["a1", "a2", "b1", "c1"].filter((id) => store.segment(id) !== undefined)).toEqual(["b1", "c1"]);
    expect(store.trace("a")).toEqual([]);
    expect(store.dropped.segments).toBe(2);
    expect(full).toEqual([["segments", 3]]);
  });

  test("that something goes is said once", () => {
    const { store, full } = bench({ segments: 1 });
    for (const id of ["a", "b", "c", "d"]) store.addSegment(segmentOf(id));
    expect(store.dropped.segments).toBe(3);
    expect(full).toHaveLength(1);
  });

  test("a trace with snapshots outlives newer ones without, whichever of the two came first", () => {
    const { store } = bench({ segments: 4 });
    store.addSegment(segmentOf("early"));
    store.addSnapshot(snapshotOf("early", 0));
    store.addSnapshot(snapshotOf("late", 0));
    store.addSegment(segmentOf("late"));
    for (let n = 0; n < 20; n++) store.addSegment(segmentOf(`n${n}`));
    expect(store.segment("early")?.segmentId).toBe("early");
    expect(store.segment("late")?.segmentId).toBe("late");
    expect(store.segment("n19")?.segmentId).toBe("n19");
    expect(store.dropped.segments).toBe(18);
  });

  test("profiled traces have half of the room", () => {
    const { store } = bench({ segments: 4 });
    for (let n = 0; n < 9; n++) {
      store.addSnapshot(snapshotOf(`p${n}`, 0));
      store.addSegment(segmentOf(`p${n}`));
    }
    store.addSegment(segmentOf("n0"));
    store.addSegment(segmentOf("n1"));
    expect(["p6", "p7", "p8", "n0", "n1"].filter((id) => store.segment(id))).toEqual([
      "p7",
      "p8",
      "n0",
      "n1",
    ]);
  });

  test("a trace that alone is too large makes room for itself", () => {
    const { store } = bench({ segments: 2 });
    for (const id of ["1", "2", "3"]) store.addSegment(segmentOf(id, "t"));
    expect(store.trace("t").map(({ segmentId }) => segmentId)).toEqual(["3"]);
  });

  test("long texts count", () => {
    const { store, full } = bench({ chars: 2000 });
    store.addSegment(segmentOf("a", "a", "x".repeat(700)));
    store.addSegment(segmentOf("b", "b", "x".repeat(700)));
    expect(full).toEqual([]);
    store.addSegment(segmentOf("c", "c", "x".repeat(700)));
    expect(["a", "b", "c"].filter((id) => store.segment(id))).toEqual(["b", "c"]);
  });

  test("one that comes again adds nothing", () => {
    const { store } = bench();
    store.addSegment(segmentOf("a", "t"));
    store.addSegment(segmentOf("a", "t", "again"));
    expect(store.trace("t").map(({ spans }) => spans[0]?.operationName)).toEqual([""]);
  });
});

describe("snapshots", () => {
  test("they come in the order of their sequence, whatever order they arrived in", () => {
    const { store } = bench();
    for (const sequence of [2, 0, 3, 1]) store.addSnapshot(snapshotOf("a", sequence));
    expect(store.snapshots("a").map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3]);
    expect(store.snapshots("none")).toEqual([]);
  });

  test("one with the same task, segment and sequence adds nothing", () => {
    const { store } = bench();
    store.addSnapshot(snapshotOf("a", 0, { stack: ["first"] }));
    store.addSnapshot(snapshotOf("a", 0, { stack: ["second"] }));
    store.addSnapshot(snapshotOf("a", 0, { stack: ["third"], taskId: "other" }));
    expect(store.snapshots("a").map(({ stack }) => stack[0])).toEqual(["first", "third"]);
  });

  test("a stack that comes again is stored once", () => {
    const { store } = bench();
    for (const sequence of [0, 1]) store.addSnapshot(snapshotOf("a", sequence, { stack: ["main", "f"] }));
    const [first, second] = store.snapshots("a");
    expect(first?.stack).toEqual(["main", "f"]);
    expect(second?.stack).toBe(first?.stack);
  });

  test("a task lists the segments whose sequence 0 came for it", () => {
    const { store } = bench();
    store.addSnapshot(snapshotOf("a", 1));
    store.addSnapshot(snapshotOf("b", 0));
    store.addSnapshot(snapshotOf("c", 0, { taskId: "other" }));
    expect(store.profiledSegmentIds("task")).toEqual(["b"]);
    store.addSnapshot(snapshotOf("a", 0));
    expect(store.profiledSegmentIds("task")).toEqual(["a", "b"]);
  });

  test("at the limit all stay, beyond it the segment that was profiled first loses all of its own", () => {
    const { store, full } = bench({ snapshots: 4 });
    for (const id of ["a", "b"]) for (const sequence of [0, 1]) store.addSnapshot(snapshotOf(id, sequence));
    expect(full).toEqual([]);
    store.addSnapshot(snapshotOf("b", 2));
    expect(store.snapshots("a")).toEqual([]);
    expect(store.snapshots("b")).toHaveLength(3);
    expect(store.dropped.snapshots).toBe(2);
    expect(full).toEqual([["snapshots", 4]]);
  });

  test("a segment that alone is too large loses what comes last", () => {
    const { store } = bench({ snapshots: 2 });
    for (const sequence of [0, 1, 2]) store.addSnapshot(snapshotOf("a", sequence));
    expect(store.snapshots("a").map(({ sequence }) => sequence)).toEqual([0, 1]);
    expect(store.dropped.snapshots).toBe(1);
  });

  test("distinct stacks count by their length", () => {
    const { store } = bench({ chars: 100 });
    store.addSnapshot(snapshotOf("a", 0, { stack: ["x".repeat(60)] }));
    store.addSnapshot(snapshotOf("a", 1, { stack: ["x".repeat(60)] }));
    store.addSnapshot(snapshotOf("b", 0, { stack: ["y".repeat(40)] }));
    expect(store.dropped.snapshots).toBe(0);
    store.addSnapshot(snapshotOf("b", 1, { stack: ["z"] }));
    expect(store.dropped.snapshots).toBe(2);
    expect(store.snapshots("b")).toHaveLength(2);
  });
});

describe("tasks", () => {
  const invalid: [Partial<TaskRequest>, string | undefined][] = [
    [{ serviceId: "" }, "service cannot be null"],
    [{ endpointName: "  " }, "endpoint name cannot be empty"],
    [{ duration: 0 }, "monitor duration must greater than 1 minutes"],
    [{ duration: 1 }, undefined],
    [{ minDurationThreshold: -1 }, "min duration threshold must greater than or equals zero"],
    [{ maxSamplingCount: 0 }, "max sampling count must greater than zero"],
    [{ maxSamplingCount: 1 }, undefined],
    [{ duration: 15 }, undefined],
    [{ duration: 16 }, "The duration of the monitoring task cannot be greater than 15 minutes"],
    [{ dumpPeriod: 9 }, "dump period must be greater than or equals 10 milliseconds"],
    [{ maxSamplingCount: 9 }, undefined],
    [{ maxSamplingCount: 10 }, "max sampling count must less than 10"],
  ];
  for (const [options, reason] of invalid) {
    test(`${JSON.stringify(options)} is ${reason === undefined ? "accepted" : "refused"}`, () => {
      expect(refused(bench().store.createTask(requestOf(options)))).toBe(reason);
    });
  }

  test("of several reasons the first one is told", () => {
    const { store } = bench();
    const wrong = { duration: 16, minDurationThreshold: -1, dumpPeriod: 1, maxSamplingCount: 10 };
    expect(refused(store.createTask(requestOf(wrong)))).toStartWith("min duration threshold");
    expect(refused(store.createTask(requestOf({ ...wrong, minDurationThreshold: 0 })))).toStartWith(
      "The duration",
    );
    expect(
      refused(store.createTask(requestOf({ ...wrong, duration: 15, minDurationThreshold: 0 }))),
    ).toStartWith("dump period");
  });

  test("one is refused until the end of the service's last, whatever their endpoints, and others' do not matter", () => {
    const self = bench();
    created(self.store.createTask(requestOf()));
    const overlap = "current service already has monitor task execute at this time";
    self.now += 5 * MINUTE_MS;
    expect(refused(self.store.createTask(requestOf({ endpointName: "GET:/b" })))).toBe(overlap);
    created(self.store.createTask(requestOf({ serviceId: serviceIdOf("other") })));
    self.now += 1;
    created(self.store.createTask(requestOf()));
  });

  test("one that ends before another starts is accepted", () => {
    const self = bench();
    created(self.store.createTask(requestOf({ startTime: self.now + 60 * MINUTE_MS })));
    created(self.store.createTask(requestOf()));
    expect(self.store.tasks(SERVICE).map(({ startTime }) => startTime)).toEqual([
      self.now + 60 * MINUTE_MS,
      self.now,
    ]);
  });

  test("a start of 0 or less is now; the endpoint is trimmed", () => {
    for (const startTime of [undefined, 0, -1]) {
      const { store, now } = bench();
      const id = created(store.createTask(requestOf({ startTime, endpointName: " GET:/ " })));
      expect(store.task(id)).toMatchObject({
        startTime: now,
        endpointName: "GET:/",
        id: `${now}_${SERVICE}`,
      });
    }
  });

  test("creation times rise though the clock stands or goes back", () => {
    const self = bench();
    const ids = ["a", "b", "c"].map((name) => {
      self.now -= 1000;
      return created(self.store.createTask(requestOf({ serviceId: serviceIdOf(name) })));
    });
    const times = ids.map((id) => self.store.task(id)?.createTime ?? 0);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).toBe(3);
  });

  test("beyond the limits the oldest tasks and logs go", () => {
    const self = bench({ tasks: 2, logs: 2 });
    const ids = ["a", "b", "c"].map((name) =>
      created(self.store.createTask(requestOf({ serviceId: serviceIdOf(name) }))),
    );
    expect(ids.map((id) => self.store.task(id) !== undefined)).toEqual([false, true, true]);
    const id = ids[2] ?? "";
    for (const instance of ["i1", "i2", "i3"]) self.store.logTask(id, instance, "NOTIFIED");
    self.store.logTask("unknown", "i1", "NOTIFIED");
    expect(self.store.taskLogs(id).map(({ instanceId }) => instanceId)).toEqual(["i3", "i2"]);
    expect(self.store.taskLogs("unknown")).toEqual([]);
    expect(self.full).toEqual([
      ["tasks", 2],
      ["logs", 2],
    ]);
  });
});

describe("services, instances, endpoints", () => {
  test("names are cut to SkyWalking's limits", () => {
    const { store } = bench();
    expect(store.addService("s".repeat(71), "GENERAL").name).toBe("s".repeat(70));
    expect(store.addInstance("shop", "i".repeat(71)).name).toBe("i".repeat(70));
    store.addEndpoint("shop", "e".repeat(151));
    expect(store.endpoints(SERVICE)[0]?.name).toBe("e".repeat(150));
  });

  test("a blank name has an id", () => {
    expect(bench().store.addService(" ", "GENERAL")).toMatchObject({ id: "X2JsYW5r.1", name: "_blank" });
  });

  test("a service collects its layers, an instance keeps its properties through a ping", () => {
    const { store } = bench();
    store.addService("shop", "GENERAL");
    store.addService("shop", "FAAS");
    expect(store.addService("shop", "GENERAL").layers).toEqual(["GENERAL", "FAAS"]);
    store.addInstance("shop", "i", [{ key: "language", value: "nodejs" }]);
    store.addInstance("shop", "i");
    expect(store.instances(SERVICE)[0]?.properties).toEqual([{ key: "language", value: "nodejs" }]);
  });

  test("beyond the limit the one that was not seen for longest goes", () => {
    const { store } = bench({ services: 2 });
    for (const name of ["a", "b", "a", "c"]) store.addService(name, "GENERAL");
    expect(store.services().map(({ name }) => name)).toEqual(["a", "c"]);
    expect(store.dropped.services).toBe(1);
  });
});
