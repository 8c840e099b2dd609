// SPDX-License-Identifier: Apache-2.0

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import process from "node:process";
import { CliError, messageOf } from "./cli_error.ts";
import type { Launch } from "./launch.ts";

/** An app that was started. */
export interface AppProcess {
  /** Resolves to its exit code, or to 128 and the signal's number as a shell does. */
  readonly exited: Promise<number>;
  /** Sends a signal; nothing if it has ended. */
  kill(signal: NodeJS.Signals): void;
  /** Whether it has not ended, nor, if it is a group of its own, all that it started in it. */
  isAlive(): boolean;
}

/** How an app is started. */
export interface AppProcessOptions {
  /** Set in addition to the launch's own. */
  readonly env: Readonly<Record<string, string>>;
  /** Where its output goes: to ours, or to standard error where ours is a result. */
  readonly output: "inherit" | "stderr";
  /** Makes it a group of its own, so that `kill` reaches what it started, and a terminal's ^C does not. */
  readonly ownGroup: boolean;
}

/** As shells have it. */
const EXIT_NOT_EXECUTABLE = 126;
const EXIT_NOT_FOUND = 127;

/**
 * Starts an app.
 *
 * @throws {CliError} if there is no such program
 */
export async function startApp(launch: Launch, options: AppProcessOptions): Promise<AppProcess> {
  const output = options.output === "inherit" ? "inherit" : 2;
  let child: ChildProcess;
  try {
    child = spawn(launch.command, [...launch.args], {
      stdio: [options.ownGroup ? "ignore" : "inherit", output, "inherit"],
      env: { ...process.env, ...launch.env, ...options.env },
      detached: options.ownGroup,
    });
    await once(child, "spawn");
  } catch (error) {
    throw notStarted(launch.command, error);
  }
  let hasEnded = false;
  const exited = new Promise<number>((resolve) => {
    child.once("exit", (code, signal) => {
      hasEnded = true;
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
  const send = (signal: NodeJS.Signals | 0): boolean => {
    // A group outlives its first process; without one, the number may soon be another's.
    if (child.pid === undefined || (hasEnded && !options.ownGroup)) return false;
    try {
      process.kill(options.ownGroup ? -child.pid : child.pid, signal);
      return true;
    } catch {
      return false;
    }
  };
  return {
    exited,
    // Not by the child's own `kill`: Deno then tells that signal as its end, whatever it made of it.
    kill: (signal) => void send(signal),
    isAlive: () => send(0),
  };
}

function notStarted(command: string, error: unknown): CliError {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") {
    return new CliError(`Cannot start ${command}: there is no such program`, EXIT_NOT_FOUND);
  }
  return new CliError(`Cannot start ${command}: ${messageOf(error)}`, EXIT_NOT_EXECUTABLE);
}

const PASSED_ON: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"];

/** What a terminal sends to all processes in front, so that the app has it already. */
const OF_TERMINAL: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT", "SIGHUP"];

/**
 * Passes the signals that this process gets on to an app, for as long as this process lives.
 *
 * @returns a function that takes the app; those that came before are passed on then, so that none is left behind
 */
export function passSignals(): (app: AppProcess) => void {
  const hasTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
  const early: NodeJS.Signals[] = [];
  let app: AppProcess | undefined;
  for (const signal of PASSED_ON) {
    const isSent = hasTerminal && OF_TERMINAL.includes(signal);
    process.on(signal, () => {
      if (app === undefined) early.push(signal);
      else if (!isSent) app.kill(signal);
    });
  }
  return (started) => {
    app = started;
    for (const signal of early) app.kill(signal);
  };
}
