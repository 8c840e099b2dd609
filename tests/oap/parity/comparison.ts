// SPDX-License-Identifier: Apache-2.0

import { isDeepStrictEqual } from "node:util";
import { serviceIdOf } from "../../../lib/oap/ids.ts";
import { type AgentClient, askFor, streamOf } from "../support.ts";
import { type Random, type Recording, randomOf } from "./data.ts";

/** How long a real backend may take, after the last that it was sent, until all of it can be seen. */
const SETTLE_MS = 30_000;

/** A backend: where queries go, and an agent's client. */
export interface Side {
  readonly url: string;
  readonly agent: AgentClient;
}

interface Creation {
  readonly id: string | null;
  readonly errorReason: string | null;
}

/** Asks two backends the same and counts where they differ. */
export class Comparison {
  readonly random: Random;
  /** Milliseconds since 1970. */
  readonly now: number = Date.now();
  /**
   * Noon of today, in milliseconds since 1970: the time of all random data. A real backend on a database has a table
   * for each day, and in the beginning none but that of the day it was started on.
   */
  readonly noon: number = new Date(this.now).setHours(12, 0, 0, 0);
  compared = 0;
  different = 0;
  #sentAt: number = performance.now();
  readonly #real: Side;
  readonly #ours: Side;

  constructor(real: Side, ours: Side, seed: number) {
    this.#real = real;
    this.#ours = ours;
    this.random = randomOf(seed);
  }

  /** A name that keeps runs against the same backend apart. */
  name(text: string): string {
    return `${text}-${this.now.toString(36)}`;
  }

  /** Does something once on each side and compares what comes of it. */
  async once(name: string, act: (side: Side) => Promise<unknown>): Promise<void> {
    const [real, ours] = await Promise.all([act(this.#real), act(this.#ours)]);
    this.#count(name, real, ours);
  }

  /**
   * Asks both sides, again until they agree or the real one has had its time to show what it was sent. That time counts
   * from when it was sent, so a second difference does not wait anew.
   */
  async settled(name: string, read: (side: Side) => Promise<unknown>): Promise<void> {
    const deadline = this.#sentAt + SETTLE_MS;
    for (;;) {
      const [real, ours] = await Promise.all([read(this.#real), read(this.#ours)]);
      if (isDeepStrictEqual(real, ours) || performance.now() > deadline) {
        this.#count(name, real, ours);
        return;
      }
      await Bun.sleep(250);
    }
  }

  /** Does something on each side. */
  async onBoth(act: (side: Side) => Promise<unknown>): Promise<void> {
    await Promise.all([act(this.#real), act(this.#ours)]);
    this.#sentAt = performance.now();
  }

  /** What a task is created with, for a service that only this run has. */
  request(service: string, options: Record<string, unknown> = {}): Record<string, unknown> {
    return {
      serviceId: serviceIdOf(this.name(service)),
      endpointName: "GET:/0",
      startTime: this.now,
      duration: 5,
      minDurationThreshold: 0,
      dumpPeriod: 10,
      maxSamplingCount: 5,
      ...options,
    };
  }

  /** Creates a task on both sides and gives its ids. */
  async createTasks(service: string, options: Record<string, unknown> = {}): Promise<Map<Side, string>> {
    const ids = new Map<Side, string>();
    for (const side of [this.#real, this.#ours]) {
      const { id, errorReason } = await create(side, this.request(service, options));
      if (id === null) throw new Error(`Cannot create a task: ${errorReason}`);
      ids.set(side, id);
    }
    this.#sentAt = performance.now();
    return ids;
  }

  /** Sends recordings to both sides, each with its own task's id. */
  async sendRecordings(tasks: ReadonlyMap<Side, string>, recordings: readonly Recording[]): Promise<void> {
    await this.onBoth(async (side) => {
      const taskId = tasks.get(side) ?? "";
      const snapshots = recordings.flatMap((recording) =>
        recording.snapshots.map((one) => ({ ...one, taskId })),
      );
      await side.agent.profile.collectSnapshot(streamOf(snapshots));
    });
  }

  #count(name: string, real: unknown, ours: unknown): void {
    this.compared++;
    if (isDeepStrictEqual(real, ours)) return;
    this.different++;
    process.stderr.write(`${name}\n  real: ${JSON.stringify(real)}\n  ours: ${JSON.stringify(ours)}\n`);
  }
}

/** Creates a task on one side. */
export function create(side: Side, request: Record<string, unknown>): Promise<Creation> {
  return askFor<Creation>(
    side.url,
    "mutation($r: ProfileTaskCreationRequest) { createProfileTask(creationRequest: $r) { id errorReason } }",
    { r: request },
  );
}

/** Items in the order of their keys, for what a real backend leaves to a hash. */
export function byKey<T>(items: readonly T[], key: (item: T) => string): T[] {
  return items.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
