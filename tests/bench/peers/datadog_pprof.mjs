// SPDX-License-Identifier: Apache-2.0
/** The wall profiler by which Datadog's agent profiles requests, at the interval of our tasks; a profile a minute. */
import { time } from "@datadog/pprof";

time.start({ intervalMicros: 10_000, durationMillis: 60_000, withContexts: true });
setInterval(() => time.stop(true), 60_000).unref();
