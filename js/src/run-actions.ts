// Which buttons make sense when, and what the text line says. No DOM.

import { count, duration, rate } from "./format";

export const ACTIONS = ["start", "pause", "resume", "stop", "step"] as const;
export type Action = (typeof ACTIONS)[number];

const ENABLED: Record<string, readonly Action[]> = {
  ready: ["start", "step"],
  preparing: ["stop"],
  running: ["pause", "stop"],
  paused: ["resume", "stop", "step"],
  cancelled: [],
  finished: [],
  failed: [],
};

/** The buttons that can be pressed: given ones, else those that the status allows. */
export function enabledActions(status: string, given: unknown): readonly Action[] {
  if (Array.isArray(given)) return ACTIONS.filter((a) => given.includes(a));
  return ENABLED[status] ?? [];
}

export interface Numbers {
  readonly status: string;
  readonly stage: string;
  readonly message: string;
  readonly evaluations: number;
  readonly rate: number;
  readonly secondsLeft: number | null;
}

/** One line: the stage, evaluations, evaluations per second, time left, then the message. */
export function progressLine(n: Numbers): string {
  const parts = [n.stage || n.status];
  if (n.evaluations > 0) parts.push(`${count(n.evaluations)} evaluations`);
  if (n.rate > 0) parts.push(rate(n.rate));
  if (n.secondsLeft !== null && (n.status === "running" || n.status === "paused")) {
    parts.push(`about ${duration(n.secondsLeft)} left`);
  }
  if (n.message) parts.push(n.message);
  return parts.join(" · ");
}
