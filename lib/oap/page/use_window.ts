// SPDX-License-Identifier: Apache-2.0

import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Rows beyond the ones in view, so that scrolling shows no gaps. */
const MARGIN = 10;

/** Which rows of a long list are in view. */
export interface RowWindow {
  /** Pixels: what the style sheet says in `--row`. */
  readonly rowHeight: number;
  readonly first: number;
  /** Exclusive. */
  readonly last: number;
}

/** Follows a list that scrolls. Its rows are of one height, `--row` in the style sheet, and placed by the caller. */
export function useWindow(list: RefObject<HTMLElement | null>, rows: number): RowWindow {
  const [view, setView] = useState({ top: 0, height: 600, rowHeight: 28 });
  useEffect(() => {
    const { current } = list;
    if (!current) return;
    const read = (): void => {
      const rowHeight = Number.parseFloat(getComputedStyle(current).getPropertyValue("--row")) || 28;
      const { scrollTop: top, clientHeight: height } = current;
      setView((old) =>
        old.top === top && old.height === height && old.rowHeight === rowHeight
          ? old
          : { top, height, rowHeight },
      );
    };
    const sizes = new ResizeObserver(read);
    sizes.observe(current);
    current.addEventListener("scroll", read, { passive: true });
    return () => {
      sizes.disconnect();
      current.removeEventListener("scroll", read);
    };
  }, [list]);
  const { top, height, rowHeight } = view;
  const first = Math.max(0, Math.floor(top / rowHeight) - MARGIN);
  const last = Math.min(rows, Math.ceil((top + height) / rowHeight) + MARGIN);
  return { rowHeight, first: Math.min(first, last), last };
}
