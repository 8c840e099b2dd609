// SPDX-License-Identifier: Apache-2.0
import type { Installed } from "../support/spawn.ts";
import type { Reading } from "./statistics.ts";

/** One line of the table. */
export interface Measure {
  readonly title: string;
  /** @default "ms" */
  readonly unit?: string;
  /** What is aimed at, as `≤ 1`; a bound for either side of zero as `± 1`. */
  readonly target?: string;
  /** Where a runtime is allowed something else. */
  readonly targets?: Readonly<Partial<Record<Installed, string>>>;
}

/** How much is measured. */
export interface Extent {
  readonly runtime: Installed;
  /** How long, relative to what the table in the README was made with. */
  readonly scale: number;
  readonly say: (line: string) => void;
}

/** A program of the bench: measures something on one runtime. */
export interface Figure {
  readonly name: string;
  readonly measures: Readonly<Record<string, Measure>>;
  /** Whether it can be measured there. @default everywhere */
  readonly runsOn?: (runtime: Installed) => boolean;
  measure(extent: Extent): Promise<Readonly<Record<string, Reading>>>;
}

/** What a measure has to be on a runtime. */
export function targetOn(measure: Measure, runtime: Installed): string | undefined {
  return measure.targets?.[runtime] ?? measure.target;
}

/** Whether a reading meets its target; `undefined` if there is none. */
export function meets(measure: Measure, runtime: Installed, { value }: Reading): boolean | undefined {
  const target = targetOn(measure, runtime);
  if (target === undefined) return undefined;
  const [sign, bound] = target.split(" ");
  const limit = Number(bound);
  if (sign === "±") return Math.abs(value) <= limit;
  return sign === "≥" ? value >= limit : value <= limit;
}
