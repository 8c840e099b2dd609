// SPDX-License-Identifier: Apache-2.0

import { type ComponentChild, h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Box, boxAt, neighbour, type Rows } from "./chart_layout.ts";
import { paintChart, ROW_HEIGHT, SCALE_HEIGHT } from "./chart_painter.ts";
import { clampZoom, panned, type Zoom, zoomed } from "./chart_zoom.ts";
import { copy } from "./copy_button.ts";
import { formatMs, formatRange } from "./format.ts";

interface Props {
  readonly rows: Rows;
  /** The ends of the selected time, in milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly search: string;
  readonly zoom: Zoom | undefined;
  readonly onZoom: (zoom: Zoom | undefined) => void;
  readonly onPick: (box: Box) => void;
}

/** More than this is a drag, in pixels. */
const CLICK_SLACK = 4;

/** What the request did, from left to right as time went by. */
export function FlameChart({ rows, start, end, search, zoom, onZoom, onPick }: Props): ComponentChild {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [picked, setPicked] = useState<Box | undefined>();
  const [size, setSize] = useState({ width: 0, height: 0, top: 0, isDark: false });
  const length = Math.max(1, end - start);
  const [from, to] = clampZoom(zoom, length);
  const change = (next: Zoom): void => {
    const isAll = next[1] - next[0] >= length;
    onZoom(isAll ? undefined : next);
  };

  useEffect(() => {
    const { current } = scroller;
    if (!current) return;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const read = (): void =>
      setSize({
        width: current.clientWidth,
        height: current.clientHeight,
        top: current.scrollTop,
        isDark: dark.matches,
      });
    const sizes = new ResizeObserver(read);
    sizes.observe(current);
    current.addEventListener("scroll", read, { passive: true });
    dark.addEventListener("change", read);
    return () => {
      sizes.disconnect();
      current.removeEventListener("scroll", read);
      dark.removeEventListener("change", read);
    };
  }, []);

  useEffect(() => {
    if (!canvas.current || size.width === 0) return;
    paintChart(canvas.current, {
      rows,
      time: [start + from, start + to],
      zero: start,
      search,
      picked,
      ...size,
    });
  }, [rows, start, from, to, search, picked, size]);

  const wheel = (event: WheelEvent): void => {
    const { width } = size;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      change(zoomed([from, to], length, Math.exp(event.deltaY / 200), event.offsetX / width));
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      change(panned([from, to], length, event.deltaX / width));
    }
  };
  // Not as a property: listeners set so are passive on some elements, and could not keep the page from zooming.
  useEffect(() => {
    const { current } = canvas;
    current?.addEventListener("wheel", wheel, { passive: false });
    return () => current?.removeEventListener("wheel", wheel);
  });

  function boxOf(event: MouseEvent): Box | undefined {
    const depth = Math.floor((event.offsetY - SCALE_HEIGHT + size.top) / ROW_HEIGHT);
    return boxAt(rows, start + from + (event.offsetX / size.width) * (to - from), depth);
  }

  function pick(box: Box | undefined): void {
    if (!box) return;
    setPicked(box);
    onPick(box);
    const { current } = scroller;
    if (!current) return;
    const top = box.depth * ROW_HEIGHT;
    const isInView =
      top >= current.scrollTop && top + 3 * ROW_HEIGHT <= current.scrollTop + current.clientHeight;
    if (!isInView) current.scrollTop = top - current.clientHeight / 2;
    if (box.to - start < from || box.from - start > to) {
      change(panned([from, to], length, (box.from - start - from) / (to - from) - 0.2));
    }
  }

  const zoomTo = (box: Box | undefined): void => {
    if (box) change([box.from - start, box.to - start]);
  };

  function onPointerDown(down: PointerEvent): void {
    const { current } = canvas;
    if (!current || down.button !== 0) return;
    const zoomAtStart: Zoom = [from, to];
    let isDrag = false;
    current.setPointerCapture(down.pointerId);
    const move = (event: PointerEvent): void => {
      const moved = event.clientX - down.clientX;
      isDrag ||= Math.abs(moved) > CLICK_SLACK;
      if (isDrag) change(panned(zoomAtStart, length, -moved / size.width));
    };
    const up = (event: PointerEvent): void => {
      current.removeEventListener("pointermove", move);
      current.removeEventListener("pointerup", up);
      current.removeEventListener("pointercancel", up);
      if (!isDrag && event.type === "pointerup") pick(boxOf(down));
    };
    current.addEventListener("pointermove", move);
    current.addEventListener("pointerup", up);
    current.addEventListener("pointercancel", up);
  }

  function onPointerMove(event: PointerEvent): void {
    const box = boxOf(event);
    const title = box
      ? `${box.signature}\n${formatMs(box.to - box.from)} from ${formatMs(box.from - start)} on`
      : "";
    if (canvas.current && canvas.current.title !== title) canvas.current.title = title;
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const walk = (direction: "up" | "down" | "left" | "right") =>
      pick(picked ? neighbour(rows, picked, direction) : rows[0]?.[0]);
    const moves: Readonly<Record<string, () => void>> = {
      ArrowUp: () => walk("up"),
      ArrowDown: () => walk("down"),
      ArrowLeft: () => walk("left"),
      ArrowRight: () => walk("right"),
      Enter: () => zoomTo(picked),
      Escape: () => onZoom(undefined),
      "+": () => change(zoomed([from, to], length, 0.5)),
      "-": () => change(zoomed([from, to], length, 2)),
      c: () => picked && copy(picked.signature),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }

  const button = (title: string, label: string, onClick: () => void, disabled = false) =>
    h("button", { type: "button", class: "quiet", "aria-label": title, title, onClick, disabled }, label);
  return h(
    "div",
    null,
    h(
      "div",
      { class: "buttons", role: "group", "aria-label": "Zoom" },
      button("Zoom in", "+", () => change(zoomed([from, to], length, 0.5))),
      button("Zoom out", "−", () => change(zoomed([from, to], length, 2)), zoom === undefined),
      button("Show the whole time", "Whole", () => onZoom(undefined), zoom === undefined),
      h("span", { class: "muted" }, formatRange(from, to)),
    ),
    h(
      "div",
      {
        ref: scroller,
        class: "chart",
        role: "application",
        tabIndex: 0,
        "aria-label":
          "Flame chart. Arrow keys walk, Enter zooms in, Escape out, plus and minus zoom, C copies.",
        onKeyDown,
      },
      h(
        "div",
        { style: { height: `${SCALE_HEIGHT + rows.length * ROW_HEIGHT}px` } },
        h("canvas", {
          ref: canvas,
          style: { width: `${size.width}px`, height: `${size.height}px` },
          onPointerDown,
          onPointerMove,
          onDblClick: (event: MouseEvent) => zoomTo(boxOf(event)),
        }),
      ),
    ),
  );
}
