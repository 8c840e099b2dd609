// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

/** The root of the repository. */
export const ROOT: string = dirname(dirname(import.meta.dirname));

/** A runtime a test can start. Node 20 cannot run TypeScript: there only what is built runs. */
export type Installed = "bun" | "deno" | "node20" | "node22" | "node24" | "node26";

/** Those that run the sources as they are. */
export const RUN_SOURCES: readonly Installed[] = ["bun", "deno", "node22", "node24", "node26"];

/** All of them. */
export const RUN_BUILT: readonly Installed[] = [...RUN_SOURCES, "node20"];

/** How to start a program. */
export interface SpawnOptions {
  /** Loaded before the program. */
  readonly preload?: string;
  /** Arguments of the program. */
  readonly args?: readonly string[];
  /** Added to the environment of the tests; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The runtime's own flags. @default `-A` for Deno */
  readonly flags?: readonly string[];
  readonly cwd?: string;
  /** Milliseconds after which the program is killed. @default 30_000 */
  readonly timeoutMs?: number;
}

/** How a program ended. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  /** `null` if a signal ended it. */
  readonly code: number | null;
}

/** A program that runs. */
export interface Running extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Resolves when it has ended and all its output is in. */
  readonly ended: Promise<Ended>;
  /** The next line of its output for which `read` gives something. */
  line<T>(read: (line: string) => T | undefined): Promise<T>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts `program` on `runtime`. The child is killed when the test disposes of it. */
export function start(runtime: Installed, program: string, options: SpawnOptions = {}): Running {
  const { preload, args = [], env = {}, cwd = ROOT, timeoutMs = 30_000 } = options;
  const [command, ...prefix] = commandOf(runtime, preload, options.flags);
  // The tests run on Bun: its own variables are not for the program.
  const merged: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env };
  const child = spawn(command, [...prefix, program, ...args], {
    cwd,
    env: merged,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  let stdout = "";
  let stderr = "";
  const lines: string[] = [];
  let wake: (() => void) | undefined;
  let isOver = false;
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    stdout += `${line}\n`;
    lines.push(line);
    wake?.();
  });
  const ended = once(child, "close").then(([code]): Ended => {
    isOver = true;
    wake?.();
    return { stdout, stderr, code: code as number | null };
  });
  return {
    child,
    ended,
    async line(read) {
      for (;;) {
        while (lines.length > 0) {
          const found = read(lines.shift() ?? "");
          if (found !== undefined) return found;
        }
        if (isOver) throw new Error(`Cannot read on: ${runtime} has ended, and said\n${stdout}${stderr}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    kill: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Runs `program` to its end. */
export function run(runtime: Installed, program: string, options: SpawnOptions = {}): Promise<Ended> {
  return start(runtime, program, options).ended;
}

function commandOf(
  runtime: Installed,
  preload: string | undefined,
  flags: readonly string[] | undefined,
): [string, ...string[]] {
  const modules = join(ROOT, "node_modules");
  switch (runtime) {
    case "bun":
      return [join(modules, ".bin/bun"), ...(flags ?? []), ...(preload ? ["--preload", preload] : [])];
    case "deno":
      return [
        join(modules, ".bin/deno"),
        "run",
        "--quiet",
        ...(flags ?? ["-A"]),
        ...(preload ? ["--preload", preload] : []),
      ];
    default:
      return [
        join(modules, runtime, "bin/node"),
        "--disable-warning=ExperimentalWarning",
        ...(flags ?? []),
        ...(preload ? ["--import", preload] : []),
      ];
  }
}
