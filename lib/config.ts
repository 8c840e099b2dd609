// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";
import { type Config, MAX_NAME_LENGTH, OPTIONS, type Option } from "./_options.ts";

export type { Config } from "./_options.ts";

/** Settings given in code; they win over the environment. */
export type AgentOptions = { readonly [K in keyof Config]?: Config[K] | undefined };

/** What {@link loadConfig} found. */
export interface LoadedConfig {
  /** Frozen. */
  readonly config: Config;
  /** One line for each environment variable whose value could not be used. */
  readonly problems: readonly string[];
}

/** A row of {@link optionTable}, for the documentation. */
export interface OptionRow {
  readonly key: string;
  /** The name of the environment variable, and other names that are accepted. */
  readonly env: string;
  readonly aliases: readonly string[];
  /** As one would write it in the environment, with its unit. */
  readonly default: string;
  readonly doc: string;
}

const KEYS = Object.keys(OPTIONS) as (keyof Config)[];

/**
 * Settles every option: what code says, else the environment, else the default. A variable that is empty
 * counts as unset, as compose files have it; one that is bad is reported and counts as unset too.
 *
 * @param options what code says
 * @param env reads an environment variable
 * @param instanceName the default of {@link Config.instanceName}, unique to the process
 * @throws {TypeError} if an option given in code is unknown or has a bad value
 */
export function loadConfig(
  options: AgentOptions,
  env: (name: string) => string | undefined,
  instanceName: string,
): LoadedConfig {
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(OPTIONS, key))
      throw new TypeError(`Cannot use option ${key}: there is no such option`);
  }
  const config: { -readonly [K in keyof Config]?: Config[K] } = {};
  const problems: string[] = [];
  const settle = <K extends keyof Config>(key: K) => {
    const value = fromCode(key, options[key]) ?? fromEnv(OPTIONS[key], env, problems) ?? OPTIONS[key].default;
    Object.freeze(value);
    config[key] = value;
  };
  for (const key of KEYS) settle(key);
  config.instanceName ||= instanceName.slice(0, MAX_NAME_LENGTH);
  return Object.freeze({ config: Object.freeze(config as Config), problems: Object.freeze(problems) });
}

/** Every option, in the order the documentation lists them. */
export function optionTable(): readonly OptionRow[] {
  return KEYS.map(row);
}

function row<K extends keyof Config>(key: K): OptionRow {
  const { env, kind, default: value, doc } = OPTIONS[key];
  const [name, ...aliases] = env;
  return { key, env: name, aliases, default: kind.toText(value), doc };
}

function fromCode<K extends keyof Config>(key: K, value: Config[K] | undefined): Config[K] | undefined {
  if (value === undefined) return undefined;
  const { kind } = OPTIONS[key];
  const result = v.safeParse(kind.schema, value);
  if (result.success) return result.output;
  throw new TypeError(`Cannot use option ${key}: expected ${kind.expected}, got ${quote(value)}`);
}

function fromEnv<T>(
  { env: names, kind }: Option<T>,
  env: (name: string) => string | undefined,
  problems: string[],
): T | undefined {
  for (const name of names) {
    const value = env(name)?.trim();
    if (!value) continue;
    const result = v.safeParse(kind.schema, kind.fromText(value));
    if (result.success) return result.output;
    problems.push(`Cannot use ${name}: expected ${kind.expectedText}, got ${quote(value)}`);
    return undefined;
  }
  return undefined;
}

function quote(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
