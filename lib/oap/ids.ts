// SPDX-License-Identifier: Apache-2.0
/**
 * The ids that SkyWalking makes of names: an agent, the command line and the web page compute them
 * themselves, so they must be exact.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** The longest name of a service, in characters; longer ones are cut. */
export const SERVICE_NAME_LIMIT = 70;
/** The longest name of an instance, in characters; longer ones are cut. */
export const INSTANCE_NAME_LIMIT = 70;
/** The longest name of an endpoint, in characters; longer ones are cut. */
export const ENDPOINT_NAME_LIMIT = 150;

/** The id of a service that an agent reports; `.1` says that it is not a guess from a peer's address. */
export function serviceIdOf(name: string): string {
  return `${encode(name)}.1`;
}

/** The id of an instance. */
export function instanceIdOf(serviceId: string, name: string): string {
  return `${serviceId}_${encode(name)}`;
}

/** The id of an endpoint. */
export function endpointIdOf(serviceId: string, name: string): string {
  return `${serviceId}_${encode(name)}`;
}

/**
 * The name within a service's id. SkyWalking fails on an id it cannot take apart, and one such task then hides
 * the list of all tasks; here a malformed id is its own name.
 */
export function serviceNameOf(serviceId: string): string {
  const name = /^([A-Za-z0-9+/]+=*)\.[01]$/.exec(serviceId)?.[1];
  return name === undefined ? serviceId : decode(name);
}

/** The name within an instance's id, or the id if it is malformed. */
export function instanceNameOf(instanceId: string): string {
  const name = /_([A-Za-z0-9+/]+=*)$/.exec(instanceId)?.[1];
  return name === undefined ? instanceId : decode(name);
}

/** The name within an endpoint's id, which is built like an instance's. */
export const endpointNameOf: (endpointId: string) => string = instanceNameOf;

/** The id of the service within the id of an instance or endpoint; `undefined` if it is malformed. */
export function serviceIdWithin(id: string): string | undefined {
  return /^([^_]+)_[^_]+$/.exec(id)?.[1];
}

function encode(name: string): string {
  // A blank name has an id too: SkyWalking puts this word in its place.
  return Buffer.from(name.trim() === "" ? "_blank" : name, "utf8").toString("base64");
}

function decode(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}
