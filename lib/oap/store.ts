// SPDX-License-Identifier: Apache-2.0

import { BoundedMap } from "./bounded_map.ts";
import {
  ENDPOINT_NAME_LIMIT,
  endpointIdOf,
  INSTANCE_NAME_LIMIT,
  instanceIdOf,
  instanceNameOf,
  SERVICE_NAME_LIMIT,
  serviceIdOf,
  serviceNameOf,
} from "./ids.ts";
import type {
  Endpoint,
  Instance,
  KeyValue,
  Service,
  Snapshot,
  StoredSegment,
  Task,
  TaskLog,
  TaskRequest,
} from "./model.ts";
import { refusalOf } from "./profile_task.ts";
import { SnapshotStore } from "./snapshot_store.ts";
import { TraceStore } from "./trace_store.ts";

/** What a {@link Store} holds at most; what is older goes. */
export interface StoreLimits {
  /** @default 20000 */
  readonly segments: number;
  /** @default 200000 */
  readonly snapshots: number;
  /** Characters of segments, and as many of stacks. @default 64000000 */
  readonly chars: number;
  /** @default 1000 */
  readonly tasks: number;
  /** For each task. @default 1000 */
  readonly logs: number;
  /** @default 1000 */
  readonly services: number;
  /** Of all services together. @default 10000 */
  readonly instances: number;
  /** Of all services together. @default 10000 */
  readonly endpoints: number;
}

/** The kinds of things that a store counts the drops of. */
export type Stored = Exclude<keyof StoreLimits, "chars">;

const DEFAULT_LIMITS: StoreLimits = {
  segments: 20_000,
  snapshots: 200_000,
  chars: 64_000_000,
  tasks: 1000,
  logs: 1000,
  services: 1000,
  instances: 10_000,
  endpoints: 10_000,
};

/** What a {@link Store} needs. */
export interface StoreOptions {
  readonly limits?: Partial<StoreLimits>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called once for each kind, when the first of it had to go. */
  readonly onFull?: (kind: Stored, limit: number) => void;
}

