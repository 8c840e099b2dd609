// SPDX-License-Identifier: Apache-2.0
/** Reads pprof profiles by the format's own field numbers, apart from the code that writes them. */

/** The values of a message's fields: numbers, or bytes. */
type Fields = ReadonlyMap<number, readonly (bigint | Uint8Array)[]>;

export interface PprofSample {
  /** Leaf first, as `name file:line`. */
  readonly frames: readonly string[];
  readonly values: readonly bigint[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface Pprof {
  readonly types: readonly string[];
  readonly defaultType: string;
  readonly timeNanos: bigint;
  readonly durationNanos: bigint;
  readonly samples: readonly PprofSample[];
  /** Names that a tool would demangle. */
  readonly systemNames: readonly string[];
}

export function readPprof(bytes: Uint8Array): Pprof {
  const profile = fieldsOf(bytes);
  const strings = messages(profile, 6).map((text) => new TextDecoder().decode(text));
  if (strings[0] !== "") throw new Error("Cannot read the profile: its first string is not empty");
  const text = (fields: Fields, field: number) => strings[Number(int(fields, field))] ?? "?";
  const byId = (field: number) =>
    new Map(messages(profile, field).map((message) => [int(fieldsOf(message), 1), fieldsOf(message)]));
  const functions = byId(5);
  const frames = new Map(
    [...byId(4)].map(([id, location]) => {
      const line = fieldsOf(messages(location, 4)[0] ?? new Uint8Array());
      const called = functions.get(int(line, 1)) ?? new Map();
      return [id, `${text(called, 2)} ${text(called, 4)}:${int(line, 2)}`];
    }),
  );
  return {
    systemNames: [...functions.values()].map((called) => text(called, 3)).filter((name) => name !== ""),
    types: messages(profile, 1)
      .map(fieldsOf)
      .map((type) => `${text(type, 1)}/${text(type, 2)}`),
    defaultType: text(profile, 14),
    timeNanos: int(profile, 9),
    durationNanos: int(profile, 10),
    samples: messages(profile, 2)
      .map(fieldsOf)
      .map((sample) => ({
        frames: packed(sample, 1).map((id) => frames.get(id) ?? "?"),
        values: packed(sample, 2),
        labels: Object.fromEntries(
          messages(sample, 3)
            .map(fieldsOf)
            .map((label) => [text(label, 1), text(label, 2)]),
        ),
      })),
  };
}

function fieldsOf(bytes: Uint8Array): Fields {
  const fields = new Map<number, (bigint | Uint8Array)[]>();
  let at = 0;
  while (at < bytes.length) {
    const tag = varint(bytes, at);
    const value = varint(bytes, tag.end);
    const field = Number(tag.value >> 3n);
    const isBytes = (tag.value & 7n) === 2n;
    at = isBytes ? value.end + Number(value.value) : value.end;
    if (at > bytes.length) throw new Error("Cannot read the profile: a field is longer than its message");
    const values = fields.get(field) ?? [];
    values.push(isBytes ? bytes.subarray(value.end, at) : value.value);
    fields.set(field, values);
  }
  return fields;
}

function varint(bytes: Uint8Array, from: number): { value: bigint; end: number } {
  let value = 0n;
  for (let at = from; ; at++) {
    const byte = bytes[at];
    if (byte === undefined) throw new Error("Cannot read the profile: it ends within a number");
    value |= BigInt(byte & 127) << BigInt(7 * (at - from));
    if (byte < 128) return { value, end: at + 1 };
  }
}

function int(fields: Fields, field: number): bigint {
  const value = fields.get(field)?.at(-1);
  return typeof value === "bigint" ? value : 0n;
}

function messages(fields: Fields, field: number): readonly Uint8Array[] {
  return (fields.get(field) ?? []).filter((value) => typeof value !== "bigint");
}

function packed(fields: Fields, field: number): bigint[] {
  const values: bigint[] = [];
  for (const bytes of messages(fields, field)) {
    for (let at = 0; at < bytes.length; ) {
      const { value, end } = varint(bytes, at);
      values.push(value);
      at = end;
    }
  }
  return values;
}
