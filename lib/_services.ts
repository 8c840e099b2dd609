// SPDX-License-Identifier: Apache-2.0
import { instanceProperties } from "./_instance.ts";
import { createProfiling } from "./_profiling.ts";
import { tlsOptions } from "./_tls.ts";
import { once } from "./base/once.ts";
import type { Config } from "./config.ts";
import { installInstrumentations } from "./instrument/install_instrumentations.ts";
import type { Logger } from "./log.ts";
import { createSegmentEncoder } from "./report/encode_segment.ts";
import { createManagementClient } from "./report/management_client.ts";
import { createProfileClient } from "./report/profile_client.ts";
import { Reporter } from "./report/reporter.ts";
import { createSegmentClient } from "./report/segment_client.ts";
import { createTransport } from "./report/transport.ts";
import type { Runtime, Timers } from "./runtime/runtime.ts";
import { createIgnore } from "./trace/ignore.ts";
import { Tracer } from "./trace/tracer.ts";

/** All that runs in a started agent. */
export interface Services {
  readonly isRunning: boolean;
  /** Idempotent; never rejects. */
  readonly shutdown: () => Promise<void>;
}

/** What is left is sent within this time, or lost: nobody likes a process that does not end. */
const SHUTDOWN_MS = 2_000;

/**
 * Starts everything. What must come before the app's own code, the patches, is done when this returns; the
 * network is used and its code loaded from the event loop, when the app has been loaded.
 *
 * @throws whatever keeps the agent from starting
 */
export function startServices(runtime: Runtime, config: Config, log: Logger): Services {
  const { clock, timers, host } = runtime;
  const addresses = config.collectorBackendServices.filter((address) => host.mayConnect(address));
  if (addresses.length === 0) {
    throw new Error(`no connection is allowed to ${config.collectorBackendServices.join(", ")}`);
  }
  const identity = { service: config.serviceName, serviceInstance: config.instanceName };
  const tracer: Tracer = new Tracer({
    clock,
    timers,
    log: log.child("tracer"),
    ...identity,
    sink: (segment) => reporter.reportSegment(segment),
  });
  const transport = createTransport({
    addresses,
    protocol: config.protocol,
    token: config.authentication,
    ...tlsOptions(config, host),
    timeoutMs: config.traceTimeoutMs,
    timers,
    untraced: (call) => tracer.untraced(call),
  });
  const profileClient = createProfileClient(transport, identity, runtime);
  const reporter = new Reporter({
    management: createManagementClient(transport, identity),
    segments: createSegmentClient(transport),
    encodeSegment: createSegmentEncoder(identity),
    profile: profileClient,
    timers,
    log: log.child("reporter"),
    random: Math.random,
    properties: () => instanceProperties(host, config.instanceProperties),
    heartbeatPeriodMs: config.heartbeatPeriodMs,
    propertiesPeriodFactor: config.propertiesReportPeriodFactor,
    segmentCapacity: config.traceReporterMaxBufferSize,
    snapshotCapacity: config.profileSnapshotTransportBufferSize,
  });
  const profiling = config.profileActive
    ? createProfiling({
        runtime,
        config,
        log,
        tracer,
        client: profileClient,
        sink: (snapshots) => reporter.reportSnapshots(snapshots),
      })
    : undefined;

  const takeInstrumentationsOff = installInstrumentations(
    {
      tracer,
      log: log.child("instrument"),
      isIgnored: createIgnore({
        suffixes: config.ignoreSuffix,
        paths: config.traceIgnorePath,
        methods: config.httpIgnoreMethod,
      }),
    },
    config.disablePlugins,
  );
  timers.after(0, () => {
    if (!isRunning) return;
    reporter.start();
    profiling?.start();
  });

  let isRunning = true;
  const shutdown = once(async () => {
    isRunning = false;
    takeInstrumentationsOff();
    const deadline = clock.now() + SHUTDOWN_MS;
    await within(timers, SHUTDOWN_MS, profiling?.shutdown());
    tracer.close();
    await reporter.shutdown(Math.max(0, deadline - clock.now()));
    transport.close();
    // Only now: nothing else keeps an app that has come to its end while it waits for this.
    forgetExit();
  });
  const forgetExit = host.onExit(shutdown);
  return {
    get isRunning() {
      return isRunning;
    },
    shutdown,
  };
}

/** Waits for `work`, but no longer than `ms`. */
function within(timers: Timers, ms: number, work: Promise<void> | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = timers.after(ms, resolve);
    void Promise.resolve(work)
      .catch(() => {})
      .then(() => {
        timer.cancel();
        resolve();
      });
  });
}
