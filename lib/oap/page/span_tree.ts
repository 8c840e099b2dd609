// SPDX-License-Identifier: Apache-2.0
/** A request's spans as a waterfall, and the time that belongs to one of them. */

/** What of a span counts here. Times are milliseconds since 1970. */
export interface SpanTime {
  readonly segmentId: string;
  readonly spanId: number;
  readonly parentSpanId: number;
  readonly startTime: number;
  readonly endTime: number;
  readonly refs: readonly { readonly parentSegmentId: string; readonly parentSpanId: number }[];
}

/** A span in its place. */
export interface SpanRow<S extends SpanTime> {
  readonly key: string;
  readonly span: S;
  /** 0 for a span without a parent in the request. */
  readonly depth: number;
}

/** A part of time; both ends are milliseconds since 1970. */
export type TimeRange = readonly [from: number, to: number];

/** What tells a span from the others. */
export function spanKey({ segmentId, spanId }: Pick<SpanTime, "segmentId" | "spanId">): string {
  return `${segmentId}/${spanId}`;
}

function parentKey({ segmentId, parentSpanId, refs }: SpanTime): string | undefined {
  if (parentSpanId >= 0) return `${segmentId}/${parentSpanId}`;
  const [ref] = refs;
  return ref && `${ref.parentSegmentId}/${ref.parentSpanId}`;
}

/** The spans in the order of a waterfall: each followed by its children, which are in the order they began. */
export function spanRows<S extends SpanTime>(spans: readonly S[]): SpanRow<S>[] {
  const known = new Set(spans.map(spanKey));
  const children = new Map<string, S[]>();
  for (const span of spans.toSorted((a, b) => a.startTime - b.startTime || a.spanId - b.spanId)) {
    const parent = parentKey(span);
    const place = parent !== undefined && parent !== spanKey(span) && known.has(parent) ? parent : "";
    children.set(place, [...(children.get(place) ?? []), span]);
  }
  const rows: SpanRow<S>[] = [];
  const visited = new Set<string>();
  const visit = (place: string, depth: number): void => {
    for (const span of children.get(place) ?? []) {
      const key = spanKey(span);
      if (visited.has(key)) continue;
      visited.add(key);
      rows.push({ key, span, depth });
      visit(key, depth + 1);
    }
  };
  visit("", 0);
  // Parents in a circle: better shown flat than lost.
  for (const span of spans)
    if (!visited.has(spanKey(span))) rows.push({ key: spanKey(span), span, depth: 0 });
  return rows;
}

/** The time of a span: all of it, or what none of its children covers. */
export function timeOf(span: SpanTime, spans: readonly SpanTime[], withChildren: boolean): TimeRange[] {
  if (withChildren) return [[span.startTime, span.endTime]];
  const key = spanKey(span);
  const children = spans
    .filter((other) => parentKey(other) === key && other !== span)
    .sort((a, b) => a.startTime - b.startTime);
  const ranges: TimeRange[] = [];
  let from = span.startTime;
  for (const child of children) {
    if (child.startTime > from) ranges.push([from, Math.min(child.startTime, span.endTime)]);
    from = Math.max(from, child.endTime);
  }
  if (from < span.endTime || children.length === 0) ranges.push([from, span.endTime]);
  return ranges;
}
