// The colours of a drawing, taken from the notebook's theme.

export interface Colours {
  readonly dark: boolean;
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly ground: string;
  readonly accent: string;
  readonly raised: string;
  /** What the explanation keeps: its band, and its edge. */
  readonly kept: string;
  readonly keptEdge: string;
  /** What a person has selected. */
  readonly painted: string;
  readonly paintedEdge: string;
  readonly channels: readonly string[];
  readonly font: string;
}

const LIGHT_LINES = ["#1f4e9e", "#c2410c", "#0f766e", "#9d174d", "#6d28d9", "#4d7c0f", "#854d0e", "#475569"];
const DARK_LINES = ["#7db3ff", "#ffa36b", "#5eead4", "#f9a8d4", "#c4b5fd", "#bef264", "#fcd34d", "#cbd5e1"];

export function coloursOf(box: HTMLElement): Colours {
  const style = getComputedStyle(box);
  const of = (name: string, fallback: string) => style.getPropertyValue(name).trim() || fallback;
  const ground = of("--rw-ground", "#fff");
  const dark = isDark(ground);
  return {
    dark,
    text: of("--rw-text", "#1f2328"),
    quiet: of("--rw-quiet", "#59636e"),
    line: of("--rw-line", "#c6ccd3"),
    ground,
    accent: of("--rw-accent", "#1a6fd4"),
    raised: of("--rw-raised", "#f3f4f6"),
    kept: dark ? "rgba(255, 211, 77, 0.20)" : "rgba(245, 180, 0, 0.24)",
    keptEdge: dark ? "#ffd34d" : "#c98a00",
    painted: dark ? "rgba(0, 200, 255, 0.24)" : "rgba(0, 150, 200, 0.20)",
    paintedEdge: dark ? "#4dd8ff" : "#007ea7",
    channels: dark ? DARK_LINES : LIGHT_LINES,
    font: style.fontFamily || "sans-serif",
  };
}

/** Any CSS colour, brought to #rrggbb by a canvas. */
function isDark(colour: string): boolean {
  const ctx = document.createElement("canvas").getContext("2d")!;
  ctx.fillStyle = "#fff";
  ctx.fillStyle = colour;
  const hex = String(ctx.fillStyle);
  if (!hex.startsWith("#")) return false;
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return 0.299 * r! + 0.587 * g! + 0.114 * b! < 128;
}

/** Call back when the notebook's or the system's theme changes; the result stops it. */
export function onTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  const options = { attributes: true, attributeFilter: ["class", "data-jp-theme-name", "data-jp-theme-light"] };
  observer.observe(document.body, options);
  const system = window.matchMedia?.("(prefers-color-scheme: dark)");
  system?.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    system?.removeEventListener("change", changed);
  };
}
