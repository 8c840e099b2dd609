// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "bun:test";
import { serviceIdOf } from "../../lib/oap/ids.ts";
import type { TaskRequest } from "../../lib/oap/model.ts";
import type { Store } from "../../lib/oap/store.ts";
import { bench, MINUTE_MS, SERVICE } from "./store_bench.ts";

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
