// SPDX-License-Identifier: Apache-2.0

import { type ComponentChild, h } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { CallRow } from "./call_row.ts";
import { type CallNode, type CallTree, hotPath, treeRows } from "./call_tree.ts";
import { copy } from "./copy_button.ts";
import { STATES } from "./summary.ts";
import { useWindow } from "./use_window.ts";

interface Props {
  readonly tree: CallTree;
  readonly search: string;
  /** The id of the element that is shown as the root; 0 is none. */
  readonly focus: number;
  readonly onFocus: (id: number) => void;
  readonly onPick: (node: CallNode) => void;
}

/**
 * A call tree as rows that open and close. Only the rows in view are in the document, as a tree may have tens of
 * thousands.
 */
export function CallTreeView({ tree, search, focus, onFocus, onPick }: Props): ComponentChild {
  const [open, setOpen] = useState<ReadonlySet<number>>(() => hotPath(tree));
  const [selected, setSelected] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const root = tree.nodes[focus - 1];
  const rows = useMemo(() => treeRows(root ? [root] : tree.roots, open, search), [tree, root, open, search]);
  const { rowHeight, first, last } = useWindow(list, rows.length);
  const at = rows.findIndex(({ id }) => id === selected);
  const whole = root?.total ?? tree.total;
  // The row may have been far out of view when a key moved there.
  useEffect(() => {
    const { current } = list;
    if (!current || at < 0) return;
    const top = at * rowHeight;
    if (top < current.scrollTop) current.scrollTop = top;
    const below = top + rowHeight - current.clientHeight;
    if (below > current.scrollTop) current.scrollTop = below;
  }, [at, rowHeight]);

  /** As it is seen: while something is searched for, that is not what was opened. */
  const isOpen = (index: number) => rows[index + 1]?.parent === rows[index];
  const parentOf = ({ parent }: CallNode) => (parent && rows.includes(parent) ? parent : undefined);

  function pick(node: CallNode | undefined): void {
    if (!node) return;
    setSelected(node.id);
    onPick(node);
  }

  function toggle({ id, children }: CallNode, isOpen: boolean): void {
    if (children.length === 0) return;
    const next = new Set(open);
    if (isOpen) next.add(id);
    else next.delete(id);
    setOpen(next);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const node = rows[at];
    const page = Math.max(1, last - first - 4);
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => pick(rows[Math.min(at + 1, rows.length - 1)]),
      ArrowUp: () => pick(rows[Math.max(at - 1, 0)]),
      PageDown: () => pick(rows[Math.min(at + page, rows.length - 1)]),
      PageUp: () => pick(rows[Math.max(at - page, 0)]),
      Home: () => pick(rows[0]),
      End: () => pick(rows.at(-1)),
      ArrowRight: () => node && (isOpen(at) ? pick(rows[at + 1]) : toggle(node, true)),
      ArrowLeft: () => node && (open.has(node.id) && isOpen(at) ? toggle(node, false) : pick(parentOf(node))),
      " ": () => node && toggle(node, !open.has(node.id)),
      Enter: () => node && onFocus(node.id),
      Escape: () => onFocus(0),
    };
    const isCopy = event.key === "c" && getSelection()?.isCollapsed !== false;
    if (isCopy && node) copy(node.signature);
    const move = moves[event.key];
    if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    move();
  }

  return h(
    "div",
    null,
    root &&
      h(
        "p",
        { class: "bar" },
        h("span", { class: "muted" }, "Only what is below ", h("span", { class: "name" }, root.frame.name)),
        h("button", { type: "button", class: "quiet", onClick: () => onFocus(0) }, "Show all"),
      ),
    h(
      "div",
      { class: "tree-head", "aria-hidden": true },
      ["Frame", "Time", "Self", "Count"].map((title) => h("span", { key: title }, title)),
      STATES.map(([state, title]) => h("span", { key: state, class: "state-time" }, title)),
    ),
    h(
      "div",
      {
        ref: list,
        class: "tree",
        role: "treegrid",
        tabIndex: 0,
        "aria-label": "Call tree. Arrow keys walk, Enter zooms in, Escape out, C copies.",
        "aria-rowcount": rows.length,
        "aria-activedescendant": at >= first && at < last ? `call-${selected}` : undefined,
        onKeyDown,
        onFocus: () => at < 0 && pick(rows[0]),
      },
      h(
        "div",
        { class: "tree-rows", role: "presentation", style: { height: `${rows.length * rowHeight}px` } },
        rows.slice(first, last).map((node, i) =>
          h(CallRow, {
            key: node.id,
            node,
            top: (first + i) * rowHeight,
            index: first + i,
            baseDepth: root?.depth ?? 0,
            whole,
            search,
            isOpen: isOpen(first + i),
            isSelected: node.id === selected,
            onPick: () => pick(node),
            onToggle: () => toggle(node, !open.has(node.id)),
            onZoom: () => onFocus(node.id),
          }),
        ),
      ),
    ),
    rows.length === 0 && h("p", { class: "muted", role: "status" }, "No frame has that in its name."),
  );
}
