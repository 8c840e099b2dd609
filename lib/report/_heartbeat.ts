// SPDX-License-Identifier: Apache-2.0
import { type Backoff, backoff } from "../base/backoff.ts";
import type { Timer, Timers } from "../runtime/runtime.ts";
import { CallError } from "./call_error.ts";
import type { ManagementClient } from "./management_client.ts";

/** What a {@link Heartbeat} needs. */
export interface HeartbeatOptions {
  readonly management: ManagementClient;
  readonly properties: () => readonly (readonly [key: string, value: string])[];
  readonly periodMs: number;
  /** The properties go with every so manieth beat. */
  readonly propertiesPeriodFactor: number;
  readonly timers: Timers;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly onSent: () => void;
  readonly onFailure: (error: unknown) => void;
  /** The backend does not take heartbeats: there will be no more. */
  readonly onRefused: () => void;
}

const FIRST_PAUSE_MS = 1_000;

/** Tells the backend what the instance is, and again and again that it lives. No member throws. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #pauses: Backoff;
  #state: "new" | "beating" | "stopped" = "new";
  #timer: Timer | undefined;
  /** Beats that arrived since the properties did. */
  #beats = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    const { periodMs, random } = options;
    this.#pauses = backoff({ firstMs: FIRST_PAUSE_MS, maxMs: periodMs, factor: 2, random });
  }

  /** Beats at once, then at every period. Has no effect but the first time. */
  start(): void {
    if (this.#state !== "new") return;
    this.#state = "beating";
    void this.#beat();
  }

  /** Idempotent. */
  stop(): void {
    this.#state = "stopped";
    this.#timer?.cancel();
  }

  async #beat(): Promise<void> {
    const { management, properties, propertiesPeriodFactor, periodMs, timers } = this.#options;
    const { onSent, onFailure, onRefused } = this.#options;
    let pauseMs = periodMs;
    try {
      if (this.#beats % propertiesPeriodFactor === 0) await management.reportProperties(properties());
      // Always, because the properties alone make an instance without a service (OAP ManagementServiceHandler).
      await management.keepAlive();
      this.#beats++;
      this.#pauses.reset();
      onSent();
    } catch (error) {
      // The backend that comes back may be another one, which has not seen the properties.
      this.#beats = 0;
      pauseMs = this.#pauses.next();
      if (error instanceof CallError && error.outcome === "unimplemented") {
        this.stop();
        onRefused();
      } else if (this.#state === "beating") onFailure(error);
    }
    if (this.#state === "beating") this.#timer = timers.after(pauseMs, () => void this.#beat());
  }
}
