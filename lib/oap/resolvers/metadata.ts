// SPDX-License-Identifier: Apache-2.0

import { timeZoneOf } from "../duration.ts";
import { endpointNameOf, serviceIdOf, serviceIdWithin, serviceNameOf } from "../ids.ts";
import type { Endpoint, Instance, KeyValue, Service } from "../model.ts";
import type { Store } from "../store.ts";
import type { Resolvers } from "./resolver.ts";

/** The values of `Language` by what agents report as `language`, in lower case. */
const LANGUAGES: ReadonlyMap<string, string> = new Map([
  ["java", "JAVA"],
  [".net", "DOTNET"],
  ["nodejs", "NODEJS"],
  ["python", "PYTHON"],
  ["ruby", "RUBY"],
  ["go", "GO"],
  ["lua", "LUA"],
  ["php", "PHP"],
]);

/**
 * Answers which services, instances and endpoints there are. `duration` arguments are not looked at, as the store
 * only has what was seen of late.
 *
 * @param version what `version` answers; `swctl` tells the generation of the schema by its first two numbers
 * @param now milliseconds since 1970
 */
export function metadataResolvers(store: Store, version: string, now: () => number): Resolvers {
  return {
    version: () => version,
    // A client reckons the ends of a `Duration` by these two.
    getTimeInfo: () => ({ timezone: timeZoneOf(now()), currentTimestamp: now() }),
    // 0 is healthy; whoever reads this was answered.
    checkHealth: () => ({ score: 0, details: "" }),
    listLayers: () => [...new Set(store.services().flatMap(({ layers }) => layers))],
    listServices: ({ layer }: { layer?: string | null }) =>
      store
        .services()
        .filter(({ layers }) => !layer || layers.includes(layer))
        .map(toService),
    getAllServices: ({ group }: { group?: string | null }) =>
      store
        .services()
        .map(toService)
        .filter((service) => !group || service.group === group),
    getService: ({ serviceId }: { serviceId: string }) => findService(store, serviceId),
    findService: ({ serviceName }: { serviceName: string }) => findService(store, serviceIdOf(serviceName)),
    listInstances: ({ serviceId }: { serviceId: string }) => store.instances(serviceId).map(toInstance),
    getInstance: ({ instanceId }: { instanceId: string }) => {
      const instance = store.instance(instanceId);
      return instance === undefined ? undefined : toInstance(instance);
    },
    // Made of the id alone, so an endpoint that was never seen has one, too.
    getEndpointInfo: ({ endpointId }: { endpointId: string }) => {
      const serviceId = serviceIdWithin(endpointId);
      if (serviceId === undefined) {
        throw new TypeError(`Can't split endpoint id into 2 parts, ${endpointId}`);
      }
      const name = endpointNameOf(endpointId);
      return { id: endpointId, name, serviceId, serviceName: serviceNameOf(serviceId) };
    },
    findEndpoint: ({
      keyword,
      serviceId,
      limit,
    }: {
      keyword?: string | null;
      serviceId: string;
      limit: number;
    }) =>
      store
        .endpoints(serviceId)
        .filter(({ name }) => !keyword || name.includes(keyword))
        .slice(0, Math.max(0, limit))
        .map(({ id, name }: Endpoint) => ({ id, name })),
  };
}

function findService(store: Store, serviceId: string): ReturnType<typeof toService> | undefined {
  const service = store.service(serviceId);
  return service === undefined ? undefined : toService(service);
}

interface ServiceView extends Service {
  readonly group: string;
  readonly shortName: string;
  readonly normal: boolean;
}

function toService(service: Service): ServiceView {
  // A name may carry a group: `group::name`.
  const parts = service.name.split("::");
  const [group, shortName] = parts.length === 2 ? parts : ["", service.name];
  return { ...service, group: group ?? "", shortName: shortName ?? "", normal: true };
}

interface InstanceView {
  readonly id: string;
  readonly name: string;
  readonly language: string;
  readonly instanceUUID: string;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
}

function toInstance({ id, name, properties }: Instance): InstanceView {
  const language = valuesOf(properties, "language").at(-1) ?? "";
  const addresses = valuesOf(properties, "ipv4");
  const rest = properties.filter(({ key }) => key !== "language" && key !== "ipv4");
  const attributes = rest.map(({ key, value }) => ({ name: key, value }));
  if (addresses.length > 0) attributes.push({ name: "ipv4s", value: addresses.join(",") });
  return {
    id,
    name,
    language: LANGUAGES.get(language.toLowerCase()) ?? "UNKNOWN",
    instanceUUID: id,
    attributes,
  };
}

function valuesOf(properties: readonly KeyValue[], key: string): string[] {
  return properties.filter((property) => property.key === key).map(({ value }) => value);
}
