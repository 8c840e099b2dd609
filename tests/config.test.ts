// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { type AgentOptions, type Config, loadConfig, optionTable } from "../lib/config.ts";

function load(env: Record<string, string> = {}, options: AgentOptions = {}) {
  return loadConfig(options, (name) => env[name], "uuid@host");
}

const times: [
  env: string,
  key: keyof Config,
  unitMs: number,
  min: string,
  below: string,
  max: string,
  above: string,
][] = [
  [
    "SW_AGENT_COLLECTOR_GET_PROFILE_TASK_INTERVAL",
    "getProfileTaskIntervalMs",
    1000,
    "0.05",
    "0.049",
    "3600",
    "3600.1",
  ],
  ["SW_AGENT_COLLECTOR_HEARTBEAT_PERIOD", "heartbeatPeriodMs", 1000, "0.05", "0.049", "3600", "3601"],
  [
    "SW_AGENT_COLLECTOR_PROPERTIES_REPORT_PERIOD_FACTOR",
    "propertiesReportPeriodFactor",
    1,
    "1",
    "0",
    "1000",
    "1001",
  ],
  ["SW_AGENT_TRACE_TIMEOUT", "traceTimeoutMs", 1, "1", "0", "600000", "600001"],
  ["SW_AGENT_PROFILE_MAX_PARALLEL", "profileMaxParallel", 1, "1", "0", "100", "101"],
  ["SW_AGENT_PROFILE_DURATION", "profileDurationMs", 60_000, "0.001", "0.0009", "60", "61"],
  ["SW_AGENT_PROFILE_DUMP_MAX_STACK_DEPTH", "profileDumpMaxStackDepth", 1, "2", "1", "10000", "10001"],
  [
    "SW_AGENT_PROFILE_SNAPSHOT_TRANSPORT_BUFFER_SIZE",
    "profileSnapshotTransportBufferSize",
    1,
    "1",
    "0",
    "1000000",
    "1000001",
  ],
  [
    "SW_AGENT_TRACE_REPORTER_MAX_BUFFER_SIZE",
    "traceReporterMaxBufferSize",
    1,
    "1",
    "0",
    "1000000",
    "1000001",
  ],
];

