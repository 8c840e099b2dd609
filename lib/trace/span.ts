// SPDX-License-Identifier: Apache-2.0
import type { Segment } from "./segment.ts";
import type { SegmentReference } from "./segment_reference.ts";

/** `entry`: a request that was received; `exit`: one that was sent; `local`: neither. */
export type SpanKind = "entry" | "exit" | "local";

/** What kind of technology a span is about. */
export type SpanLayer = "unknown" | "database" | "rpcframework" | "http" | "mq" | "cache" | "faas";

/** A detail of a span or of one of its logs. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** An event within a span. */
export interface SpanLog {
  /** Milliseconds on the agent's clock. */
  readonly time: number;
  readonly data: readonly Tag[];
}

/** What a {@link Span} begins with. */
export interface SpanInit {
  readonly segment: Segment;
  /** -1 for span 0. */
  readonly parentId: number;
  readonly kind: SpanKind;
  readonly operationName: string;
  /** Milliseconds on the agent's clock. */
  readonly startedAt: number;
}

/** The backend cuts endpoint names here (OAP `core` settings); a task is matched with the name we give. */
const MAX_OPERATION_NAME_LENGTH = 150;
const MAX_TAGS = 64;
const MAX_LOGS = 16;
const MAX_REFS = 64;
/** The limit other agents have for a statement or a URL. */
const MAX_VALUE_LENGTH = 2_048;
const MAX_STACK_LENGTH = 4_000;
const NONE: readonly never[] = [];

/** One step of a request. After its end it no longer changes. */
export class Span {
  readonly segment: Segment;
  /** Position in the segment, from 0. */
  readonly id: number;
  /** Id of the span it is part of, -1 for none. */
  readonly parentId: number;
  readonly kind: SpanKind;
  /** Milliseconds on the agent's clock. */
  readonly startedAt: number;
  /** Id in SkyWalking's `component-libraries.yml`, 0 for none. */
  component = 0;
  layer: SpanLayer = "unknown";
  /** `host:port` of what an exit span calls. */
  peer = "";
  isError = false;
  readonly tags: Tag[] = [];
  readonly logs: SpanLog[] = [];
  #operationName: string;
  #endedAt: number | undefined;
  #links: SegmentReference[] | undefined;

  /** Adds itself to the segment. */
  constructor(init: SpanInit) {
    this.segment = init.segment;
    this.parentId = init.parentId;
    this.kind = init.kind;
    this.startedAt = init.startedAt;
    this.#operationName = cut(init.operationName, MAX_OPERATION_NAME_LENGTH);
    this.id = this.segment.spans.push(this) - 1;
  }

  get operationName(): string {
    return this.#operationName;
  }

  /** Cut to 150 characters. Ignored after the end. */
  set operationName(name: string) {
    const next = cut(name, MAX_OPERATION_NAME_LENGTH);
    if (this.#endedAt !== undefined || next === this.#operationName) return;
    this.#operationName = next;
    if (this.id === 0) this.segment.owner.renamed(this.segment);
  }

  /** Milliseconds on the agent's clock, `undefined` while it runs. */
  get endedAt(): number | undefined {
    return this.#endedAt;
  }

  /** What the span hangs below besides its parent. */
  get refs(): readonly SegmentReference[] {
    const received = this.id === 0 ? this.segment.parent?.reference : undefined;
    return received ? [received, ...(this.#links ?? NONE)] : (this.#links ?? NONE);
  }

  /** Adds another reference, such as that of a message in a batch. */
  addRef(ref: SegmentReference): this {
    this.#links ??= [];
    this.#add(this.#links, ref, MAX_REFS);
    return this;
  }

  /** Adds a tag; a value is cut to 2,048 characters. */
  tag(key: string, value: string): this {
    this.#add(this.tags, { key, value: cut(value, MAX_VALUE_LENGTH) }, MAX_TAGS);
    return this;
  }

  /** Adds an event. */
  log(data: readonly Tag[]): this {
    this.#add(this.logs, { time: this.segment.owner.now(), data }, MAX_LOGS);
    return this;
  }

  /** Marks the span as failed, and logs what was thrown as SkyWalking's other agents do. */
  error(reason: unknown): this {
    if (this.#endedAt !== undefined) return this;
    this.isError = true;
    return this.log(describe(reason));
  }

  /**
   * Ends the span. Idempotent.
   *
   * @param at milliseconds on the agent's clock, now by default
   */
  end(at: number = this.segment.owner.now()): void {
    if (this.#endedAt !== undefined) return;
    this.#endedAt = Math.max(at, this.startedAt);
    this.segment.owner.spanEnded(this);
  }

  #add<T>(list: T[], item: T, limit: number): void {
    if (this.#endedAt !== undefined) return;
    if (list.length < limit) list.push(item);
    else this.segment.isSizeLimited = true;
  }
}

function describe(reason: unknown): Tag[] {
  try {
    const error = reason instanceof Error ? reason : undefined;
    return [
      { key: "event", value: "error" },
      { key: "error.kind", value: cut(error ? error.name : typeof reason, MAX_VALUE_LENGTH) },
      { key: "message", value: cut(error ? error.message : String(reason), MAX_VALUE_LENGTH) },
      { key: "stack", value: cut(error?.stack ?? "", MAX_STACK_LENGTH) },
    ];
  } catch {
    // Anything can be thrown, also what throws when it is looked at.
    return [{ key: "event", value: "error" }];
  }
}

function cut(text: string, length: number): string {
  return text.length > length ? text.slice(0, length) : text;
}
