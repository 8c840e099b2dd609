// SPDX-License-Identifier: Apache-2.0
import { attempt } from "./_attempt.ts";
import { exitFlush } from "./_host_exit.ts";
import { filePath } from "./_own.ts";
import type { Host, RuntimeName } from "./runtime.ts";
import { writeStandardError } from "./standard_error.ts";

/** What the agent may want to do that a runtime can refuse. */
export type Access =
  | { readonly name: "net"; readonly host: string }
  | { readonly name: "env"; readonly variable: string }
  | { readonly name: "sys"; readonly kind: "hostname" | "networkInterfaces" | "inspector" }
  | { readonly name: "read"; readonly path: string };

/** What differs between the hosts. */
export interface HostOptions {
  readonly runtime: RuntimeName;
  readonly version: string;
  /** Whether it is granted already, found out without asking the user. */
  readonly isGranted: (access: Access) => boolean;
  /** What the runtime knows of the source maps of loaded modules; absent where it tells places in the sources. */
  readonly findSourceMap?: (path: string) => { readonly payload: object } | undefined;
}

/** The host on the parts of Node that every runtime has. */
export function createHost({ runtime, version, isGranted, findSourceMap }: HostOptions): Host {
  const os = process.getBuiltinModule("node:os");
  // The functions as they are now: on Bun those of node:fs are wrapped before the app loads.
  const { readFileSync, statSync } = process.getBuiltinModule("node:fs");
  return {
    runtime,
    version,
    pid: process.pid,
    cwd: attempt(() => filePath(process.cwd())),
    mayConnect: (address) => isGranted({ name: "net", host: address }),
    env: (name) =>
      isGranted({ name: "env", variable: name }) ? attempt(() => process.env[name]) : undefined,
    hostname: () => (isGranted({ name: "sys", kind: "hostname" }) ? attempt(() => os.hostname()) : undefined),
    ipv4() {
      if (!isGranted({ name: "sys", kind: "networkInterfaces" })) return [];
      const interfaces = Object.values(attempt(() => os.networkInterfaces()) ?? {});
      return interfaces.flatMap((addresses) =>
        (addresses ?? [])
          .filter(({ family, internal }) => family === "IPv4" && !internal)
          .map(({ address }) => address),
      );
    },
    osName: () => attempt(() => os.type()) ?? process.platform,
    writeError: writeStandardError,
    readSource(path, maxBytes) {
      if (!isGranted({ name: "read", path })) return undefined;
      return attempt(() => {
        const stats = statSync(path);
        return stats.isFile() && stats.size <= maxBytes ? readFileSync(path, "utf8") : undefined;
      });
    },
    findSourceMap: (path) => attempt(() => findSourceMap?.(path)?.payload),
    onExit: exitFlush,
  };
}
