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
import type { Entity, Expired, Journal } from "./journal.ts";
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
import { SnapshotStore } from "./snapshot_store.ts";
import { DEFAULT_LIMITS, type Stored, type StoreLimits } from "./store_limits.ts";
import { TaskStore } from "./task_store.ts";
import { TraceStore } from "./trace_store.ts";

/** What a {@link Store} needs. */
export interface StoreOptions {
  readonly limits?: Partial<StoreLimits>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called once for each kind, when the first of it had to go. */
  readonly onFull?: (kind: Stored, limit: number) => void;
  /** Where all of it is written down, too: what is there is read first. */
  readonly journal?: Journal;
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
  readonly #tasks: TaskStore;
  readonly #services: BoundedMap<string, Service>;
  readonly #instances: BoundedMap<string, Instance>;
  readonly #endpoints: BoundedMap<string, Endpoint>;
  /** `undefined` also while it is read. */
  #journal: Journal | undefined;

  /** @throws {Error} if the journal cannot be read */
  constructor(options: StoreOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { segments, snapshots, chars, tasks, logs, services, instances, endpoints } = this.#limits;
    const { journal } = options;
    this.#snapshots = new SnapshotStore({
      maxSnapshots: snapshots,
      maxChars: chars,
      dropped: (count, segmentId) => {
        this.#drop("snapshots", count);
        if (segmentId !== undefined) journal?.removeRecording(segmentId);
      },
    });
    this.#segments = new TraceStore({
      maxSegments: segments,
      maxChars: chars,
      isProfiled: (segmentId) => this.#snapshots.has(segmentId),
      dropped: (ids) => {
        this.#drop("segments", ids.length);
        journal?.removeSegments(ids);
      },
    });
    this.#tasks = new TaskStore({
      maxTasks: tasks,
      maxLogs: logs,
      dropped: (id) => {
        this.#drop("tasks", 1);
        journal?.removeTask(id);
      },
      droppedLog: (taskId) => {
        this.#drop("logs", 1);
        journal?.removeOldestLog(taskId);
      },
    });
    const dropEntity = (kind: Entity["kind"]) => (id: string) => {
      this.#drop(`${kind}s`, 1);
      journal?.removeEntity(kind, id);
    };
    this.#services = new BoundedMap(services, dropEntity("service"));
    this.#instances = new BoundedMap(instances, dropEntity("instance"));
    this.#endpoints = new BoundedMap(endpoints, dropEntity("endpoint"));
    if (journal !== undefined) this.#restore(journal);
    this.#journal = journal;
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
    this.#put({ kind: "service", value: service });
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
    this.#put({ kind: "instance", value: instance });
    return instance;
  }

  /** Notes an endpoint. */
  addEndpoint(service: string, name: string): void {
    const serviceId = serviceIdOf(cut(service, SERVICE_NAME_LIMIT));
    const kept = cut(name, ENDPOINT_NAME_LIMIT);
    const id = endpointIdOf(serviceId, kept);
    this.#put({ kind: "endpoint", value: { id, name: kept, serviceId } });
  }

  addSegment(segment: StoredSegment): void {
    if (this.#segments.add(segment)) this.#journal?.addSegment(segment);
  }

  addSnapshot(snapshot: Snapshot): void {
    const stored = this.#snapshots.add(snapshot);
    if (stored === undefined) return;
    this.#journal?.addSnapshot(stored);
    this.#segments.keep(snapshot.segmentId);
  }

  /** Creates a task, or tells why not. */
  createTask(request: TaskRequest): { task: Task } | { errorReason: string } {
    const result = this.#tasks.prepare(request, this.#options.now());
    if ("task" in result) {
      this.#tasks.add(result.task);
      this.#journal?.addTask(result.task);
      this.commit();
    }
    return result;
  }

  task(taskId: string): Task | undefined {
    return this.#tasks.get(taskId);
  }

  /** The tasks of a service, or of all; the one that starts last comes first. */
  tasks(serviceId?: string): Task[] {
    return this.#tasks.list(serviceId);
  }

  /** Notes what happened to a task now; nothing if there is no such task. */
  logTask(taskId: string, instanceId: string, operationType: TaskLog["operationType"]): void {
    const log: TaskLog = { taskId, instanceId, operationType, operationTime: this.#options.now() };
    if (this.#tasks.addLog(log)) this.#journal?.addLog(log);
  }

  /** What happened to a task, the latest first. */
  taskLogs(taskId: string): TaskLog[] {
    return this.#tasks.logs(taskId);
  }

  segment(segmentId: string): StoredSegment | undefined {
    return this.#segments.segment(segmentId);
  }

  segments(): Iterable<StoredSegment> {
    return this.#segments.values();
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

  instance(instanceId: string): Instance | undefined {
    return this.#instances.get(instanceId);
  }

  instances(serviceId: string): Instance[] {
    return this.#instances.values().filter((instance) => instance.serviceId === serviceId);
  }

  endpoints(serviceId: string): Endpoint[] {
    return this.#endpoints.values().filter((endpoint) => endpoint.serviceId === serviceId);
  }

  /** What came so far is in the journal, if there is one, when this returns: a call can be answered. */
  commit(): void {
    this.#journal?.commit();
  }

  /** Gives up what the journal says is older than that, in milliseconds since 1970. */
  expire(time: number): void {
    const journal = this.#journal;
    const expired: Expired | undefined = journal?.olderThan(time);
    if (journal === undefined || expired === undefined) return;
    for (const segmentId of expired.recordings) {
      this.#snapshots.remove(segmentId);
      journal.removeRecording(segmentId);
    }
    for (const id of expired.segments) journal.removeSegments(this.#segments.removeTraceOf(id));
    for (const id of this.#tasks.removeEnded(time)) journal.removeTask(id);
    for (const { kind, id } of expired.entities) {
      this.#entities(kind).delete(id);
      journal.removeEntity(kind, id);
    }
    journal.commit();
  }

  #restore(journal: Journal): void {
    const { entities, tasks, logs, segments, snapshots } = journal.read();
    for (const entity of entities) this.#put(entity);
    for (const task of tasks) this.#tasks.add(task);
    for (const log of logs) this.#tasks.addLog(log);
    // In this order a profiled segment is known as such when it comes.
    for (const snapshot of snapshots) this.addSnapshot(snapshot);
    for (const segment of segments) this.addSegment(segment);
    journal.commit();
  }

  #put(entity: Entity): void {
    this.#entities(entity.kind).set(entity.value.id, entity.value);
    this.#journal?.putEntity(entity);
  }

  #entities(kind: Entity["kind"]): BoundedMap<string, Entity["value"]> {
    const maps = { service: this.#services, instance: this.#instances, endpoint: this.#endpoints };
    return maps[kind] as BoundedMap<string, Entity["value"]>;
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
