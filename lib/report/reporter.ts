// SPDX-License-Identifier: Apache-2.0
import { BACKEND_TROUBLE, type Logger } from "../log.ts";
import type { ThreadSnapshot } from "../profile/snapshot.ts";
import type { Timer, Timers } from "../runtime/runtime.ts";
import type { Segment } from "../trace/segment.ts";
import { Heartbeat } from "./_heartbeat.ts";
import { Lane } from "./_lane.ts";
import type { EncodeSegment } from "./encode_segment.ts";
import type { ManagementClient } from "./management_client.ts";
import type { Outbox } from "./outbox.ts";
import type { ProfileClient } from "./profile_client.ts";
import { SegmentBuffer } from "./segment_buffer.ts";
import type { SegmentClient } from "./segment_client.ts";
import { SnapshotBuffer } from "./snapshot_buffer.ts";

/** What a {@link Reporter} works with. */
export interface ReporterOptions {
  readonly management: ManagementClient;
  readonly segments: SegmentClient;
  /** Makes of a segment what `segments` sends. */
  readonly encodeSegment: EncodeSegment;
  readonly profile: Pick<ProfileClient, "collectSnapshots">;
  readonly timers: Timers;
  readonly log: Logger;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** What the instance is, as pairs: a key may come twice. Asked each time they are reported. */
  readonly properties: () => readonly (readonly [key: string, value: string])[];
  readonly heartbeatPeriodMs: number;
  /** The properties go with every so manieth heartbeat. */
  readonly propertiesPeriodFactor: number;
  /** The most segments that wait; profiled ones do not count. */
  readonly segmentCapacity: number;
  /** The most snapshots that wait; the first one of a segment may exceed it. */
  readonly snapshotCapacity: number;
}

/** How long finished segments and snapshots gather before they are sent. */
const SEND_PERIOD_MS = 500;
/** Some 0.5 MB in one stream. A call costs 2 ms on the CPU, so few are made. */
const MAX_SEGMENTS = 2_000;
/** Messages of one stream. Streams stay short, because a GOAWAY during one may end the process (deno#36788). */
const MAX_SNAPSHOTS = 1_000;

