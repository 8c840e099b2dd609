// SPDX-License-Identifier: Apache-2.0
import type { Installed } from "../support/spawn.ts";
import { type ProfiledRequest, Session } from "./session.ts";
import { median, sum } from "./statistics.ts";
import { windowsOf } from "./windows.ts";

type Answer = Readonly<Record<string, readonly number[]>>;

/** Errors in milliseconds: what was told minus what passed. */
export interface Times {
  /** Of single blocks, by the name of their function. */
  readonly blocks: Readonly<Record<string, readonly number[]>>;
  /** Blocks that were told as none or as several. */
  readonly miscounted: number;
  /** Of twenty bursts of 4 ms, in percent of their sum. */
  readonly bursts: readonly number[];
  /** Of the whole request against its span. */
  readonly whole: readonly number[];
  /** By how many percent of the root's ratio elements of 20 ms and more have more or fewer snapshots a millisecond. */
  readonly counts: readonly number[];
}

/** Runs `plan` in `requests` requests, one after the other. */
export async function timeBlocks(runtime: Installed, plan: string, requests: number): Promise<Times> {
  await using session = await Session.open({ runtime, app: "times.mjs" });
  await session.arm({
    endpoint: "GET:/times",
    samples: requests,
    duration: 15,
    warm: "/warm?plan=cpu20*5,bursts",
  });
  for (let i = 0; i < requests; i++) await session.get(`/times?plan=${plan}`);
  return compare(await session.profiled<Answer>(requests));
}

function compare(profiled: readonly ProfiledRequest<Answer>[]): Times {
  const blocks: Record<string, number[]> = {};
  const bursts: number[] = [];
  let miscounted = 0;
  for (const { answer, snapshots } of profiled) {
    for (const [name, truth] of Object.entries(answer)) {
      const told = windowsOf(name, snapshots).map(({ duration }) => duration);
      if (name === "bursts") continue;
      if (name === "burst") {
        for (let i = 0; i < truth.length; i += 20) {
          bursts.push((sum(told) / sum(truth) - 1) * 100);
        }
        continue;
      }
      if (told.length !== truth.length) {
        miscounted += Math.abs(told.length - truth.length);
        continue;
      }
      blocks[name] ??= [];
      truth.forEach((ms, i) => {
        blocks[name]?.push((told[i] ?? 0) - ms);
      });
    }
  }
  return {
    blocks,
    miscounted,
    bursts,
    whole: profiled.map(({ snapshots, span }) => {
      const passed = (snapshots.at(-1)?.time ?? 0) - (snapshots[0]?.time ?? 0);
      return passed - (span.endTime - span.startTime);
    }),
    counts: profiled.flatMap(({ elements }) => {
      const perMs = median(
        elements.filter(({ parentId }) => parentId === "0").map((e) => e.count / e.duration),
      );
      return elements
        .filter(({ duration }) => duration >= 20)
        .map(({ count, duration }) => Math.abs(count / duration / perMs - 1) * 100);
    }),
  };
}