describe("loadConfig", () => {
  test("has defaults for everything, and no problem with an empty environment", () => {
    const { config, problems } = load();
    expect(problems).toEqual([]);
    expect(config).toMatchObject({
      serviceName: "your-javascript-service",
      instanceName: "uuid@host",
      collectorBackendServices: ["127.0.0.1:11800"],
      protocol: "grpc",
      getProfileTaskIntervalMs: 20_000,
      heartbeatPeriodMs: 30_000,
      traceTimeoutMs: 10_000,
      profileActive: true,
      profileMaxParallel: 5,
      profileDurationMs: 600_000,
      profileDumpMaxStackDepth: 500,
      profileSnapshotTransportBufferSize: 60_000,
      disable: false,
    });
    expect(config.ignoreSuffix.length).toBe(12);
  });

  test("code wins over the environment, which wins over the default", () => {
    const env = { SW_AGENT_NAME: "from-env", SW_AGENT_PROFILE_ACTIVE: "FALSE", SW_DISABLE: "1" };
    const { config } = load(env, { serviceName: "from-code", disable: false, protocol: undefined });
    expect(config.serviceName).toBe("from-code");
    expect(config.profileActive).toBe(false);
    expect(config.disable).toBe(false);
    expect(config.protocol).toBe("grpc");
  });

  test("does not look at a variable that code overrides", () => {
    expect(load({ SW_AGENT_TRACE_TIMEOUT: "bad" }, { traceTimeoutMs: 5 }).problems).toEqual([]);
  });

  test("every environment name and alias of the table sets its option", () => {
    const values: Record<string, string> = { true: "false", false: "true", grpc: "connect", warn: "debug" };
    const plain = load().config;
    for (const { key, env, aliases, default: value } of optionTable()) {
      for (const name of [env, ...aliases]) {
        const text = name.endsWith("JSON") ? '{"a":"b"}' : name.endsWith("SERVICES") ? "h:1" : "7";
        const { config, problems } = load({ [name]: values[value] ?? text });
        expect({ name, problems }).toEqual({ name, problems: [] });
        expect({ name, value: config[key as keyof Config] }).not.toEqual({
          name,
          value: plain[key as keyof Config],
        });
      }
    }
  });

  test("the first of several names wins", () => {
    const env = { SW_AGENT_INSTANCE: "node-name", SW_AGENT_INSTANCE_NAME: "own-name" };
    expect(load(env).config.instanceName).toBe("own-name");
  });

  test("an empty variable counts as unset", () => {
    const env = {
      SW_AGENT_NAME: " ",
      SW_AGENT_FORCE_TLS: "",
      SW_AGENT_SECURE: "true",
      SW_AGENT_IGNORE_SUFFIX: "",
    };
    const { config, problems } = load(env);
    expect(problems).toEqual([]);
    expect(config.serviceName).toBe("your-javascript-service");
    expect(config.forceTls).toBe(true);
    expect(config.ignoreSuffix.length).toBe(12);
  });

  for (const [env, key, unitMs, min, below, max, above] of times) {
    test(`${env} takes ${min} to ${max} and nothing beyond`, () => {
      const fallback = load().config[key];
      for (const good of [min, max]) {
        const { config, problems } = load({ [env]: good });
        expect(problems).toEqual([]);
        expect(config[key]).toBeCloseTo(Number(good) * unitMs, 6);
      }
      for (const bad of [
        below,
        above,
        "-1",
        "NaN",
        "Infinity",
        "1e3",
        "0x10",
        "five",
        "1,5",
        "10 s",
        "9".repeat(400),
      ]) {
        const { config, problems } = load({ [env]: bad });
        expect(config[key]).toBe(fallback);
        expect(problems.length).toBe(1);
        expect(problems[0]).toStartWith(`Cannot use ${env}: expected a `);
      }
    });
  }

  test("periods take fractions, counts do not", () => {
    const { config, problems } = load({
      SW_AGENT_COLLECTOR_GET_PROFILE_TASK_INTERVAL: "0.2",
      SW_AGENT_PROFILE_MAX_PARALLEL: "1.5",
    });
    expect(config.getProfileTaskIntervalMs).toBe(200);
    expect(config.profileMaxParallel).toBe(5);
    expect(problems).toEqual([
      'Cannot use SW_AGENT_PROFILE_MAX_PARALLEL: expected a whole number from 1 to 100, got "1.5"',
    ]);
  });

  test("reports a bad value with what was expected, and uses the default", () => {
    const bad: [name: string, value: string, problem: string][] = [
      ["SW_AGENT_PROTOCOL", "kafka", 'expected one of grpc, connect, got "kafka"'],
      ["SW_AGENT_FORCE_TLS", "ja", 'expected true or false, got "ja"'],
      ["SW_AGENT_LOGGING_LEVEL", "loud", 'expected one of debug, info, warn, error, off, got "loud"'],
      ["SW_AGENT_INSTANCE_PROPERTIES_JSON", "{", 'expected a JSON object whose values are texts, got "{"'],
      [
        "SW_AGENT_INSTANCE_PROPERTIES_JSON",
        "[1]",
        'expected a JSON object whose values are texts, got "[1]"',
      ],
      ["SW_AGENT_INSTANCE_PROPERTIES_JSON", '{"a":1}', "expected a JSON object whose values are texts, got "],
      ["SW_AGENT_COLLECTOR_BACKEND_SERVICES", ",", 'expected a comma-separated list of host:port, got ","'],
    ];
    for (const [name, value, problem] of bad) {
      const { config, problems } = load({ [name]: value });
      expect(problems.length).toBe(1);
      expect(problems[0]).toStartWith(`Cannot use ${name}: ${problem}`);
      expect(config).toEqual(load().config);
    }
  });

  test("takes backend addresses with names, IPv4 and IPv6, and refuses what has no valid port", () => {
    const addresses = (value: string) => load({ SW_AGENT_COLLECTOR_BACKEND_SERVICES: value });
    expect(addresses("oap.local:1, 10.0.0.1:65535,[::1]:11800").config.collectorBackendServices).toEqual([
      "oap.local:1",
      "10.0.0.1:65535",
      "[::1]:11800",
    ]);
    for (const bad of [
      "oap",
      "oap:",
      "oap:0",
      "oap:65536",
      ":11800",
      "http://oap:11800",
      "::1:11800",
      "a:1,b",
    ]) {
      expect({ bad, problems: addresses(bad).problems.length }).toEqual({ bad, problems: 1 });
    }
  });

  test("cuts names to 70 characters, as the backend does", () => {
    const long = "s".repeat(71);
    expect(load({ SW_AGENT_NAME: long.slice(1) }).config.serviceName).toBe(long.slice(1));
    const { config } = loadConfig({ serviceName: long }, () => undefined, "i".repeat(71));
    expect(config.serviceName.length).toBe(70);
    expect(config.instanceName.length).toBe(70);
  });

  test("lists drop blanks, and methods are in upper case", () => {
    const { config } = load({ SW_HTTP_IGNORE_METHOD: "options, ,Head", SW_AGENT_IGNORE_SUFFIX: "," });
    expect(config.httpIgnoreMethod).toEqual(["OPTIONS", "HEAD"]);
    expect(config.ignoreSuffix).toEqual([]);
  });

  test("refuses an unknown option and a bad value given in code", () => {
    const from = (options: object) => () => load({}, options as AgentOptions);
    expect(from({ serviceNmae: "x" })).toThrow("Cannot use option serviceNmae: there is no such option");
    expect(from({ toString: "x" })).toThrow("Cannot use option toString: there is no such option");
    expect(from({ serviceName: "" })).toThrow('Cannot use option serviceName: expected a text, got ""');
    expect(from({ heartbeatPeriodMs: "30" })).toThrow(
      'Cannot use option heartbeatPeriodMs: expected a number of milliseconds from 50 to 3600000, got "30"',
    );
    for (const value of [null, Number.NaN, 49, 3_600_001, {}, []]) {
      expect(from({ heartbeatPeriodMs: value })).toThrow(TypeError);
    }
    expect(from({ heartbeatPeriodMs: 50 })).not.toThrow();
    expect(from({ collectorBackendServices: [] })).toThrow(TypeError);
    expect(from({ collectorBackendServices: ["nowhere"] })).toThrow(TypeError);
  });

  test("cannot be changed afterwards, nor through what was passed in", () => {
    const ignoreSuffix = [".a"];
    const { config } = load({}, { ignoreSuffix });
    ignoreSuffix.push(".b");
    expect(config.ignoreSuffix).toEqual([".a"]);
    expect(Object.isFrozen(config)).toBe(true);
    for (const value of Object.values(config)) expect(Object.isFrozen(value)).toBe(true);
  });
});

describe("optionTable", () => {
  test("names no environment variable twice and documents every option", () => {
    const rows = optionTable();
    const names = rows.flatMap(({ env, aliases }) => [env, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    expect(rows.map((row) => row.key)).toEqual(Object.keys(load().config));
    for (const { doc } of rows) expect(doc).not.toBe("");
  });

  test("shows defaults in the unit of the environment", () => {
    const row = (key: string) => optionTable().find((candidate) => candidate.key === key);
    expect(row("heartbeatPeriodMs")?.default).toBe("30 s");
    expect(row("profileDurationMs")?.default).toBe("10 min");
    expect(row("traceTimeoutMs")?.default).toBe("10000 ms");
    expect(row("forceTls")).toEqual({
      key: "forceTls",
      env: "SW_AGENT_FORCE_TLS",
      aliases: ["SW_AGENT_SECURE"],
      default: "false",
      doc: "Talk to the backend over TLS",
    });
  });
});
