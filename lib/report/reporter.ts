// SPDX-License-Identifier: Apache-2.0
import { Code, ConnectError } from "@connectrpc/connect";
import { type Backoff, backoff } from "../base/backoff.ts";
import { RingBuffer } from "../base/ring_buffer.ts";
import type { Logger } from "../log.ts";
import type { ThreadSnapshot } from "../profile/snapshot.ts";
import type { Timer, Timers } from "../runtime/runtime.ts";
import type { Segment } from "../trace/segment.ts";
import type { ManagementClient } from "./management_client.ts";
import type { ProfileClient } from "./profile_client.ts";
import type { SegmentClient } from "./segment_client.ts";
import { SnapshotBuffer } from "./snapshot_buffer.ts";
import { wasNotSent } from "./transport.ts";

/** What a {@link Reporter} works with. */
export interface ReporterOptions {
  readonly management: ManagementClient;
  readonly segments: SegmentClient;
  readonly profile: ProfileClient;
  readonly timers: Timers;
  readonly log: Logger;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** What the instance is, as pairs: a key may come twice. Asked each time they are reported. */
  readonly properties: () => readonly (readonly [key: string, value: string])[];
  readonly heartbeatPeriodMs: number;
  /** The properties are sent instead of every so manyth heartbeat. */
  readonly propertiesPeriodFactor: number;
  readonly segmentCapacity: number;
  readonly snapshotCapacity: number;
}

/** How long finished segments and snapshots gather before they are sent. */
const SEND_PERIOD_MS = 500;
/** Items of one stream. Short streams let the backend close its connections (deno#36788). */
const BATCH = 500;
const BACKOFF = { firstMs: 1_000, maxMs: 30_000, factor: 2 };

/** One kind of thing that is sent: its buffer's content, in order, one batch at a time. */
interface Lane {
  readonly name: string;
  readonly pause: Backoff;
  /** Sends a batch; `false` if there is nothing to send. */
  readonly send: () => Promise<boolean>;
  state: "idle" | "sending" | "pausing" | "refused";
}

