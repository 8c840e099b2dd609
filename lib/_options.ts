// SPDX-License-Identifier: Apache-2.0
import {
  choice,
  count,
  dictionary,
  flag,
  list,
  type OptionKind,
  optionalText,
  text,
  time,
} from "./_option_kind.ts";
import type { LogLevel } from "./log.ts";

/** The agent's settings. All times are milliseconds, whatever unit their environment variable has. */
export interface Config {
  /** The service the traces belong to. */
  readonly serviceName: string;
  /** This process among those of the service. */
  readonly instanceName: string;
  /** Where the backend listens, as `host:port`; the first one that answers is used. */
  readonly collectorBackendServices: readonly string[];
  /** `grpc` for a SkyWalking backend, `connect` (HTTP/1.1) for the embedded one. */
  readonly protocol: "grpc" | "connect";
  /** The token the backend asks for; empty for none. */
  readonly authentication: string;
  /** Talk to the backend over TLS. */
  readonly forceTls: boolean;
  /** A PEM file with the certificate authorities to trust instead of the runtime's; switches TLS on. Empty for none. */
  readonly sslTrustedCaPath: string;
  /** A PEM file with the certificate to show to the backend; empty for none. */
  readonly sslCertChainPath: string;
  /** A PEM file with that certificate's key. */
  readonly sslKeyPath: string;
  /** How often the backend is asked for profile tasks. */
  readonly getProfileTaskIntervalMs: number;
  /** How often the instance tells the backend that it lives. */
  readonly heartbeatPeriodMs: number;
  /** With every how manieth heartbeat the instance's properties go again. */
  readonly propertiesReportPeriodFactor: number;
  /** The deadline of a call to the backend. */
  readonly traceTimeoutMs: number;
  /** Ask the backend for profile tasks, and run them. */
  readonly profileActive: boolean;
  /** The most segments that are watched at the same time. */
  readonly profileMaxParallel: number;
  /** The longest time one segment is watched. */
  readonly profileDurationMs: number;
  /** The most code signatures of a snapshot. */
  readonly profileDumpMaxStackDepth: number;
  /** The most snapshots that wait to be sent. */
  readonly profileSnapshotTransportBufferSize: number;
  /** The most segments that wait to be sent. */
  readonly traceReporterMaxBufferSize: number;
  /** What the agent writes to standard error. */
  readonly loggingLevel: LogLevel;
  /** Requests whose path ends with one of these are not traced. */
  readonly ignoreSuffix: readonly string[];
  /** Requests whose path matches one of these Ant patterns are not traced. */
  readonly traceIgnorePath: readonly string[];
  /** HTTP methods that are not traced, in upper case. */
  readonly httpIgnoreMethod: readonly string[];
  /** Names of the instrumentations that stay off. */
  readonly disablePlugins: readonly string[];
  /** The agent does nothing at all. */
  readonly disable: boolean;
  /** Further properties of the instance. */
  readonly instanceProperties: Readonly<Record<string, string>>;
}

/** A row of the table: one setting. */
export interface Option<T> {
  /** The first one set wins. Where the agents of other languages differ in a name, each is accepted. */
  readonly env: readonly [string, ...string[]];
  readonly kind: OptionKind<T>;
  readonly default: T;
  readonly doc: string;
}

/**
 * The backend cuts names in segments to this, but looks tasks up by the name as it came (OAP
 * `NamingControl`): only names that are cut here already can be profiled.
 */
export const MAX_NAME_LENGTH = 70;

const LOG_LEVELS = ["debug", "info", "warn", "error", "off"] as const;