/**
 * Keeps what is to be reported, bounded, and sends it in short streams. No member throws or rejects.
 *
 * What the backend cannot have seen is sent again; what it may have seen is not, but counted as dropped: its
 * storage may reject a whole batch for one snapshot or segment that is there already (OAP on JDBC).
 */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #segments: SegmentBuffer;
  readonly #snapshots: SnapshotBuffer;
  readonly #segmentLane: Lane<Uint8Array>;
  readonly #snapshotLane: Lane<ThreadSnapshot>;
  readonly #heartbeat: Heartbeat;
  #state: "new" | "running" | "stopped" = "new";
  #timer: Timer | undefined;
  #early: Timer | undefined;
  #isReachable = true;
  #toldDropped = 0;
  #shutdown: Promise<void> | undefined;

  /** @throws {RangeError} if a capacity is not a positive integer */
  constructor(options: ReporterOptions) {
    const { segments, profile, timers, random } = options;
    this.#options = options;
    this.#segments = new SegmentBuffer(options.segmentCapacity, options.encodeSegment);
    this.#snapshots = new SnapshotBuffer(options.snapshotCapacity);
    this.#segmentLane = this.#lane("segments", this.#segments, MAX_SEGMENTS, (batch) =>
      segments.collect(batch),
    );
    this.#snapshotLane = this.#lane("snapshots", this.#snapshots, MAX_SNAPSHOTS, (batch) =>
      profile.collectSnapshots(batch),
    );
    this.#heartbeat = new Heartbeat({
      management: options.management,
      properties: options.properties,
      periodMs: options.heartbeatPeriodMs,
      propertiesPeriodFactor: options.propertiesPeriodFactor,
      timers,
      random,
      onSent: () => this.#reached(),
      onFailure: (error) => this.#missed("heartbeats", error),
      onRefused: () => this.#refused("heartbeats"),
    });
  }

  /** How many segments and snapshots were dropped, or may not have arrived. */
  get dropped(): number {
    return this.#segments.dropped + this.#snapshots.dropped;
  }

  /** Begins to send, and to tell that the instance lives. Has no effect but the first time. */
  start(): void {
    if (this.#state !== "new") return;
    this.#state = "running";
    this.#timer = this.#options.timers.every(SEND_PERIOD_MS, () => this.#send());
    this.#heartbeat.start();
  }

  /** Takes a finished segment. The oldest go where too many wait. */
  reportSegment(segment: Segment): void {
    if (this.#state === "stopped" || !this.#segmentLane.isOpen) return;
    this.#segments.push(segment);
    if (this.#segments.size >= this.#options.segmentCapacity / 2) this.#sendEarly();
  }

  /** Takes all the snapshots of one segment, in sequence order. Its end goes where too many wait. */
  reportSnapshots(snapshots: readonly ThreadSnapshot[]): void {
    if (this.#state !== "stopped" && this.#snapshotLane.isOpen) this.#snapshots.push(snapshots);
  }

  /** Sends what waits; resolves when it is sent or could not be, at the latest after `deadlineMs`. */
  async flush(deadlineMs: number): Promise<void> {
    let late: Timer | undefined;
    const deadline = new Promise<void>((resolve) => {
      late = this.#options.timers.after(deadlineMs, resolve);
    });
    const done = Promise.all([this.#segmentLane.flush(), this.#snapshotLane.flush()]);
    await Promise.race([done, deadline]);
    late?.cancel();
  }

  /** Takes nothing more, sends what waits for `deadlineMs` at most, and ends. Idempotent: the first call counts. */
  shutdown(deadlineMs: number): Promise<void> {
    this.#shutdown ??= this.#end(deadlineMs);
    return this.#shutdown;
  }

  async #end(deadlineMs: number): Promise<void> {
    this.#state = "stopped";
    this.#timer?.cancel();
    this.#early?.cancel();
    this.#heartbeat.stop();
    await this.flush(deadlineMs);
    this.#segmentLane.close();
    this.#snapshotLane.close();
    const left = this.#segments.size + this.#snapshots.size + this.dropped - this.#toldDropped;
    if (left > 0) this.#options.log.warn(`${left} segments and snapshots were not sent`);
  }

  #lane<T>(
    kind: string,
    outbox: Outbox<T>,
    maxBatch: number,
    send: (batch: readonly T[]) => Promise<void>,
  ): Lane<T> {
    const { timers, random } = this.#options;
    return new Lane({
      outbox,
      maxBatch,
      send,
      timers,
      random,
      onSent: () => this.#reached(),
      onFailure: (error) => this.#missed(kind, error),
      onRefused: () => this.#refused(kind),
    });
  }

  /** A busy process would lose segments before its next turn. */
  #sendEarly(): void {
    if (this.#early || this.#state !== "running") return;
    // Not from here: this is the code of a request.
    this.#early = this.#options.timers.after(0, () => {
      this.#early = undefined;
      this.#segmentLane.send();
    });
  }

  #send(): void {
    this.#segmentLane.send();
    this.#snapshotLane.send();
  }

  #reached(): void {
    const { log } = this.#options;
    if (!this.#isReachable) {
      this.#isReachable = true;
      log.throttled("reachable", "info", "The backend takes reports again");
      this.#segmentLane.resume();
      this.#snapshotLane.resume();
    }
    const { dropped } = this;
    if (dropped === this.#toldDropped) return;
    this.#toldDropped = dropped;
    // The sum since the start: so a line that is left out is made up for by the next one.
    log.throttled(
      "dropped",
      "warn",
      () => `${dropped} segments and snapshots were dropped so far: the backend was away or too slow`,
    );
  }

  #missed(kind: string, error: unknown): void {
    this.#isReachable = false;
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.log.throttled(BACKEND_TROUBLE, "warn", () => `Cannot report ${kind}: ${reason}`);
  }

  #refused(kind: string): void {
    this.#options.log.warn(`Cannot report ${kind}: the backend does not implement it; no more are sent`);
  }
}