/**
 * Keeps what is to be reported, bounded, and sends it in short streams. It never throws: what cannot be sent is
 * kept as long as the backend cannot have seen it, else counted as lost, because the backend's storage may
 * reject a whole batch for one repeated snapshot (oap.md §2).
 */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #segments: RingBuffer<Segment>;
  readonly #snapshots: SnapshotBuffer;
  readonly #lanes: readonly Lane[];
  readonly #timers: Timer[] = [];
  #heartbeats = 0;
  #lost = 0;
  #saidDropped = 0;
  #isConnected: boolean | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#segments = new RingBuffer(options.segmentCapacity);
    this.#snapshots = new SnapshotBuffer(options.snapshotCapacity);
    const lane = (name: string, send: () => Promise<boolean>): Lane => ({
      name,
      pause: backoff({ ...BACKOFF, random: options.random }),
      send,
      state: "idle",
    });
    this.#lanes = [
      lane("segments", () => this.#sendSegments()),
      lane("snapshots", () => this.#sendSnapshots()),
    ];
  }

  /** How many segments and snapshots never reached the backend. */
  get dropped(): number {
    return this.#segments.dropped + this.#snapshots.dropped + this.#lost;
  }

  /** Begins to send and to tell that the instance lives. */
  start(): void {
    if (this.#timers.length > 0 || this.#stopped) return;
    const { timers, heartbeatPeriodMs } = this.#options;
    this.#timers.push(
      timers.every(SEND_PERIOD_MS, () => this.#sendAll()),
      timers.every(heartbeatPeriodMs, () => void this.#beat()),
    );
    void this.#beat();
  }

  /** Takes a finished segment. The oldest goes where too many wait. */
  reportSegment(segment: Segment): void {
    if (!this.#stopped) this.#segments.push(segment);
  }

  /** Takes the snapshots of one segment, by ascending sequence. */
  reportSnapshots(snapshots: readonly ThreadSnapshot[]): void {
    if (this.#stopped) return;
    for (const snapshot of snapshots) this.#snapshots.push(snapshot);
  }

  /** Sends what waits; resolves when it is sent or could not be, at the latest after `deadlineMs`. */
  async flush(deadlineMs: number): Promise<void> {
    let late: Timer | undefined;
    const deadline = new Promise<void>((resolve) => {
      late = this.#options.timers.after(deadlineMs, resolve);
    });
    await Promise.race([Promise.all(this.#lanes.map((lane) => this.#empty(lane))), deadline]);
    late?.cancel();
  }

  /** Stops taking anything, sends what waits, and ends. Idempotent. */
  shutdown(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#shutdown(deadlineMs);
    return this.#stopped;
  }

  async #shutdown(deadlineMs: number): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    await this.flush(deadlineMs);
    this.#sayDropped();
  }

  #sendAll(): void {
    for (const lane of this.#lanes) void this.#empty(lane);
  }

  /** Sends all of a lane, one batch after the other. Single flight; a failure makes it pause. */
  async #empty(lane: Lane): Promise<void> {
    if (lane.state !== "idle") return;
    lane.state = "sending";
    try {
      while (await lane.send());
      lane.pause.reset();
      lane.state = "idle";
      this.#sayDropped();
    } catch (error) {
      this.#failed(lane, error);
    }
  }

  #failed(lane: Lane, error: unknown): void {
    const { log, timers } = this.#options;
    if (ConnectError.from(error).code === Code.Unimplemented) {
      lane.state = "refused";
      log.warn(() => `The backend takes no ${lane.name}: no more are sent`);
      return;
    }
    this.#disconnected(error);
    lane.state = "pausing";
    timers.after(lane.pause.next(), () => {
      lane.state = "idle";
    });
  }

  async #sendSegments(): Promise<boolean> {
    const batch = this.#segments.drain(BATCH);
    if (batch.length === 0) return false;
    await this.#deliver(
      batch.length,
      () => this.#options.segments.collect(batch),
      () => {
        for (const segment of batch) this.#segments.push(segment);
      },
    );
    return true;
  }

  async #sendSnapshots(): Promise<boolean> {
    const batch = this.#snapshots.drain(BATCH);
    if (batch.length === 0) return false;
    await this.#deliver(
      batch.length,
      () => this.#options.profile.collectSnapshots(batch),
      () => {
        this.#snapshots.restore(batch);
      },
    );
    return true;
  }

  async #deliver(count: number, send: () => Promise<void>, keep: () => void): Promise<void> {
    try {
      await send();
      this.#connected();
    } catch (error) {
      if (wasNotSent(error)) keep();
      else this.#lost += count;
      throw error;
    }
  }

  async #beat(): Promise<void> {
    const { management, propertiesPeriodFactor, properties } = this.#options;
    try {
      if (this.#heartbeats % propertiesPeriodFactor === 0) await management.reportProperties(properties());
      await management.keepAlive();
      // Counted when it arrived: the backend has to have the properties once.
      this.#heartbeats++;
      this.#connected();
    } catch (error) {
      this.#disconnected(error);
    }
  }

  #connected(): void {
    if (this.#isConnected === false) this.#options.log.info("The backend is there again");
    this.#isConnected = true;
  }

  #disconnected(error: unknown): void {
    const { message } = ConnectError.from(error);
    this.#isConnected = false;
    this.#options.log.throttled("reporter.backend", "warn", () => `Cannot reach the backend: ${message}`);
  }

  /** Says on recovery what was lost, once. */
  #sayDropped(): void {
    const { dropped } = this;
    if (dropped === this.#saidDropped) return;
    const more = dropped - this.#saidDropped;
    this.#saidDropped = dropped;
    this.#options.log.warn(() => `${more} segments or snapshots were lost: the backend was too slow or away`);
  }
}
