// SPDX-License-Identifier: Apache-2.0
import type { Recorder } from "../../lib/profile/recorder.ts";
import type { Recording } from "../../lib/profile/recording.ts";
import type { ThreadSnapshot } from "../../lib/profile/snapshot.ts";
import type { Segment } from "../../lib/trace/segment.ts";

/** One recording of a {@link FakeRecorder}. */
export interface FakeRecording extends Recording {
  readonly segment: Segment;
  readonly closedAt: number | undefined;
  readonly discarded: boolean;
}

/** A recorder that records nothing and remembers what it was asked for. */
export class FakeRecorder implements Recorder {
  readonly recordings: FakeRecording[] = [];
  /** `arm` and `disarm`, in order. */
  readonly calls: string[] = [];
  /** Why it is not available. */
  reason: string | undefined;
  /** Thrown by the members named. */
  readonly failures = new Map<"arm" | "open" | "close" | "discard" | "disarm", Error>();
  /** What the snapshots of every recording wait for. */
  ready: Promise<void> = Promise.resolve();

  get armed(): boolean {
    return this.calls.at(-1) === "arm";
  }

  /** Recordings neither closed nor discarded. */
  get unfinished(): FakeRecording[] {
    return this.recordings.filter((recording) => recording.closedAt === undefined && !recording.discarded);
  }

  unavailable(): string | undefined {
    return this.reason;
  }

  arm(): void {
    this.#fail("arm");
    this.calls.push("arm");
  }

  disarm(): void {
    this.calls.push("disarm");
    this.#fail("disarm");
  }

  open(segment: Segment): Recording {
    this.#fail("open");
    const fail = (name: "close" | "discard") => this.#fail(name);
    const ready = () => this.ready;
    let closedAt: number | undefined;
    let discarded = false;
    const recording: FakeRecording = {
      segment,
      get closedAt() {
        return closedAt;
      },
      get discarded() {
        return discarded;
      },
      close(at) {
        closedAt ??= at;
        fail("close");
      },
      discard() {
        discarded = true;
        fail("discard");
      },
      async snapshots({ taskId, periodMs, maxDepth }): Promise<readonly ThreadSnapshot[]> {
        await ready();
        const codeSignatures = [`(request ${segment.operationName})`, `${periodMs} ms`, `depth ${maxDepth}`];
        return [0, 1].map((sequence) => ({
          taskId,
          traceSegmentId: segment.id,
          time: sequence,
          sequence,
          codeSignatures,
        }));
      },
    };
    this.recordings.push(recording);
    return recording;
  }

  #fail(name: "arm" | "open" | "close" | "discard" | "disarm"): void {
    const failure = this.failures.get(name);
    if (failure) throw failure;
  }
}
