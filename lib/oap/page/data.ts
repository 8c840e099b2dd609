// SPDX-License-Identifier: Apache-2.0
/**
 * What the page and its server tell each other beside GraphQL.
 *
 * @module
 */

/** An endpoint with the figures of its requests that are stored; times are milliseconds. */
export interface EndpointOverview {
  readonly name: string;
  readonly requests: number;
  readonly errors: number;
  readonly median: number;
  readonly p95: number;
  readonly slowest: number;
}

/** A service with its instances and endpoints, the endpoint with the slowest request first. */
export interface ServiceOverview {
  readonly id: string;
  readonly name: string;
  readonly instances: readonly { readonly name: string; readonly runtime: string }[];
  readonly endpoints: readonly EndpointOverview[];
}

/** A segment's snapshots, with each signature and each stack once: a long request has thousands of few stacks. */
export interface Recording {
  readonly segmentId: string;
  readonly signatures: readonly string[];
  /** Root first, as indexes of signatures. */
  readonly stacks: readonly (readonly number[])[];
  /** By ascending sequence: milliseconds since 1970, sequence, index of the stack. */
  readonly snapshots: readonly (readonly [time: number, sequence: number, stack: number])[];
}

/** What there is at a glance. */
export interface Overview {
  /** Where agents report. */
  readonly grpcAddress: string;
  readonly services: readonly ServiceOverview[];
}