/** Everything that the backend knows, in memory. */
export class Store {
  /** How many things of each kind had to go. */
  readonly dropped: Record<Stored, number> = {
    segments: 0,
    snapshots: 0,
    tasks: 0,
    logs: 0,
    services: 0,
    instances: 0,
    endpoints: 0,
  };
  readonly #limits: StoreLimits;
  readonly #options: StoreOptions;
  readonly #segments: TraceStore;
  readonly #snapshots: SnapshotStore;
  readonly #tasks: BoundedMap<string, { readonly task: Task; readonly logs: TaskLog[] }>;
  readonly #services: BoundedMap<string, Service>;
  readonly #instances: BoundedMap<string, Instance>;
  readonly #endpoints: BoundedMap<string, Endpoint>;
  #lastCreateTime = 0;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { segments, snapshots, chars, tasks, services, instances, endpoints } = this.#limits;
    this.#snapshots = new SnapshotStore({
      maxSnapshots: snapshots,
      maxChars: chars,
      dropped: (count) => this.#drop("snapshots", count),
    });
    this.#segments = new TraceStore({
      maxSegments: segments,
      maxChars: chars,
      isProfiled: (segmentId) => this.#snapshots.has(segmentId),
      dropped: (count) => this.#drop("segments", count),
    });
    this.#tasks = new BoundedMap(tasks, () => this.#drop("tasks", 1));
    this.#services = new BoundedMap(services, () => this.#drop("services", 1));
    this.#instances = new BoundedMap(instances, () => this.#drop("instances", 1));
    this.#endpoints = new BoundedMap(endpoints, () => this.#drop("endpoints", 1));
  }

  /**
   * Notes a service. It is in every layer that it was ever reported in.
   *
   * @param layer such as `GENERAL`
   */
  addService(name: string, layer: string): Service {
    const kept = cut(name, SERVICE_NAME_LIMIT);
    const id = serviceIdOf(kept);
    const layers = this.#services.get(id)?.layers ?? [];
    const service: Service = {
      id,
      name: serviceNameOf(id),
      layers: layers.includes(layer) ? layers : [...layers, layer].slice(-MAX_LAYERS),
    };
    this.#services.set(id, service);
    return service;
  }

  /**
   * Notes an instance.
   *
   * @param properties what it tells about itself; `undefined` leaves what it told before
   */
  addInstance(service: string, name: string, properties?: readonly KeyValue[]): Instance {
    const serviceId = serviceIdOf(cut(service, SERVICE_NAME_LIMIT));
    const id = instanceIdOf(serviceId, cut(name, INSTANCE_NAME_LIMIT));
    const instance: Instance = {
      id,
      name: instanceNameOf(id),
      serviceId,
      properties: properties ?? this.#instances.get(id)?.properties ?? [],
    };
    this.#instances.set(id, instance);
    return instance;
  }

  /** Notes an endpoint. */
  addEndpoint(service: string, name: string): void {
    const serviceId = serviceIdOf(cut(service, SERVICE_NAME_LIMIT));
    const kept = cut(name, ENDPOINT_NAME_LIMIT);
    const id = endpointIdOf(serviceId, kept);
    this.#endpoints.set(id, { id, name: kept, serviceId });
  }

  addSegment(segment: StoredSegment): void {
    this.#segments.add(segment);
  }

  addSnapshot(snapshot: Snapshot): void {
    this.#snapshots.add(snapshot);
    this.#segments.keep(snapshot.segmentId);
  }

  /** Creates a task, or tells why not. */
  createTask(request: TaskRequest): { task: Task } | { errorReason: string } {
    const now = this.#options.now();
    const { serviceId } = request;
    const startTime = request.startTime !== undefined && request.startTime > 0 ? request.startTime : now;
    const wanted = { ...request, endpointName: request.endpointName.trim(), startTime };
    const errorReason = refusalOf(wanted, this.tasks(serviceId));
    if (errorReason !== undefined) return { errorReason };
    // An agent is told of what was created after the last task it saw, so the times must rise even where
    // the clock does not. SkyWalking relies on the clock.
    const createTime = Math.max(now, this.#lastCreateTime + 1);
    this.#lastCreateTime = createTime;
    const task: Task = { ...wanted, id: `${createTime}_${serviceId}`, createTime };
    this.#tasks.set(task.id, { task, logs: [] });
    return { task };
  }

  task(taskId: string): Task | undefined {
    return this.#tasks.get(taskId)?.task;
  }

  /** The tasks of a service, or of all; the one that starts last comes first. */
  tasks(serviceId?: string): Task[] {
    return this.#tasks
      .values()
      .map(({ task }) => task)
      .filter((task) => serviceId === undefined || task.serviceId === serviceId)
      .sort((a, b) => b.startTime - a.startTime);
  }

  /** Notes what happened to a task now; nothing if there is no such task. */
  logTask(taskId: string, instanceId: string, operationType: TaskLog["operationType"]): void {
    const logs = this.#tasks.get(taskId)?.logs;
    if (logs === undefined) return;
    if (logs.length >= this.#limits.logs) {
      logs.shift();
      this.#drop("logs", 1);
    }
    logs.push({ taskId, instanceId, operationType, operationTime: this.#options.now() });
  }

  /** What happened to a task, the latest first. */
  taskLogs(taskId: string): TaskLog[] {
    const logs = this.#tasks.get(taskId)?.logs ?? [];
    return logs.toReversed().sort((a, b) => b.operationTime - a.operationTime);
  }

  segment(segmentId: string): StoredSegment | undefined {
    return this.#segments.segment(segmentId);
  }

  /** The segments of a trace, in the order they came. */
  trace(traceId: string): readonly StoredSegment[] {
    return this.#segments.trace(traceId);
  }

  /** A segment's snapshots by ascending sequence; of one sequence, the first received first. */
  snapshots(segmentId: string): readonly Snapshot[] {
    return this.#snapshots.of(segmentId);
  }

  /** The segments that a task profiled: those whose sequence 0 came. Oldest first. */
  profiledSegmentIds(taskId: string): string[] {
    return this.#snapshots.segmentIdsOf(taskId);
  }

  service(serviceId: string): Service | undefined {
    return this.#services.get(serviceId);
  }

  services(): Service[] {
    return this.#services.values();
  }

  instances(serviceId: string): Instance[] {
    return this.#instances.values().filter((instance) => instance.serviceId === serviceId);
  }

  endpoints(serviceId: string): Endpoint[] {
    return this.#endpoints.values().filter((endpoint) => endpoint.serviceId === serviceId);
  }

  #drop(kind: Stored, count: number): void {
    if (this.dropped[kind] === 0) this.#options.onFull?.(kind, this.#limits[kind]);
    this.dropped[kind] += count;
  }
}

/** The layers that are kept of a service. */
const MAX_LAYERS = 10;

function cut(name: string, limit: number): string {
  return name.length > limit ? name.slice(0, limit) : name;
}
