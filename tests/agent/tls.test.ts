// SPDX-License-Identifier: Apache-2.0

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tlsOptions } from "../../lib/_tls.ts";
import { type AgentOptions, loadConfig } from "../../lib/config.ts";
import { selectRuntime } from "../../lib/runtime/select.ts";

let folder: string;
let pem: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sw-agent-tls-"));
  pem = join(folder, "some.pem");
  writeFileSync(pem, "PEM");
});
afterAll(() => rmSync(folder, { recursive: true }));

function tlsOf(options: AgentOptions): ReturnType<typeof tlsOptions> {
  return tlsOptions(loadConfig(options, () => undefined, "i").config, selectRuntime().host);
}

describe("TLS", () => {
  test("is off unless it is asked for, or a certificate authority is named", () => {
    expect(tlsOf({})).toEqual({ tls: false });
    expect(tlsOf({ forceTls: true })).toEqual({ tls: true });
    expect(tlsOf({ sslTrustedCaPath: pem })).toEqual({ tls: true, ca: "PEM" });
  });

  test("takes a client's certificate with its key", () => {
    const paths = { sslCertChainPath: pem, sslKeyPath: pem };
    expect(tlsOf({ forceTls: true, ...paths })).toEqual({ tls: true, cert: "PEM", key: "PEM" });
    for (const one of [{ sslCertChainPath: pem }, { sslKeyPath: pem }]) {
      expect(() => tlsOf(one)).toThrow("takes both sslCertChainPath and sslKeyPath, and one is not set");
    }
  });

  test("does without no file that is named", () => {
    const none = join(folder, "none.pem");
    expect(() => tlsOf({ sslTrustedCaPath: none })).toThrow(`sslTrustedCaPath, ${none}, cannot be read`);
    expect(() => tlsOf({ sslCertChainPath: pem, sslKeyPath: folder })).toThrow(
      `sslKeyPath, ${folder}, cannot be read`,
    );
  });
});
