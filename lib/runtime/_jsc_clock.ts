// SPDX-License-Identifier: Apache-2.0
import { clockOffset } from "./_clock_offset.ts";

/** The part of `bun:ffi` that is used. */
interface FfiModule {
  dlopen(
    library: string,
    symbols: { clock_gettime: { args: string[]; returns: string } },
  ): { symbols: { clock_gettime(clock: number, timespec: unknown): number } };
  ptr(view: BigInt64Array): unknown;
}

/** Where `clock_gettime` is, and the number of the clock that JavaScriptCore's samples bear. */
const CLOCKS: Readonly<Record<string, { libraries: readonly string[]; clock: number }>> = {
  linux: { libraries: ["libc.so.6", "libc.so"], clock: 1 }, // CLOCK_MONOTONIC; musl has no libc.so.6
  darwin: { libraries: ["libSystem.B.dylib"], clock: 8 }, // CLOCK_UPTIME_RAW, which is mach_absolute_time
};

/**
 * Milliseconds to add to a sample's timestamp to get the agent's clock, read exactly from the system's own
 * clock (joined.md 1); `undefined` where that cannot be called, and the samples themselves have to tell.
 */
export function jscClockOffset(now: () => number, platform: string): number | undefined {
  const { libraries, clock } = CLOCKS[platform] ?? { libraries: [], clock: 0 };
  for (const library of libraries) {
    try {
      const ffi = process.getBuiltinModule("bun:ffi") as unknown as FfiModule;
      const { symbols } = ffi.dlopen(library, {
        clock_gettime: { args: ["i32", "ptr"], returns: "i32" },
      });
      const timespec = new BigInt64Array(2);
      const pointer = ffi.ptr(timespec);
      return -clockOffset(now, () => {
        symbols.clock_gettime(clock, pointer);
        return Number(timespec[0]) * 1e3 + Number(timespec[1]) / 1e6;
      });
    } catch {
      // Another library may have it.
    }
  }
  return undefined;
}
