// SPDX-License-Identifier: Apache-2.0

import { serviceIdOf } from "../../../lib/oap/ids.ts";
import { askFor, type SegmentInit, streamOf } from "../support.ts";
import { byKey, type Comparison } from "./comparison.ts";
import { recordingOf, traceOf } from "./data.ts";

const SPAN = `spanId parentSpanId segmentId refs { traceId parentSegmentId parentSpanId type } serviceCode
  serviceInstanceName startTime endTime endpointName type peer component isError layer tags { key value }
  logs { time data { key value } }`;

interface Spans {
  readonly spans: readonly { readonly segmentId: string; readonly spanId: number }[];
}

const sortedSpans = <T extends Spans>(item: T): T => ({
  ...item,
  spans: byKey(item.spans, ({ segmentId, spanId }) => `${segmentId} ${spanId}`),
});

/** Which requests a task caught, whole traces, and what segments tell of services and endpoints. */
export async function compareSegments(comparison: Comparison): Promise<void> {
  const { noon, random } = comparison;
  const service = comparison.name("segments");
  const names = { service, instances: ["i-1", "i-2"] };
  const tasks = await comparison.createTasks("segments");
  const traces = Array.from({ length: 30 }, (_, n) =>
    traceOf(random, { ...names, traceId: comparison.name(`t${n}`) }, noon - 500),
  );
  const segments: SegmentInit[] = traces.flat();
  const profiled = segments.filter(() => random(3) === 0).map(({ traceSegmentId }) => traceSegmentId ?? "");
  await comparison.onBoth((side) => side.agent.trace.collect(streamOf(segments)));
  await comparison.sendRecordings(
    tasks,
    profiled.map((segmentId) => recordingOf(random, segmentId, noon, 2)),
  );
  await comparison.settled("segments of a task", async (side) => {
    const requests = await askFor<(Spans & { start: string })[]>(
      side.url,
      `query($t: ID!) { getProfileTaskSegments(taskID: $t) {
        traceId instanceId instanceName endpointNames duration start spans { ${SPAN} profiled }
      } }`,
      { t: tasks.get(side) },
    );
    return byKey(requests.map(sortedSpans), (request) => JSON.stringify(request));
  });
  for (const [segment] of traces) {
    await comparison.settled(`trace ${segment?.traceId}`, async (side) =>
      sortedSpans(
        await askFor<Spans>(
          side.url,
          `query($t: ID!) { queryTrace(traceId: $t) { spans { traceId ${SPAN} } } }`,
          {
            t: segment?.traceId,
          },
        ),
      ),
    );
  }
  await comparison.settled("service", async (side) => {
    const found = await askFor<{ layers: string[] } | null>(
      side.url,
      "query($n: String!) { findService(serviceName: $n) { id name group shortName layers normal } }",
      { n: service },
    );
    return found === null ? null : { ...found, layers: found.layers.toSorted() };
  });
  await comparison.settled("endpoints", async (side) =>
    byKey(
      await askFor<{ name: string }[]>(
        side.url,
        'query($s: ID!) { findEndpoint(serviceId: $s, keyword: "GET", limit: 100) { id name } }',
        { s: serviceIdOf(service) },
      ),
      ({ name }) => name,
    ),
  );
}
