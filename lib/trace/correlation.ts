// SPDX-License-Identifier: Apache-2.0
import { decodeBase64, encodeBase64 } from "./_base64.ts";

/** Limits of the protocol (`x-process-correlation-headers-v1`). */
const MAX_KEYS = 3;
const MAX_BYTES = 128;
const MAX_HEADER_LENGTH = 2_048;
const HEADER = /^[A-Za-z0-9+/=:,]+$/;
const encoder = new TextEncoder();

/** What the app sends along with a trace, to every process the trace reaches. */
export class Correlation {
  #header: string;
  #entries: Map<string, string> | undefined;

  /** @param header the received `sw8-correlation`; one that is not valid counts as absent */
  constructor(header?: string) {
    this.#header = header && header.length < MAX_HEADER_LENGTH && HEADER.test(header) ? header : "";
  }

  get(key: string): string | undefined {
    return this.#decoded().get(key);
  }

  /**
   * Sets a value; an empty one removes the key.
   *
   * @returns whether there was room: there are at most 3 keys, each with less than 128 bytes
   */
  put(key: string, value: string): boolean {
    const entries = this.#decoded();
    if (value === "") entries.delete(key);
    else if (!fits(entries, key, value)) return false;
    else entries.set(key, value);
    this.#header = [...entries].map((entry) => entry.map(encodeBase64).join(":")).join(",");
    return true;
  }

  /** The value of `sw8-correlation` for the next process, empty if there is nothing to send. */
  get header(): string {
    return this.#header;
  }

  #decoded(): Map<string, string> {
    this.#entries ??= decode(this.#header);
    return this.#entries;
  }
}

function decode(header: string): Map<string, string> {
  const entries = new Map<string, string>();
  for (const pair of header ? header.split(",") : []) {
    const [key, value, ...more] = pair.split(":").map(decodeBase64);
    if (key && value && more.length === 0 && fits(entries, key, value)) entries.set(key, value);
  }
  return entries;
}

function fits(entries: ReadonlyMap<string, string>, key: string, value: string): boolean {
  if (key === "" || !isShort(key) || !isShort(value)) return false;
  return entries.has(key) || entries.size < MAX_KEYS;
}

function isShort(text: string): boolean {
  return text.length < MAX_BYTES && encoder.encode(text).length < MAX_BYTES;
}
