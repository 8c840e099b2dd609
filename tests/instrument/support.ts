// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { type Installed, ROOT, type Running, start } from "../support/spawn.ts";

/** A span as the preload prints it. */
export interface PrintedSpan {
  readonly id: number;
  readonly parentId: number;
  readonly kind: string;
  readonly operationName: string;
  readonly component: number;
  readonly layer: string;
  readonly peer: string;
  readonly isError: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly logs: readonly Readonly<Record<string, string>>[];
  readonly refs: readonly Readonly<Record<string, unknown>>[];
  readonly startTime: number;
  readonly endTime: number;
}

/** A finished segment as the preload prints it. */
export interface PrintedSegment {
  readonly segmentId: string;
  readonly traceId: string;
  readonly spans: readonly [PrintedSpan, ...PrintedSpan[]];
}

interface PrintedEvent {
  readonly event: string;
  readonly name: string;
}

/** An app that is traced, with all it printed. */
export interface TracedApp extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly running: Running;
  get(path: string, headers?: Record<string, string>): Promise<string>;
  /** The next segment whose first span has this name; what comes before it is skipped. */
  segment(name: string): Promise<PrintedSegment>;
  /** The names of the first spans of what is finished, up to this one. */
  namesUpTo(name: string): Promise<string[]>;
  /** What the listener was told of requests of this name, up to its end. */
  events(name: string): Promise<string[]>;
}

/** How to start an app. */
export interface StartOptions {
  readonly service?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Finds the port in a line of the app's output. */
  readonly listening?: RegExp;
}

/** Starts an app with the preload; on Node 20, which runs no TypeScript, as built. */
export async function startTraced(
  runtime: Installed,
  app: string,
  { service = "app", env = {}, listening = /^listening (\d+)$/ }: StartOptions = {},
): Promise<TracedApp> {
  const folder = await mkdtemp(join(tmpdir(), "sw-agent-instrument-"));
  let preload = join(ROOT, "tests/instrument/preload.ts");
  if (runtime === "node20") {
    const outfile = join(folder, "preload.mjs");
    await build({
      entryPoints: [preload],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      external: ["bun:*"],
    });
    preload = outfile;
  }
  const running = start(runtime, join(ROOT, "tests/instrument", app), {
    preload,
    env: { ...env, TEST_SERVICE: service },
  });
  const dispose = async () => {
    await running[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  };
  try {
    const port = Number(await running.line((line) => listening.exec(line)?.[1]));
    const url = `http://127.0.0.1:${port}`;
    return {
      url,
      port,
      running,
      get: async (path, headers = {}) => (await fetch(url + path, { headers })).text(),
      segment: (name) =>
        running.line((line) => {
          const printed = JSON.parse(line) as Partial<PrintedSegment>;
          return printed.spans?.[0].operationName === name ? (printed as PrintedSegment) : undefined;
        }),
      namesUpTo(name) {
        const names: string[] = [];
        return running.line((line) => {
          const { spans } = JSON.parse(line) as Partial<PrintedSegment>;
          if (spans) names.push(spans[0].operationName);
          return names.includes(name) ? names : undefined;
        });
      },
      events(name) {
        const events: string[] = [];
        return running.line((line) => {
          const printed = JSON.parse(line) as Partial<PrintedEvent>;
          if (printed.event && printed.name === name) events.push(printed.event);
          return printed.event === "ended" && printed.name === name ? events : undefined;
        });
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Sends a request and breaks the connection off after `ms`, or when the first byte of the answer came. */
export function breakOff(port: number, path: string, after: "first byte" | number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`);
      if (typeof after === "number") setTimeout(() => socket.destroy(), after);
    });
    socket.on("data", () => socket.destroy());
    socket.on("close", () => resolve());
  });
}

/** Sends several requests at once on one connection, and gives all that comes back. */
export function pipeline(port: number, paths: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    let received = "";
    const socket = connect(port, "127.0.0.1", () => {
      const last = paths.length - 1;
      const close = (i: number) => (i === last ? "connection: close\r\n" : "");
      socket.write(paths.map((path, i) => `GET ${path} HTTP/1.1\r\nhost: x\r\n${close(i)}\r\n`).join(""));
    });
    socket.on("data", (chunk) => {
      received += chunk;
    });
    socket.on("close", () => resolve(received));
  });
}
