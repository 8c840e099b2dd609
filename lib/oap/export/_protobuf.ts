// SPDX-License-Identifier: Apache-2.0

/** Writes the fields of one protobuf message, in the order of the calls. */
export class ProtobufWriter {
  readonly #bytes: number[] = [];

  /** An integer that is not negative; 0 is the default, which is not written. */
  int(field: number, value: number | bigint): void {
    if (value === 0 || value === 0n) return;
    this.#varint(field << 3);
    this.#varint(value);
  }

  /** Integers that are not negative, packed. */
  ints(field: number, values: readonly (number | bigint)[]): void {
    const packed = new ProtobufWriter();
    for (const value of values) packed.#varint(value);
    this.message(field, packed);
  }

  /** A text, also an empty one. */
  text(field: number, value: string): void {
    this.#delimited(field, new TextEncoder().encode(value));
  }

  /** A message within this one, also an empty one. */
  message(field: number, value: ProtobufWriter): void {
    this.#delimited(field, value.#bytes);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes);
  }

  #delimited(field: number, bytes: ArrayLike<number>): void {
    this.#varint((field << 3) | 2);
    this.#varint(bytes.length);
    // Not by spreading: a large message would be more arguments than a call may have.
    for (let i = 0; i < bytes.length; i++) this.#bytes.push(bytes[i] ?? 0);
  }

  #varint(value: number | bigint): void {
    // Shifts of numbers end at 32 bits, and bigints are many times slower; only one or two fields need them.
    let big = BigInt.asUintN(64, typeof value === "bigint" ? value : 0n);
    for (; big > 127n; big >>= 7n) this.#bytes.push(Number(big & 127n) | 128);
    let rest = typeof value === "bigint" ? Number(big) : value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#bytes.push((rest % 128) | 128);
    this.#bytes.push(rest);
  }
}
