// SPDX-License-Identifier: Apache-2.0

/** Who reports. */
export interface Identity {
  readonly service: string;
  readonly serviceInstance: string;
}
