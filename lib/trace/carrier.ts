// SPDX-License-Identifier: Apache-2.0
import { decodeBase64, encodeBase64 } from "./_base64.ts";
import type { ReferenceSource, SegmentReference } from "./segment_reference.ts";
import type { Span } from "./span.ts";

/** The header that carries the trace to the next process (`x-process-propagation-headers-v3`). */
export const SW8 = "sw8";
/** The header that carries the app's own values with it. */
export const SW8_CORRELATION = "sw8-correlation";

/** The protocol's limit. */
const MAX_HEADER_LENGTH = 2_048;
/** Width of the backend's columns for ids. */
const MAX_ID_LENGTH = 150;
const FIELDS = 8;

/**
 * A received `sw8`. It is decoded when it is first read, which is when the segment is reported or calls
 * another process: most of its cost is off the request's path.
 */
export class Carrier implements ReferenceSource {
  readonly #header: string;
  #reference: SegmentReference | undefined;
  #isDecoded = false;

  constructor(header: string) {
    this.#header = header;
  }

  /** The span that called, or `undefined` if the header is not valid: the request then begins a trace. */
  get reference(): SegmentReference | undefined {
    if (!this.#isDecoded) {
      this.#isDecoded = true;
      this.#reference = decode(this.#header);
    }
    return this.#reference;
  }
}

function decode(header: string): SegmentReference | undefined {
  if (header.length >= MAX_HEADER_LENGTH) return undefined;
  const fields = header.split("-");
  // The first one says whether the caller was sampled; all agents ignore it.
  if (fields.length !== FIELDS || (fields[0] !== "0" && fields[0] !== "1")) return undefined;
  const parentSpanId = /^\d{1,9}$/.test(fields[3] ?? "") ? Number(fields[3]) : -1;
  const [traceId, parentTraceSegmentId, , ...names] = fields.slice(1).map((field) => decodeBase64(field));
  const [parentService, parentServiceInstance, parentEndpoint, networkAddressUsedAtPeer] = names;
  if (!isId(traceId) || !isId(parentTraceSegmentId) || parentSpanId < 0) return undefined;
  if (!parentService || !parentServiceInstance || !parentEndpoint || !networkAddressUsedAtPeer)
    return undefined;
  return {
    refType: "crossprocess",
    traceId,
    parentTraceSegmentId,
    parentSpanId,
    parentService,
    parentServiceInstance,
    parentEndpoint,
    networkAddressUsedAtPeer,
  };
}

function isId(text: string | undefined): text is string {
  return text !== undefined && text !== "" && text.length <= MAX_ID_LENGTH;
}

/** Writes `sw8` for the calls of one process. */
export class CarrierEncoder {
  readonly #identity: string;

  constructor(service: string, serviceInstance: string) {
    this.#identity = `${encodeBase64(service)}-${encodeBase64(serviceInstance)}`;
  }

  /** The header for what `span`, an exit span with a peer, calls. */
  encode(span: Span): string {
    const { traceId, id, operationName } = span.segment;
    const segment = `${encodeBase64(traceId)}-${encodeBase64(id)}-${span.id}`;
    // A field that is empty would make the header invalid for other agents.
    return `1-${segment}-${this.#identity}-${encodeBase64(operationName || "-")}-${encodeBase64(span.peer || "-")}`;
  }
}
