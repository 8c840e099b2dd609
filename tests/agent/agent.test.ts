// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { until } from "../support/backend_client.ts";
import { settled } from "../support/settled.ts";
import { type Installed, RUN_BUILT, RUN_SOURCES, run } from "../support/spawn.ts";
import { APP, BUILT, endpoints, SOURCE, startApp, startBackend, sw8 } from "./support.ts";

const WAIT_MS = 15_000;

describe.each([...RUN_BUILT])("agent on %s", (runtime) => {
  test("reports a request and its instance", async () => {
    await using backend = await startBackend();
    const { oap } = backend;
    await using app = await startApp(runtime, { env: backend.env("shop") });
    expect(await app.get("/slow?q=1")).toBe("slow");
    await until("the request", async () => endpoints(backend, "shop").includes("GET:/slow"), WAIT_MS);
    const [service] = oap.store.services().filter(({ name }) => name === "shop");
    const instance = await until(
      "the instance's properties",
      async () => oap.store.instances(service?.id ?? "").find(({ properties }) => properties.length > 0),
      WAIT_MS,
    );
    const properties = Object.fromEntries(instance.properties.map(({ key, value }) => [key, value]));
    expect(properties).toMatchObject({
      language: "nodejs",
      "OS Name": "Linux",
      "Process No.": String(app.running.child.pid),
    });
    expect(properties.runtime).toStartWith(runtime.replace(/\d+$/, ""));
    expect(instance.name).toMatch(/^[0-9a-f]{32}@./);
    app.running.kill("SIGTERM");
    expect((await app.running.ended).stderr).toBe("");
  });

  test("follows a call by a function that the app imported by its name", async () => {
    await using backend = await startBackend();
    await using app = await startApp(runtime, { env: backend.env("shop") });
    await app.get("/call", { sw8: sw8("trace-1") });
    const found = await until(
      "both requests",
      async () => {
        const found = backend.oap.store.trace("trace-1");
        return found.length === 2 && found;
      },
      WAIT_MS,
    );
    const calling = found.find(({ endpointName }) => endpointName === "GET:/call");
    const called = found.find(({ endpointName }) => endpointName === "GET:/fast");
    expect(calling?.spans.map(({ type }) => type).sort()).toEqual(["Entry", "Exit"]);
    expect(called?.spans[0]?.refs).toMatchObject([
      { parentSegmentId: calling?.segmentId, parentSpanId: 1, type: "CROSS_PROCESS" },
    ]);
  });

  /** What is off in how a request that waits for 60 ms is told. */
  async function offInSlow(): Promise<string[]> {
    await using backend = await startBackend();
    await using app = await startApp(runtime, { env: backend.env("shop") });
    const taskId = await backend.client.createTask({
      service: "shop",
      endpointName: "GET:/slow",
      duration: 1,
      minDurationThreshold: 20,
      dumpPeriod: 10,
      maxSamplingCount: 1,
    });
    await until(
      "that the agent has the task",
      async () => (await backend.client.taskLogs(taskId)).includes("NOTIFIED"),
      WAIT_MS,
    );
    const segment = await until(
      "a profiled request",
      async () => {
        await app.get("/slow");
        return (await backend.client.taskSegments(taskId))[0];
      },
      WAIT_MS,
    );
    const [span] = segment.spans;
    const { segmentId = "", startTime = 0, endTime = 0 } = span ?? {};
    // The segment is listed by its first snapshot: the others may still be on their way.
    const elements = await until(
      "the whole of the request",
      async () => {
        const { trees } = await backend.client.analyze(segmentId, startTime, endTime);
        const found = trees.flatMap((tree) => tree.elements);
        return (found[0]?.duration ?? 0) >= endTime - startTime && found;
      },
      WAIT_MS,
    );
    const names = elements.map(({ codeSignature }) => codeSignature);
    expect(names[0]).toBe("(request GET:/slow)");
    const found = (pattern: RegExp) => elements.find(({ codeSignature }) => pattern.test(codeSignature));
    const calling = found(/^answerSlowly .*app\.mjs:\d+\)$/);
    const called = found(/^loadOrder .*app\.mjs:\d+\)$/);
    expect(found(/^\(waiting for setTimeout .*app\.mjs:\d+\)$/)).toBeDefined();
    const least = 59; // Both ends are cut to whole milliseconds.
    return Object.entries({ answerSlowly: calling?.duration, loadOrder: called?.duration })
      .filter(([, duration = 0]) => duration < least)
      .map(([name, duration]) => `${name}: ${duration} ms, at least ${least}`);
  }

  test("profiles a slow request and tells where it waited", () => settled(offInSlow, 3));

  test("sends what is left when the process ends by itself, and leaves its exit code alone", async () => {
    await using backend = await startBackend();
    const { code, stderr } = await run(runtime, APP, {
      preload: BUILT,
      args: ["once"],
      env: backend.env("brief"),
    });
    expect(stderr).toBe("");
    expect(code).toBe(5);
    expect(endpoints(backend, "brief")).toContain("GET:/slow");
  });

  test("does nothing at all when it is disabled", async () => {
    await using backend = await startBackend();
    const env = { ...backend.env("shop"), SW_DISABLE: "true" };
    await using app = await startApp(runtime, { env });
    await app.get("/slow");
    const code =
      "[typeof globalThis[Symbol.for('@sw/agent')], fetch.toString(), setTimeout.toString(), process.listenerCount('beforeExit')]";
    const traces = await app.evaluate(code);
    await using bare = await startApp(runtime, { env, preload: "" });
    expect(traces).toEqual(await bare.evaluate(code));
    expect(backend.oap.store.services()).toEqual([]);
  });

  test("lets the app run on while the backend is away, and end at once", async () => {
    const env = { SW_AGENT_NAME: "lonely", SW_AGENT_COLLECTOR_BACKEND_SERVICES: "127.0.0.1:1" };
    const from = performance.now();
    const { code, stderr } = await run(runtime, APP, { preload: BUILT, args: ["once"], env });
    expect(code).toBe(5);
    expect(performance.now() - from).toBeLessThan(6_000);
    const [line, ...more] = stderr.trimEnd().split("\n");
    expect(line).toMatch(
      /^\[sw-agent\] WARN (?:reporter|command): Cannot \w+ \w+: 127\.0\.0\.1:1: .*ECONNREFUSED/,
    );
    // What could not be sent is told once more at the end.
    expect(
      more.filter((line) => !/WARN reporter: \d+ segments and snapshots were not sent$/.test(line)),
    ).toEqual([]);
  });

  test("reports a bad variable and goes on with the default", async () => {
    await using backend = await startBackend();
    const env = { ...backend.env("shop"), SW_AGENT_PROFILE_MAX_PARALLEL: "many" };
    const { code, stderr } = await run(runtime, APP, { preload: BUILT, args: ["once"], env });
    expect(stderr).toBe(
      '[sw-agent] WARN Cannot use SW_AGENT_PROFILE_MAX_PARALLEL: expected a whole number from 1 to 100, got "many"\n',
    );
    expect(code).toBe(5);
    expect(endpoints(backend, "shop")).toContain("GET:/slow");
  });
});

