// SPDX-License-Identifier: Apache-2.0

import { type ComponentChild, h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { createTask } from "./api.ts";

/** A figure of a task, with the limits of SkyWalking, which the backend checks. */
interface Field {
  readonly name: "duration" | "minDurationThreshold" | "dumpPeriod" | "maxSamplingCount";
  readonly label: string;
  readonly unit: string;
  readonly initial: number;
  readonly min: number;
  readonly max: number | undefined;
  readonly help: string;
}

const FIELDS: readonly Field[] = [
  {
    name: "duration",
    label: "Watch for",
    unit: "minutes",
    initial: 5,
    min: 1,
    max: 15,
    help: "1 to 15. Until then the service can have no other task.",
  },
  {
    name: "minDurationThreshold",
    label: "Only requests slower than",
    unit: "ms",
    initial: 0,
    min: 0,
    max: undefined,
    help: "0 profiles every request. One that passes this is told from its beginning.",
  },
  {
    name: "dumpPeriod",
    label: "A snapshot every",
    unit: "ms",
    initial: 10,
    min: 10,
    max: undefined,
    help: "10 or more. Waits are exact at any period; a longer one costs less.",
  },
  {
    name: "maxSamplingCount",
    label: "At most",
    unit: "requests",
    initial: 5,
    min: 1,
    max: 9,
    help: "1 to 9, for each instance of the service.",
  },
];

interface Props {
  readonly serviceId: string;
  readonly serviceName: string;
  readonly endpointName: string;
  readonly onClose: () => void;
  readonly onCreated: (taskId: string) => void;
}

/** Asks how to profile an endpoint; as it stands, one more click starts it. */
export function TaskForm({
  serviceId,
  serviceName,
  endpointName,
  onClose,
  onCreated,
}: Props): ComponentChild {
  const dialog = useRef<HTMLDialogElement>(null);
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  // A modal dialog keeps the focus within, closes on Escape, and gives the focus back.
  useEffect(() => dialog.current?.showModal(), []);
  const shownIn = ({ name, initial }: Field) => values[name] ?? String(initial);

  async function start(event: Event): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError("");
    const figures = Object.fromEntries(FIELDS.map((field) => [field.name, Number(shownIn(field))]));
    try {
      const { duration = 0, minDurationThreshold = 0, dumpPeriod = 0, maxSamplingCount = 0 } = figures;
      const request = {
        serviceId,
        endpointName,
        duration,
        minDurationThreshold,
        dumpPeriod,
        maxSamplingCount,
      };
      onCreated(await createTask(request));
    } catch (error) {
      setError(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  }

  return h(
    "dialog",
    { ref: dialog, onClose, "aria-labelledby": "task-title" },
    h(
      // The backend says what is wrong, in the words that its other clients show.
      "form",
      { onSubmit: start, noValidate: true },
      h("h2", { id: "task-title" }, "Profile ", h("span", { class: "name" }, endpointName)),
      h("p", { class: "muted" }, `of ${serviceName}`),
      FIELDS.map((field) => {
        const id = `task-${field.name}`;
        return h(
          "div",
          { class: "field", key: field.name },
          h("label", { for: id }, field.label),
          h("input", {
            id,
            type: "number",
            step: 1,
            min: field.min,
            ...(field.max !== undefined && { max: field.max }),
            value: shownIn(field),
            "aria-describedby": `${id}-help`,
            onInput: (event: Event) => {
              const { value } = event.currentTarget as HTMLInputElement;
              setValues((before) => ({ ...before, [field.name]: value }));
            },
          }),
          h("span", { class: "unit" }, field.unit),
          h("p", { class: "help", id: `${id}-help` }, field.help),
        );
      }),
      error !== "" && h("p", { class: "error", role: "alert" }, error),
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", class: "quiet", onClick: () => dialog.current?.close() }, "Cancel"),
        h("button", { type: "submit", class: "main", disabled: isBusy, autofocus: true }, "Start profiling"),
      ),
    ),
  );
}
