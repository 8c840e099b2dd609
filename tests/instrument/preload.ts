// SPDX-License-Identifier: Apache-2.0
/**
 * Loaded before an app: traces it with the runtime's own clock, and prints each finished segment and what the
 * listener is told as one line of JSON.
 */
import { installInstrumentations } from "../../lib/instrument/install_instrumentations.ts";
import { createLogger } from "../../lib/log.ts";
import { selectRuntime } from "../../lib/runtime/select.ts";
import { createIgnore } from "../../lib/trace/ignore.ts";
import type { Segment } from "../../lib/trace/segment.ts";
import type { Span } from "../../lib/trace/span.ts";
import { Tracer } from "../../lib/trace/tracer.ts";

const { clock, timers, host } = selectRuntime();
const service = host.env("TEST_SERVICE") ?? "app";
const log = createLogger({ level: "debug", write: host.writeError, now: clock.now });

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function toSpan(span: Span, { epochOffset }: Segment): object {
  const { id, parentId, kind, operationName, component, layer, peer, isError, refs, startedAt, endedAt } =
    span;
  const tags = Object.fromEntries(span.tags.map(({ key, value }) => [key, value]));
  const logs = span.logs.map(({ data }) => Object.fromEntries(data.map(({ key, value }) => [key, value])));
  const times = { startTime: startedAt + epochOffset, endTime: (endedAt ?? 0) + epochOffset };
  return { id, parentId, kind, operationName, component, layer, peer, isError, tags, logs, refs, ...times };
}

const tracer = new Tracer({
  clock,
  timers,
  log,
  service,
  serviceInstance: `${service}@test`,
  sink: (segment) =>
    print({
      segmentId: segment.id,
      traceId: segment.traceId,
      spans: segment.spans.map((span) => toSpan(span, segment)),
    }),
});

const event = (name: string) => (segment: Segment) =>
  print({ event: name, segmentId: segment.id, name: segment.operationName });
tracer.addListener({
  started: event("started"),
  entered: event("entered"),
  left: event("left"),
  renamed: event("renamed"),
  ended: event("ended"),
});

const context = {
  tracer,
  log,
  isIgnored: createIgnore({ suffixes: [".css"], paths: ["/internal/**"], methods: ["OPTIONS"] }),
};
const undo = installInstrumentations(context, []);
// A second copy of the agent finds the first one's patches.
installInstrumentations(context, []);

/** For the apps of these tests only: they know nothing of the agent otherwise. */
Reflect.set(globalThis, "agentUnderTest", {
  undo,
  untraced: (fn: () => unknown) => tracer.untraced(fn),
  put: (key: string, value: string) => tracer.current()?.segment.correlation.put(key, value),
});