/** Every setting, once. Checks, the environment and the documentation come from here. */
export const OPTIONS: { readonly [K in keyof Config]: Option<Config[K]> } = {
  serviceName: {
    env: ["SW_AGENT_NAME"],
    kind: text(MAX_NAME_LENGTH),
    default: "your-javascript-service",
    doc: "Service the traces belong to; cut to 70 characters, as the backend does",
  },
  instanceName: {
    env: ["SW_AGENT_INSTANCE_NAME", "SW_AGENT_INSTANCE"],
    kind: text(MAX_NAME_LENGTH),
    default: "",
    doc: "This process among those of the service; unique by default (`uuid@host`)",
  },
  collectorBackendServices: {
    env: ["SW_AGENT_COLLECTOR_BACKEND_SERVICES"],
    kind: list("host:port", 1, (address) => (isAddress(address) ? address : undefined)),
    default: ["127.0.0.1:11800"],
    doc: "Addresses of the backend, as `host:port,host:port`",
  },
  protocol: {
    env: ["SW_AGENT_PROTOCOL"],
    kind: choice(["grpc", "connect"]),
    default: "grpc",
    doc: "`grpc` for a SkyWalking backend; `connect` (HTTP/1.1) for the embedded one",
  },
  authentication: {
    env: ["SW_AGENT_AUTHENTICATION"],
    kind: optionalText(),
    default: "",
    doc: "Token the backend asks for",
  },
  forceTls: {
    env: ["SW_AGENT_FORCE_TLS", "SW_AGENT_SECURE"],
    kind: flag(),
    default: false,
    doc: "Talk to the backend over TLS",
  },
  sslTrustedCaPath: {
    env: ["SW_AGENT_SSL_TRUSTED_CA_PATH"],
    kind: optionalText(),
    default: "",
    doc: "PEM file of the certificate authorities to trust instead of the runtime's; switches TLS on",
  },
  sslCertChainPath: {
    env: ["SW_AGENT_SSL_CERT_CHAIN_PATH"],
    kind: optionalText(),
    default: "",
    doc: "PEM file of the certificate to show to the backend (mutual TLS)",
  },
  sslKeyPath: {
    env: ["SW_AGENT_SSL_KEY_PATH"],
    kind: optionalText(),
    default: "",
    doc: "PEM file of that certificate's key",
  },
  getProfileTaskIntervalMs: {
    env: ["SW_AGENT_COLLECTOR_GET_PROFILE_TASK_INTERVAL"],
    kind: time("seconds", 0.05, 3600),
    default: 20_000,
    doc: "How often the backend is asked for profile tasks",
  },
  heartbeatPeriodMs: {
    env: ["SW_AGENT_COLLECTOR_HEARTBEAT_PERIOD"],
    kind: time("seconds", 0.05, 3600),
    default: 30_000,
    doc: "How often the instance tells the backend that it lives",
  },
  propertiesReportPeriodFactor: {
    env: ["SW_AGENT_COLLECTOR_PROPERTIES_REPORT_PERIOD_FACTOR"],
    kind: count(1, 1000),
    default: 10,
    doc: "The instance's properties go again with every so manieth heartbeat",
  },
  traceTimeoutMs: {
    env: ["SW_AGENT_TRACE_TIMEOUT"],
    kind: time("milliseconds", 1, 600_000),
    default: 10_000,
    doc: "Deadline of a call to the backend",
  },
  profileActive: {
    env: ["SW_AGENT_PROFILE_ACTIVE"],
    kind: flag(),
    default: true,
    doc: "Ask the backend for profile tasks, and run them",
  },
  profileMaxParallel: {
    env: ["SW_AGENT_PROFILE_MAX_PARALLEL"],
    kind: count(1, 100),
    default: 5,
    doc: "Most segments that are watched at the same time",
  },
  profileDurationMs: {
    env: ["SW_AGENT_PROFILE_DURATION"],
    kind: time("minutes", 0.001, 60),
    default: 600_000,
    doc: "Longest time one segment is watched",
  },
  profileDumpMaxStackDepth: {
    env: ["SW_AGENT_PROFILE_DUMP_MAX_STACK_DEPTH"],
    kind: count(2, 10_000),
    default: 500,
    doc: "Most frames of a snapshot; the innermost ones and the root stay",
  },
  profileSnapshotTransportBufferSize: {
    env: ["SW_AGENT_PROFILE_SNAPSHOT_TRANSPORT_BUFFER_SIZE"],
    kind: count(1, 1_000_000),
    // A request is told at its end, in 11,000 snapshots at most, which share their stacks: five of them fit.
    default: 60_000,
    doc: "Most snapshots that wait to be sent",
  },
  traceReporterMaxBufferSize: {
    env: ["SW_AGENT_TRACE_REPORTER_MAX_BUFFER_SIZE", "SW_AGENT_MAX_BUFFER_SIZE"],
    kind: count(1, 1_000_000),
    default: 5000,
    doc: "Most segments that wait to be sent; above it the oldest go",
  },
  loggingLevel: {
    env: ["SW_AGENT_LOGGING_LEVEL"],
    kind: choice(LOG_LEVELS),
    default: "warn",
    doc: "What the agent writes to standard error: `debug`, `info`, `warn`, `error` or `off`",
  },
  ignoreSuffix: {
    env: ["SW_AGENT_IGNORE_SUFFIX", "SW_IGNORE_SUFFIX"],
    kind: list("suffixes"),
    default: [
      ".jpg",
      ".jpeg",
      ".js",
      ".css",
      ".png",
      ".bmp",
      ".gif",
      ".ico",
      ".mp3",
      ".mp4",
      ".html",
      ".svg",
    ],
    doc: "Requests whose path ends with one of these are not traced; `,` for none",
  },
  traceIgnorePath: {
    env: ["SW_AGENT_TRACE_IGNORE_PATH", "SW_TRACE_IGNORE_PATH"],
    kind: list("Ant patterns"),
    default: [],
    doc: "Requests whose path matches one of these (`?`, `*`, `**`) are not traced",
  },
  httpIgnoreMethod: {
    env: ["SW_PLUGIN_HTTP_IGNORE_METHOD", "SW_HTTP_IGNORE_METHOD"],
    kind: list("HTTP methods", 0, (method) => method.toUpperCase()),
    default: [],
    doc: "HTTP methods that are not traced",
  },
  disablePlugins: {
    env: ["SW_AGENT_DISABLE_PLUGINS"],
    kind: list("names"),
    default: [],
    doc: "Instrumentations that stay off",
  },
  disable: {
    env: ["SW_DISABLE"],
    kind: flag(),
    default: false,
    doc: "Do nothing at all",
  },
  instanceProperties: {
    env: ["SW_AGENT_INSTANCE_PROPERTIES_JSON"],
    kind: dictionary(),
    default: {},
    doc: 'Further properties of the instance, as `{"key": "value"}`',
  },
};

/** A host name, an IPv4 address or an IPv6 address in brackets, and a port. */
function isAddress(address: string): boolean {
  const match = /^(?:[\w.-]+|\[[\da-fA-F:.]+\]):(\d{1,5})$/.exec(address);
  const port = Number(match?.[1]);
  return port >= 1 && port <= 65_535;
}