describe.each([...RUN_SOURCES])("agent on %s, from its sources", (runtime) => {
  test("is one agent however often it is loaded", async () => {
    await using backend = await startBackend();
    const { code, stderr } = await run(runtime, APP, {
      preload: SOURCE,
      flags: loadedToo(runtime),
      args: ["once"],
      env: backend.env("twice"),
    });
    expect(stderr).toBe("");
    expect(code).toBe(5);
    const { store } = backend.oap;
    const [service] = store.services();
    expect(store.instances(service?.id ?? "")).toHaveLength(1);
    expect(endpoints(backend, "twice")).toContain("GET:/slow");
  });
});

/** Loads the built agent before the other one. */
function loadedToo(runtime: Installed): string[] {
  if (runtime === "deno") return ["-A", "--preload", BUILT];
  return [runtime === "bun" ? "--preload" : "--import", BUILT];
}

test("agent on Deno reports with the network and its settings alone", async () => {
  await using backend = await startBackend();
  const { code, stderr } = await run("deno", APP, {
    preload: BUILT,
    args: ["once"],
    flags: ["--allow-net", "--allow-env"],
    env: backend.env("frugal"),
  });
  expect(stderr).toBe("");
  expect(code).toBe(5);
  expect(endpoints(backend, "frugal")).toContain("GET:/slow");
});
