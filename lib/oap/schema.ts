// SPDX-License-Identifier: Apache-2.0
/**
 * The part of SkyWalking's GraphQL schema that this backend answers. Types and names are the protocol's, so that
 * `swctl` and other clients work; the wider `Duration` is that of newer versions.
 *
 * @module
 */

import { buildSchema, GraphQLError, GraphQLScalarType, type GraphQLSchema, Kind } from "graphql";

const SDL = `
scalar Long

type Query {
  version: String
  listLayers: [String!]!
  listServices(layer: String): [Service!]!
  getAllServices(duration: Duration!, group: String): [Service!]!
  getService(serviceId: String!): Service
  findService(serviceName: String!): Service
  listInstances(duration: Duration!, serviceId: ID!): [ServiceInstance!]!
  getInstance(instanceId: String!): ServiceInstance
  findEndpoint(keyword: String, serviceId: ID!, limit: Int!, duration: Duration): [Endpoint!]!
  getEndpointInfo(endpointId: ID!): EndpointInfo
  getTimeInfo: TimeInfo
  checkHealth: HealthStatus!
  queryBasicTraces(condition: TraceQueryCondition, debug: Boolean): TraceBrief
  queryTrace(traceId: ID!, duration: Duration, debug: Boolean): Trace
  queryTraceFromColdStage(traceId: ID!, duration: Duration!, debug: Boolean): Trace
  queryTraceTagAutocompleteKeys(duration: Duration!): [String!]
  queryTraceTagAutocompleteValues(tagKey: String!, duration: Duration!): [String!]
  getProfileTaskList(serviceId: ID, endpointName: String): [ProfileTask!]!
  getProfileTaskLogs(taskID: String): [ProfileTaskLog!]!
  getProfileTaskSegments(taskID: ID!): [ProfiledTraceSegments!]!
  getSegmentsProfileAnalyze(queries: [SegmentProfileAnalyzeQuery!]!): ProfileAnalyzation!
}

type Mutation {
  createProfileTask(creationRequest: ProfileTaskCreationRequest): ProfileTaskCreationResult!
}

enum Step { DAY HOUR MINUTE SECOND }
input Duration { start: String! end: String! step: Step! coldStage: Boolean }

enum Language { UNKNOWN JAVA DOTNET NODEJS PYTHON RUBY GO LUA PHP }
type Service {
  id: ID!
  name: String!
  group: String!
  shortName: String!
  layers: [String!]!
  normal: Boolean
}
type Attribute { name: String! value: String! }
type ServiceInstance {
  id: ID!
  name: String!
  attributes: [Attribute!]!
  language: Language!
  instanceUUID: String!
}
type Endpoint { id: ID! name: String! }
type EndpointInfo { id: ID! name: String! serviceId: ID! serviceName: String! }
type TimeInfo { timezone: String currentTimestamp: Long }
type HealthStatus { score: Int! details: String }

type KeyValue { key: String! value: String }
type LogEntity { time: Long! data: [KeyValue!] }
enum RefType { CROSS_PROCESS CROSS_THREAD }
type Ref { traceId: ID! parentSegmentId: ID! parentSpanId: Int! type: RefType! }
type TraceBrief { traces: [BasicTrace!]! debuggingTrace: DebuggingTrace }
type BasicTrace {
  segmentId: String!
  endpointNames: [String!]!
  duration: Int!
  start: String!
  isError: Boolean
  traceIds: [String!]!
}
input TraceQueryCondition {
  serviceId: ID
  serviceInstanceId: ID
  traceId: String
  endpointId: ID
  queryDuration: Duration
  minTraceDuration: Int
  maxTraceDuration: Int
  traceState: TraceState!
  queryOrder: QueryOrder!
  tags: [SpanTag!]
  paging: Pagination!
}
input SpanTag { key: String! value: String }
enum TraceState { ALL SUCCESS ERROR }
enum QueryOrder { BY_START_TIME BY_DURATION }
input Pagination { pageNum: Int pageSize: Int! }
type Trace { spans: [Span!]! debuggingTrace: DebuggingTrace }
type Span {
  traceId: ID!
  segmentId: ID!
  spanId: Int!
  parentSpanId: Int!
  refs: [Ref!]!
  serviceCode: String!
  serviceInstanceName: ID!
  startTime: Long!
  endTime: Long!
  endpointName: String
  type: String!
  peer: String
  component: String
  isError: Boolean
  layer: String
  tags: [KeyValue!]!
  logs: [LogEntity!]!
  attachedEvents: [SpanAttachedEvent!]!
}
type SpanAttachedEvent {
  startTime: Instant!
  event: String!
  endTime: Instant!
  tags: [KeyValue]!
  summary: [KeyNumericValue!]!
}
type Instant { seconds: Long! nanos: Int! }
type KeyNumericValue { key: String! value: Long! }
type DebuggingTrace {
  traceId: String!
  condition: String!
  startTime: Long!
  endTime: Long!
  duration: Long!
  spans: [DebuggingSpan!]!
}
type DebuggingSpan {
  spanId: Int!
  parentSpanId: Int!
  operation: String!
  startTime: Long!
  endTime: Long!
  duration: Long!
  msg: String
  error: String
}

input ProfileTaskCreationRequest {
  serviceId: ID!
  endpointName: String!
  startTime: Long
  duration: Int!
  minDurationThreshold: Int!
  dumpPeriod: Int!
  maxSamplingCount: Int!
}
type ProfileTaskCreationResult { errorReason: String id: String }
type ProfileTask {
  id: String!
  serviceId: ID!
  serviceName: String!
  endpointName: String!
  startTime: Long!
  duration: Int!
  minDurationThreshold: Int!
  dumpPeriod: Int!
  maxSamplingCount: Int!
  logs: [ProfileTaskLog!]!
}
enum ProfileTaskLogOperationType { NOTIFIED EXECUTION_FINISHED }
type ProfileTaskLog {
  id: String!
  instanceId: ID!
  instanceName: String!
  operationType: ProfileTaskLogOperationType!
  operationTime: Long!
}
type ProfiledTraceSegments {
  traceId: String!
  instanceId: ID!
  instanceName: String!
  endpointNames: [String!]!
  duration: Int!
  start: String!
  spans: [ProfiledSpan!]!
}
type ProfiledSpan {
  spanId: Int!
  parentSpanId: Int!
  segmentId: ID!
  refs: [Ref!]!
  serviceCode: String!
  serviceInstanceName: ID!
  startTime: Long!
  endTime: Long!
  endpointName: String
  type: String!
  peer: String
  component: String
  isError: Boolean
  layer: String
  tags: [KeyValue!]!
  logs: [LogEntity!]!
  profiled: Boolean!
}
input ProfileAnalyzeTimeRange { start: Long! end: Long! }
input SegmentProfileAnalyzeQuery { segmentId: String! timeRange: ProfileAnalyzeTimeRange! }
type ProfileAnalyzation { tip: String trees: [ProfileStackTree!]! }
type ProfileStackTree { elements: [ProfileStackElement!]! }
type ProfileStackElement {
  id: ID!
  parentId: ID!
  codeSignature: String!
  duration: Int!
  durationChildExcluded: Int!
  count: Int!
}
`;

/** The schema, with a scalar `Long` that is a JSON number: SkyWalking's times stay below 2^53. */
export function createSchema(): GraphQLSchema {
  const schema = buildSchema(SDL);
  const long = schema.getType("Long");
  // A schema made of text can only have scalars that pass everything through.
  if (long instanceof GraphQLScalarType) {
    long.serialize = toLong;
    long.parseValue = toLong;
    long.parseLiteral = (node) =>
      toLong(node.kind === Kind.INT || node.kind === Kind.STRING ? node.value : node.kind);
  }
  return schema;
}

/** Clients may write a Long as a string, as graphql-java allows. */
function toLong(value: unknown): number {
  const number = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isSafeInteger(number)) {
    throw new GraphQLError(`Long cannot represent ${JSON.stringify(value)}`);
  }
  return number;
}
