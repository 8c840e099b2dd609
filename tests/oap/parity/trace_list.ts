// SPDX-License-Identifier: Apache-2.0

import { endpointIdOf, instanceIdOf, serviceIdOf } from "../../../lib/oap/ids.ts";
import { timeText } from "../../support/time_text.ts";
import { askFor, type SegmentInit, streamOf } from "../support.ts";
import { byKey, type Comparison } from "./comparison.ts";
import { traceOf } from "./data.ts";

interface BasicTrace {
  readonly segmentId: string;
  readonly duration: number;
  readonly start: string;
}

/** Which segments are listed under many conditions, in which order and on which page. */
export async function compareTraceLists(comparison: Comparison): Promise<void> {
  const { noon, random } = comparison;
  const service = comparison.name("list");
  const instances = ["i-1", "i-2"];
  const segments: SegmentInit[] = Array.from({ length: 40 }, (_, n) =>
    traceOf(
      random,
      { service, instances, traceId: comparison.name(`l${n}`) },
      noon - random(4) * 3_600_000 - random(120) * 1000,
    ),
  ).flat();
  await comparison.onBoth((side) => side.agent.trace.collect(streamOf(segments)));
  const serviceId = serviceIdOf(service);
  const steps = ["DAY", "HOUR", "MINUTE", "SECOND"] as const;
  const either = <T>(value: T): T | undefined => (random(3) === 0 ? value : undefined);
  for (let n = 0; n < 60; n++) {
    const step = steps[random(4)] ?? "DAY";
    const duration = {
      start: timeText(noon - random(5) * 3_600_000, step),
      end: timeText(noon - random(2) * 3_600_000, step),
      step,
    };
    const traceId = random(8) === 0 ? segments[random(segments.length)]?.traceId : undefined;
    const condition = {
      serviceId,
      traceId,
      queryDuration: n % 10 === 9 && traceId !== undefined ? undefined : duration,
      serviceInstanceId: either(instanceIdOf(serviceId, instances[random(2)] ?? "")),
      endpointId: either(endpointIdOf(serviceId, `GET:/${random(4)}`)),
      minTraceDuration: either(random(300)),
      maxTraceDuration: either(100 + random(400)),
      traceState: ["ALL", "SUCCESS", "ERROR"][random(3)],
      queryOrder: random(2) === 0 ? "BY_START_TIME" : "BY_DURATION",
      tags: either([{ key: ["http.method", "nobody.knows"][random(2)], value: ["GET", "PUT"][random(2)] }]),
    };
    const list = async (url: string, paging: object) =>
      (
        await askFor<{ traces: BasicTrace[] }>(
          url,
          `query($c: TraceQueryCondition) { queryBasicTraces(condition: $c) {
            traces { segmentId endpointNames duration start isError traceIds } debuggingTrace { traceId }
          } }`,
          { c: { ...condition, paging } },
        )
      ).traces;
    await comparison.settled(`list ${n} ${JSON.stringify(condition)}`, async ({ url }) =>
      byKey(await list(url, { pageNum: 1, pageSize: 1000 }), ({ segmentId }) => segmentId),
    );
    // Equal ones may come in any order, so only what they are ordered by can be compared.
    const paging = { pageNum: random(4) === 0 ? undefined : random(4), pageSize: random(6) };
    const key = condition.queryOrder === "BY_DURATION" ? "duration" : "start";
    await comparison.once(`page ${n} ${JSON.stringify({ ...condition, paging })}`, async ({ url }) =>
      (await list(url, paging)).map((trace) => trace[key]),
    );
  }
  const duration = { start: timeText(noon, "DAY"), end: timeText(noon, "DAY"), step: "DAY" };
  await comparison.once("tags", async ({ url }) => {
    const { length } = await askFor<string[]>(
      url,
      'query($d: Duration!) { queryTraceTagAutocompleteValues(tagKey: "nobody.knows", duration: $d) }',
      { d: duration },
    );
    const keys = await askFor<string[]>(
      url,
      "query($d: Duration!) { queryTraceTagAutocompleteKeys(duration: $d) }",
      { d: duration },
    );
    return { length, known: keys.includes("http.method") };
  });
  const [first] = segments;
  const endpointId = endpointIdOf(serviceId, "GET:/0");
  const ids = { s: serviceId, i: instanceIdOf(serviceId, first?.serviceInstance ?? ""), e: endpointId };
  await comparison.settled("by id", async ({ url }) => {
    const instance = await askFor<object>(
      url,
      "query($i: String!) { getInstance(instanceId: $i) { id name language instanceUUID attributes { name } } }",
      { i: ids.i },
    );
    const endpoint = await askFor<object>(
      url,
      "query($e: ID!) { getEndpointInfo(endpointId: $e) { id name serviceId serviceName } }",
      { e: ids.e },
    );
    const health = await askFor<object>(url, "{ checkHealth { score details } }");
    const { timezone } = await askFor<{ timezone: string }>(url, "{ getTimeInfo { timezone } }");
    return { instance, endpoint, health, timezone };
  });
}
