// SPDX-License-Identifier: Apache-2.0

/** The span another segment hangs below: in another process, or in one that was already reported. */
export interface SegmentReference {
  readonly refType: "crossprocess" | "crossthread";
  readonly traceId: string;
  readonly parentTraceSegmentId: string;
  readonly parentSpanId: number;
  readonly parentService: string;
  readonly parentServiceInstance: string;
  /** Operation name of the entry span of the parent segment. */
  readonly parentEndpoint: string;
  /** The address by which the parent called; empty within one process. */
  readonly networkAddressUsedAtPeer: string;
}

/** Something that may hold a reference, which is decoded only when it is read. */
export interface ReferenceSource {
  /** `undefined` if what was received is not valid. */
  readonly reference: SegmentReference | undefined;
}
