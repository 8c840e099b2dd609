// SPDX-License-Identifier: Apache-2.0
import { Code, ConnectError } from "@connectrpc/connect";

/**
 * What a failed call means for what it carried.
 *
 * `unsent`: the backend has taken nothing of it, so it may be sent again. `unimplemented`: the backend does not
 * know the call, and will not. `unknown`: it may have arrived, in whole or in part.
 */
export type CallOutcome = "unsent" | "unimplemented" | "unknown";

/** Why a call to the backend failed. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly outcome: CallOutcome;
  /** True if the backend itself refused: the connection is good. */
  readonly isAnswer: boolean;

  constructor(message: string, outcome: CallOutcome, isAnswer = false) {
    super(message);
    this.outcome = outcome;
    this.isAnswer = isAnswer;
  }
}

/** Errors of name resolution, of connecting and of the TLS handshake: no byte of a call was sent. */
const BEFORE_SENDING =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ERR_HTTP2_GOAWAY_SESSION|UNABLE_TO_\w+|ERR_(?:TLS|SSL)_\w+|\w*CERT\w*)$/;

/** Codes the backend itself gives. The others also stand for what happens on the way. */
const ANSWERS: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.NotFound,
  Code.AlreadyExists,
  Code.PermissionDenied,
  Code.ResourceExhausted,
  Code.FailedPrecondition,
  Code.OutOfRange,
  Code.Unimplemented,
  Code.Unauthenticated,
]);

/** Refused before anything was read: SkyWalking checks the token in an interceptor. */
const AT_THE_DOOR: ReadonlySet<Code> = new Set([Code.PermissionDenied, Code.Unauthenticated]);

/** Tells what a failure means, of a call to `address` by `protocol`. */
export function toCallError(cause: unknown, address: string, protocol: "grpc" | "connect"): CallError {
  const causes = causesOf(cause);
  const known = causes.find((link) => link instanceof CallError);
  if (known) return known;
  const error = ConnectError.from(cause);
  const message = `${address}: ${error.message}`;
  const wasNotSent = causes.some((link) => BEFORE_SENDING.test(String(Reflect.get(link, "code"))));
  // HTTP/2 gives this reset for streams of which nothing was processed, such as after a GOAWAY.
  if (wasNotSent || error.message.includes("REFUSED_STREAM")) return new CallError(message, "unsent");
  // A proxy or a page where a backend should be, maybe for a moment only. With Connect a plain 404 is also how a
  // server says that it has no such method.
  const isForeign = protocol === "grpc" && /^HTTP \d+$/.test(error.rawMessage);
  if (isForeign || AT_THE_DOOR.has(error.code)) return new CallError(message, "unsent", true);
  const outcome = error.code === Code.Unimplemented ? "unimplemented" : "unknown";
  return new CallError(message, outcome, ANSWERS.has(error.code));
}

/** An error and what caused it. */
function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let link = error; link instanceof Error && causes.length < 8; link = link.cause) causes.push(link);
  return causes;
}
