// RunControls: Start, Pause, Resume, Stop, Step, a progress bar and one line of numbers.

import { max, min, round } from "./arithmetic";
import { element, listen, root, setAttribute, setText } from "./dom";
import { num, text, type RenderContext } from "./model";
import { ACTIONS, enabledActions, progressLine, type Action } from "./run-actions";
import theme from "./theme.css";
import css from "./run-controls.css";

const LABELS: Record<Action, string> = {
  start: "Start",
  pause: "Pause",
  resume: "Resume",
  stop: "Stop",
  step: "Step",
};
const TRAITS = [
  "status", "actions", "fraction", "evaluations", "rate", "seconds_left", "stage", "message",
  "verified", "verified_text",
];

/** What was pressed last, and when; outlives a view. */
interface Pressed {
  action?: Action;
  at: number;
}
/** A cell's output is drawn anew when the run rests: whoever has just pressed keeps the focus. */
const KEEP_FOCUS_MS = 3000;

function render({ model, el }: RenderContext, pressed: Pressed): () => void {
  const box = root("rw rw-run", theme + css);
  const queued = new Set<Action>();
  let status = text(model, "status");

  const buttons = ACTIONS.map((action) => {
    const button = element("button.rw-action", { type: "button", "data-action": action });
    listen(button, "click", () => {
      if (button.getAttribute("aria-disabled") === "true") return;
      // At once and here: a busy kernel may answer only when its cell ends.
      queued.add(action);
      Object.assign(pressed, { action, at: performance.now() });
      update();
      model.send({ type: "action", action });
    });
    return [action, button] as const;
  });
  const badge = element("span.rw-badge", { role: "status" });
  const fill = element("div.rw-fill");
  const bar = element(
    "div.rw-bar",
    { role: "progressbar", "aria-label": "Progress", "aria-valuemin": 0, "aria-valuemax": 100 },
    fill,
  );
  const line = element("div.rw-line");
  const row = element("div.rw-row", { role: "group", "aria-label": "Run" });
  row.append(...buttons.map(([, b]) => b), badge);
  box.append(row, bar, line);
  el.append(box);
  const since = performance.now();
  function arrived(): void {
    if (!box.isConnected) {
      if (performance.now() - since < KEEP_FOCUS_MS) requestAnimationFrame(arrived);
      return;
    }
    // The sliders beside these buttons are not ours, and notebooks take the arrow keys of whatever
    // has the focus, unless that very element (not only one around it) is deaf to shortcuts.
    box.closest(".rw-panel")?.addEventListener("focusin", (event) => {
      setAttribute((event.target as Element), "data-lm-suppress-shortcuts", "true");
    });
    if (since - pressed.at > KEEP_FOCUS_MS) return;
    const again = buttons.find(([action]) => action === pressed.action)?.[1];
    // Not if the focus has gone somewhere else meanwhile.
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (lost || document.activeElement?.contains(box)) again?.focus({ preventScroll: true });
  }
  requestAnimationFrame(arrived);

  function update(): void {
    const now = text(model, "status");
    if (now !== status) {
      status = now;
      queued.clear();
    }
    const enabled = enabledActions(status, model.get("actions"));
    for (const [action, button] of buttons) {
      const waits = queued.has(action);
      setText(button, waits ? "queued…" : LABELS[action]);
      setAttribute(button, "aria-label", waits ? `${LABELS[action]}, queued` : LABELS[action]);
      button.dataset.queued = String(waits);
      // A disabled button would lose the focus of someone who works with the keyboard.
      setAttribute(button, "aria-disabled", waits || !enabled.includes(action));
    }
    const percent = round(min(1, max(0, num(model, "fraction", 0))) * 1000) / 10;
    fill.style.width = `${percent}%`;
    bar.dataset.status = status;
    setAttribute(bar, "aria-valuenow", percent);
    const left = model.get("seconds_left");
    const words = progressLine({
      status,
      stage: text(model, "stage"),
      message: text(model, "message"),
      evaluations: num(model, "evaluations", 0),
      rate: num(model, "rate", 0),
      secondsLeft: typeof left === "number" ? left : null,
    });
    setAttribute(bar, "aria-valuetext", words);
    setText(line, words);
    line.dataset.status = status;
    badge.dataset.state = text(model, "verified");
    setText(badge, text(model, "verified_text"));
    badge.hidden = !text(model, "verified_text");
  }

  const acknowledge = (message: { type?: unknown; action?: unknown }) => {
    if (message?.type !== "ack") return;
    queued.delete(message.action as Action);
    update();
  };
  for (const name of TRAITS) model.on(`change:${name}`, update);
  model.on("msg:custom", acknowledge);
  update();
  return () => {
    for (const name of TRAITS) model.off(`change:${name}`, update);
    model.off("msg:custom", acknowledge);
    box.remove();
  };
}

export default () => {
  const pressed: Pressed = { at: -Infinity };
  return { render: (context: RenderContext) => render(context, pressed) };
};
