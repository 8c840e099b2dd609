// SPDX-License-Identifier: Apache-2.0
/**
 * What the web page asks for beside GraphQL: SkyWalking's schema has no figures of endpoints without its metrics,
 * and of a profiled segment it gives the call tree, but not its snapshots in the order of time. Both are this
 * backend's own and no part of that schema.
 *
 * @module
 */

import type { StoredSegment } from "./model.ts";
import type { EndpointOverview, Recording, ServiceOverview } from "./page/data.ts";
import type { Store } from "./store.ts";

/** All services, in the order of their names. */
export function overview(store: Store): ServiceOverview[] {
  const durations = durationsByEndpoint(store.segments());
  return store
    .services()
    .map(({ id, name }) => ({
      id,
      name,
      instances: store.instances(id).map((instance) => {
        const property = (key: string) => instance.properties.find((pair) => pair.key === key)?.value;
        return { name: instance.name, runtime: property("runtime") ?? property("language") ?? "" };
      }),
      endpoints: store
        .endpoints(id)
        .map((endpoint) => figuresOf(endpoint.name, durations.get(`${id}\0${endpoint.name}`)))
        .sort((a, b) => b.slowest - a.slowest || (a.name < b.name ? -1 : 1)),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface Durations {
  readonly all: number[];
  errors: number;
}

function durationsByEndpoint(segments: Iterable<StoredSegment>): Map<string, Durations> {
  const found = new Map<string, Durations>();
  for (const { serviceId, endpointName, duration, isError } of segments) {
    const key = `${serviceId}\0${endpointName}`;
    const durations = found.get(key) ?? { all: [], errors: 0 };
    durations.all.push(duration);
    if (isError) durations.errors++;
    found.set(key, durations);
  }
  return found;
}

function figuresOf(name: string, durations: Durations = { all: [], errors: 0 }): EndpointOverview {
  const sorted = durations.all.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return {
    name,
    requests: sorted.length,
    errors: durations.errors,
    median: at(0.5),
    p95: at(0.95),
    slowest: at(1),
  };
}

/** The snapshots of a segment; none if there is no such segment. */
export function recordingOf(store: Store, segmentId: string): Recording {
  const signatures = new Map<string, number>();
  const stacks = new Map<string, number>();
  const written: (readonly number[])[] = [];
  const indexOf = <T>(map: Map<T, number>, key: T): number => {
    const index = map.get(key) ?? map.size;
    map.set(key, index);
    return index;
  };
  const snapshots = store.snapshots(segmentId).map(({ time, sequence, stack }) => {
    const frames = stack.map((signature) => indexOf(signatures, signature));
    const index = indexOf(stacks, frames.join());
    written[index] = frames;
    return [time, sequence, index] as const;
  });
  return { segmentId, signatures: [...signatures.keys()], stacks: written, snapshots };
}
