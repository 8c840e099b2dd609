// SPDX-License-Identifier: Apache-2.0
import type { Host } from "./runtime/runtime.ts";

/** A name for this process that no other has, and that tells a reader the machine. */
export function uniqueInstanceName(host: Host): string {
  const place = host.ipv4()[0] ?? host.hostname() ?? "unknown";
  return `${process.getBuiltinModule("node:crypto").randomUUID().replaceAll("-", "")}@${place}`;
}

/**
 * What the backend shows of this process.
 *
 * @param further the user's own, which win
 */
export function instanceProperties(
  host: Host,
  further: Readonly<Record<string, string>>,
): readonly (readonly [key: string, value: string])[] {
  const hostname = host.hostname();
  const own: [string, string][] = [
    // The backend knows JavaScript by this name only: "bun" or "deno" would be shown as unknown (oap.md §5).
    ["language", "nodejs"],
    ["runtime", `${host.runtime} ${host.version}`],
    ["OS Name", host.osName()],
    ["Process No.", String(host.pid)],
    ...(hostname === undefined ? [] : [["hostname", hostname] as [string, string]]),
    ...host.ipv4().map((address): [string, string] => ["ipv4", address]),
  ];
  return [...own.filter(([key]) => !Object.hasOwn(further, key)), ...Object.entries(further)];
}
