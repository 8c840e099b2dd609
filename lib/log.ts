// SPDX-License-Identifier: Apache-2.0

/** How much is logged: lines of this level and of the more serious ones. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "off";

/** A text, or a function that makes it when the line is really written. */
export type Message = string | (() => string);

/** The agent's own log. No member throws. */
export interface Logger {
  debug(message: Message): void;
  info(message: Message): void;
  warn(message: Message): void;
  error(message: Message): void;
  /** The same log for one part of the agent, which is named in its lines. */
  child(component: string): Logger;
  /**
   * Logs at most one line in 30 s for `key`, whichever part of the agent it comes from; the next one says how many
   * were left out in between.
   */
  throttled(key: string, level: Exclude<LogLevel, "off">, message: Message): void;
}

/** What a log needs. */
export interface LoggerOptions {
  readonly level: LogLevel;
  /** Takes one line, without its line end. */
  readonly write: (line: string) => void;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

const SEVERITY: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, off: 4 };

/** Lines about one trouble come with every request or every poll: one in this time tells as much. */
const THROTTLE_MS = 30_000;

/** Keys are the agent's own and few; the limit is for a key that holds an address by mistake. */
const MAX_KEYS = 256;

/** The key of all that a backend is the reason of: one that is away is one trouble, whatever it was to be asked for. */
export const BACKEND_TROUBLE = "backend";

/** Creates a log whose lines read `[sw-agent] WARN component: text`. */
export function createLogger(options: LoggerOptions): Logger {
  return componentLogger(options, new Map(), "");
}

interface Repeats {
  since: number;
  suppressed: number;
}

function componentLogger(options: LoggerOptions, repeats: Map<string, Repeats>, component: string): Logger {
  const { level: limit, now } = options;
  const isOn = (level: LogLevel) => SEVERITY[level] >= SEVERITY[limit];
  const log = (level: LogLevel, message: Message, suffix = "") => {
    if (!isOn(level)) return;
    try {
      const text = typeof message === "string" ? message : message();
      // An endpoint's name or an error's text may hold line ends: one event stays one line.
      const line = `${component && `${component}: `}${text}${suffix}`.replaceAll(/\r?\n/g, "\\n");
      options.write(`[sw-agent] ${level.toUpperCase()} ${line}`);
    } catch {
      // A log that fails has nobody to tell, and must not fail the host.
    }
  };
  return {
    debug: (message) => log("debug", message),
    info: (message) => log("info", message),
    warn: (message) => log("warn", message),
    error: (message) => log("error", message),
    child: (name) => componentLogger(options, repeats, component ? `${component}.${name}` : name),
    throttled(key, level, message) {
      if (!isOn(level)) return;
      const last = repeats.get(key);
      if (last && now() - last.since < THROTTLE_MS) {
        last.suppressed++;
        return;
      }
      repeats.delete(key);
      const [oldest] = repeats.keys();
      if (oldest !== undefined && repeats.size >= MAX_KEYS) repeats.delete(oldest);
      repeats.set(key, { since: now(), suppressed: 0 });
      log(level, message, last?.suppressed ? ` (${last.suppressed} more like this before)` : "");
    },
  };
}
