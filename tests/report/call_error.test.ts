// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { CallError, toCallError } from "../../lib/report/call_error.ts";

/** What the transport makes of an error of the system. */
function caused(code: string, status: Code = Code.Internal): ConnectError {
  const error = new ConnectError("something happened", status);
  error.cause = Object.assign(new Error(code), { code });
  return error;
}

const outcomeOf = (error: unknown, protocol: "grpc" | "connect" = "grpc") =>
  toCallError(error, "oap:11800", protocol).outcome;

describe("toCallError", () => {
  test.each([
    "ECONNREFUSED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ERR_HTTP2_GOAWAY_SESSION",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "CERT_HAS_EXPIRED",
    "ERR_TLS_CERT_ALTNAME_INVALID",
  ])("takes %s for a call that was not sent", (code) => {
    expect(outcomeOf(caused(code))).toBe("unsent");
  });

  test.each(["ECONNRESET", "EPIPE", "ETIMEDOUT", "ERR_HTTP2_STREAM_ERROR", "ERR_STREAM_PREMATURE_CLOSE"])(
    "does not know whether a call arrived that ended by %s",
    (code) => {
      expect(outcomeOf(caused(code, Code.Unavailable))).toBe("unknown");
    },
  );

  test("takes a refused stream, of which HTTP/2 says that nothing was processed, for one that was not sent", () => {
    const refused = "http/2 stream closed with error code REFUSED_STREAM (0x7)";
    expect(outcomeOf(new ConnectError(refused, Code.Unavailable))).toBe("unsent");
    expect(outcomeOf(new ConnectError(refused.replace("REFUSED_STREAM", "CANCEL"), Code.Canceled))).toBe(
      "unknown",
    );
  });

  test("takes HTTP 404 for the lack of a method by Connect, by gRPC for a page where a backend should be", () => {
    const notFound = new ConnectError("HTTP 404", Code.Unimplemented);
    expect(outcomeOf(notFound, "connect")).toBe("unimplemented");
    expect(outcomeOf(notFound, "grpc")).toBe("unsent");
  });

  test("finds what was told already among the causes", () => {
    const known = new CallError("no connection", "unsent");
    const error = new ConnectError("wrapped", Code.Internal);
    error.cause = known;
    expect(toCallError(error, "oap:11800", "grpc")).toBe(known);
  });

  test.each([undefined, null, "text", 5, { code: "ECONNREFUSED" }])(
    "survives that %p was thrown",
    (thrown) => {
      const error = toCallError(thrown, "oap:11800", "grpc");
      expect(error.outcome).toBe("unknown");
      expect(error.message).toStartWith("oap:11800: ");
    },
  );

  test("does not follow causes for ever", () => {
    const error = new ConnectError("round and round", Code.Internal);
    error.cause = error;
    expect(outcomeOf(error)).toBe("unknown");
  });
});
