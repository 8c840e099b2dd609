// SPDX-License-Identifier: Apache-2.0

/**
 * SkyWalking's names of the component ids that JavaScript agents, and the peers next to them in a trace, send.
 * The whole catalog has hundreds; a name is only shown.
 */
const NAMES: ReadonlyMap<number, string> = new Map([
  [1, "Tomcat"],
  [2, "HttpClient"],
  [5, "Mysql"],
  [6, "ORACLE"],
  [7, "Redis"],
  [9, "MongoDB"],
  [14, "SpringMVC"],
  [20, "Memcached"],
  [22, "PostgreSQL"],
  [23, "GRPC"],
  [27, "Kafka"],
  [40, "kafka-producer"],
  [41, "kafka-consumer"],
  [42, "mongodb-driver"],
  [47, "Elasticsearch"],
  [49, "http"],
  [50, "rpc"],
  [51, "RabbitMQ"],
  [52, "rabbitmq-producer"],
  [53, "rabbitmq-consumer"],
  [111, "AzureHttpTrigger"],
  [139, "AWSSNS"],
  [140, "AWSSQS"],
  [4001, "HttpServer"],
  [4002, "Express"],
  [4003, "Egg"],
  [4004, "Koa"],
  [4005, "Axios"],
  [4006, "Mongoose"],
]);

/** The name of a component id. One that is not known has the name of id 0, as in SkyWalking. */
export function componentNameOf(id: number): string {
  return NAMES.get(id) ?? "Unknown";
}
