// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";

/** How a kind of option is checked, read from the environment and shown in the documentation. */
export interface OptionKind<T> {
  readonly schema: v.GenericSchema<unknown, T>;
  /** What a value given in code must be, to follow "expected". */
  readonly expected: string;
  /** The same for the environment, where units differ. */
  readonly expectedText: string;
  /** Turns the text of an environment variable into a value for the schema, which refuses what is bad. */
  readonly fromText: (text: string) => unknown;
  readonly toText: (value: T) => string;
}

/** A text of at least one character; what is longer than `maxLength` UTF-16 units is cut. */
export function text(maxLength: number = Number.POSITIVE_INFINITY): OptionKind<string> {
  const expected = "a text";
  return {
    schema: v.pipe(
      v.string(),
      v.nonEmpty(),
      v.transform((value) => value.slice(0, maxLength)),
    ),
    expected,
    expectedText: expected,
    fromText: (value) => value,
    toText: (value) => value,
  };
}

/** A text that may be empty. */
export function optionalText(): OptionKind<string> {
  return { ...text(), schema: v.string() };
}

/** True or false. */
export function flag(): OptionKind<boolean> {
  return {
    schema: v.boolean(),
    expected: "true or false",
    expectedText: "true or false",
    fromText: (value) => FLAGS.get(value.toLowerCase()),
    toText: String,
  };
}

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** One of some words, in any case in the environment. */
export function choice<const T extends string>(words: readonly T[]): OptionKind<T> {
  const expected = `one of ${words.join(", ")}`;
  return {
    schema: v.picklist(words),
    expected,
    expectedText: expected,
    fromText: (value) => value.toLowerCase(),
    toText: (value) => value,
  };
}

/** A whole number. */
export function count(min: number, max: number): OptionKind<number> {
  const expected = `a whole number from ${min} to ${max}`;
  return {
    schema: v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max)),
    expected,
    expectedText: expected,
    fromText: fromDecimal,
    toText: String,
  };
}

const UNIT_MS = { milliseconds: 1, seconds: 1_000, minutes: 60_000 } as const;
const UNIT_SYMBOL = { milliseconds: "ms", seconds: "s", minutes: "min" } as const;

/** A time, in milliseconds in code and in `unit` in the environment, with fractions. Bounds are in `unit`. */
export function time(unit: keyof typeof UNIT_MS, min: number, max: number): OptionKind<number> {
  const scale = UNIT_MS[unit];
  return {
    schema: v.pipe(v.number(), v.minValue(min * scale), v.maxValue(max * scale)),
    expected: `a number of milliseconds from ${min * scale} to ${max * scale}`,
    expectedText: `a number of ${unit} from ${min} to ${max}`,
    fromText: (value) => fromDecimal(value) * scale,
    toText: (value) => `${value / scale} ${UNIT_SYMBOL[unit]}`,
  };
}

/** A list, separated by commas in the environment. `toItem` may normalize an item; `undefined` refuses it. */
export function list(
  items: string,
  minItems: number = 0,
  toItem: (item: string) => string | undefined = (item) => item,
): OptionKind<readonly string[]> {
  const known = (item: string | undefined): item is string => item !== undefined;
  return {
    schema: v.pipe(
      v.array(
        v.pipe(
          v.string(),
          v.transform(toItem),
          v.custom<string>((item) => item !== undefined),
        ),
      ),
      v.minLength(minItems),
      v.transform((values) => values.filter(known)),
      v.readonly(),
    ),
    expected: `a list of ${items}`,
    expectedText: `a comma-separated list of ${items}`,
    fromText: (value) =>
      value
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== ""),
    toText: (values) => values.join(","),
  };
}

/** Texts by name, as a JSON object in the environment. */
export function dictionary(): OptionKind<Readonly<Record<string, string>>> {
  return {
    schema: v.record(v.string(), v.string()),
    expected: "an object whose values are texts",
    expectedText: "a JSON object whose values are texts",
    fromText(value) {
      try {
        return JSON.parse(value);
      } catch {
        return undefined;
      }
    },
    toText: (value) => JSON.stringify(value),
  };
}

function fromDecimal(value: string): number {
  return /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
}
