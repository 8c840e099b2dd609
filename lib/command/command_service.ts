// SPDX-License-Identifier: Apache-2.0
import { type Backoff, backoff } from "../base/backoff.ts";
import { BACKEND_TROUBLE, type Logger } from "../log.ts";
import type { Clock, Timer, Timers } from "../runtime/runtime.ts";
import type { PlainCommand } from "./command.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { parseCommand } from "./parse_command.ts";

/** What a {@link CommandService} needs. */
export interface CommandServiceOptions {
  /** Asks the backend for commands created after a time, in milliseconds since 1970. Must settle. */
  readonly fetch: (lastCommandTime: number) => Promise<readonly PlainCommand[]>;
  readonly dispatcher: Pick<Dispatcher, "dispatch">;
  /** The pause between two questions in milliseconds. */
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly timers: Timers;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/** The backend gives a command another serial number each time, so only the task's id tells a repeat. */
const MAX_KNOWN_TASKS = 64;

/** After failures the pause grows to this many intervals: a minute at the default of 20 s. */
const MAX_PAUSE_INTERVALS = 3;

/**
 * A create time further ahead than any wrong clock explains is garbage. Taken for the last command's time it
 * would make the agent deaf to every later one.
 */
const MAX_AHEAD_MS = 24 * 3_600_000;

/** Asks the backend for commands, one question at a time, and has the new ones executed. */
export class CommandService {
  readonly #options: CommandServiceOptions;
  readonly #pause: Backoff;
  readonly #knownTasks = new Set<string>();
  #lastCommandTime = 0;
  #state: "new" | "running" | "stopped" = "new";
  #timer: Timer | undefined;

  constructor(options: CommandServiceOptions) {
    const { intervalMs, random } = options;
    this.#options = options;
    this.#pause = backoff({
      firstMs: intervalMs,
      maxMs: intervalMs * MAX_PAUSE_INTERVALS,
      factor: 2,
      random,
    });
  }

  /** Asks at once, then at every interval. Has no effect but the first time, nor after {@link stop}. */
  start(): void {
    if (this.#state !== "new") return;
    this.#state = "running";
    void this.#poll();
  }

  /** Asks no more; an answer on its way is dropped. Idempotent. */
  stop(): void {
    this.#state = "stopped";
    this.#timer?.cancel();
  }

  async #poll(): Promise<void> {
    const { fetch, timers, intervalMs, log } = this.#options;
    let pauseMs = intervalMs;
    try {
      const commands = await fetch(this.#lastCommandTime);
      if (this.#state === "stopped") return;
      this.#pause.reset();
      for (const command of commands) this.#execute(command);
    } catch (error) {
      pauseMs = this.#pause.next();
      if (this.#state === "running") {
        log.throttled(BACKEND_TROUBLE, "warn", () => `Cannot fetch commands: ${reason(error)}`);
      }
    }
    if (this.#state === "running") this.#timer = timers.after(pauseMs, () => void this.#poll());
  }

  #execute(plain: PlainCommand): void {
    const { dispatcher, log } = this.#options;
    try {
      const parsed = parseCommand(plain);
      this.#moveOn(parsed.createTime);
      if (parsed.kind === "refusal") {
        log.throttled(parsed.reason, "warn", `Cannot read the command ${plain.command}: ${parsed.reason}`);
        return;
      }
      if (parsed.command.kind === "profile-task" && this.#isKnown(parsed.command.taskId)) return;
      dispatcher.dispatch(parsed.command);
    } catch (error) {
      // The next command must be reached, and the next poll: in the Python agent one bad command ends both.
      log.error(() => `Cannot execute the command ${plain.command}: ${reason(error)}`);
    }
  }

  #moveOn(createTime: number | undefined): void {
    const { clock } = this.#options;
    if (createTime === undefined || createTime > clock.now() + clock.epochOffset() + MAX_AHEAD_MS) return;
    this.#lastCommandTime = Math.max(this.#lastCommandTime, createTime);
  }

  /** Whether the task came before; if not, it is remembered. */
  #isKnown(taskId: string): boolean {
    if (this.#knownTasks.has(taskId)) return true;
    const [oldest] = this.#knownTasks;
    if (oldest !== undefined && this.#knownTasks.size >= MAX_KNOWN_TASKS) this.#knownTasks.delete(oldest);
    this.#knownTasks.add(taskId);
    return false;
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
