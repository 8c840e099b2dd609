// SPDX-License-Identifier: Apache-2.0

import { ProtobufWriter } from "./_protobuf.ts";
import { frameOf, stateOf } from "./frame.ts";
import type { TimedStack } from "./timed_stack.ts";

const NANOS_PER_MS = 1_000_000;

/**
 * Writes stacks as a pprof profile, uncompressed: tools expect it through {@link gzip}.
 *
 * Each distinct stack is a sample with its snapshots and its nanoseconds, and with the label `state`: `running`,
 * `waiting` or `held`, so that `go tool pprof -tagfocus=running` shows the CPU alone.
 */
export function toPprof(stacks: readonly TimedStack[]): Uint8Array<ArrayBuffer> {
  const profile = new ProtobufWriter();
  const strings = new Ids<string>();
  const text = (value: string) => strings.of(value) - 1;
  text(""); // The format wants it at index 0.
  const valueType = (type: string, unit: string): ProtobufWriter => {
    const message = new ProtobufWriter();
    message.int(1, text(type));
    message.int(2, text(unit));
    return message;
  };
  profile.message(1, valueType("samples", "count"));
  profile.message(1, valueType("wall", "nanoseconds"));

  const locations = new Ids<string>();
  const functions = new Ids<string>();
  const locationOf = (signature: string): number =>
    locations.of(signature, (id) => {
      const { name, file, line, column } = frameOf(signature);
      const functionId = functions.of(`${name}\0${file}\0${line}\0${column}`, (id) => {
        const message = new ProtobufWriter();
        message.int(1, id);
        message.int(2, text(name));
        // No system name: `go tool pprof` would take the name for one to demangle, and cut `<anonymous>` out of it.
        message.int(4, text(file));
        message.int(5, line);
        profile.message(5, message);
      });
      const place = new ProtobufWriter();
      place.int(1, functionId);
      place.int(2, line);
      const message = new ProtobufWriter();
      message.int(1, id);
      message.message(4, place);
      profile.message(4, message);
    });

  for (const { stack, count, ms } of sumsOf(stacks)) {
    const label = new ProtobufWriter();
    label.int(1, text("state"));
    label.int(2, text(stateOf(stack)));
    const sample = new ProtobufWriter();
    sample.ints(1, stack.map(locationOf).reverse());
    sample.ints(2, [count, Math.round(ms * NANOS_PER_MS)]);
    sample.message(3, label);
    profile.message(2, sample);
  }

  const start = stacks.reduce((least, { from }) => Math.min(least, from), stacks[0]?.from ?? 0);
  const end = stacks.reduce((greatest, { to }) => Math.max(greatest, to), start);
  profile.int(9, BigInt(Math.round(start)) * BigInt(NANOS_PER_MS));
  profile.int(10, Math.round((end - start) * NANOS_PER_MS));
  profile.int(14, text("wall"));
  for (const value of strings.values()) profile.text(6, value);
  return profile.finish();
}

/** Numbers things from 1 on, in the order in which they appear. */
class Ids<T> {
  readonly #ids = new Map<T, number>();

  /** @param isNew called with the number of a value that was not there */
  of(value: T, isNew?: (id: number) => void): number {
    const known = this.#ids.get(value);
    if (known !== undefined) return known;
    const id = this.#ids.size + 1;
    this.#ids.set(value, id);
    isNew?.(id);
    return id;
  }

  values(): Iterable<T> {
    return this.#ids.keys();
  }
}

interface Sum {
  readonly stack: readonly string[];
  count: number;
  ms: number;
}

function sumsOf(stacks: readonly TimedStack[]): Iterable<Sum> {
  const sums = new Map<string, Sum>();
  for (const { stack, count, from, to } of stacks) {
    const key = stack.join("\0");
    const sum = sums.get(key) ?? { stack, count: 0, ms: 0 };
    sum.count += count;
    sum.ms += to - from;
    sums.set(key, sum);
  }
  return sums.values();
}
