// Numbers as people read them.

import { abs, finite, floor, round } from "./arithmetic";

/** A share 0..1 as a percentage: "0.03 %", "4.2 %", "87 %"; tiny ones are "<0.01 %". */
export function percent(share: number): string {
  if (!finite(share)) return "–";
  const p = share * 100;
  if (p > 0 && p < 0.01) return "<0.01 %";
  if (p >= 99.95 && p < 100) return "99.9 %";
  if (p === 0 || p >= 99.95) return `${round(p)} %`;
  return p < 1 ? `${p.toFixed(2)} %` : `${p.toFixed(1)} %`;
}

/** A whole number with thin groups: 12 345. */
export function count(n: number): string {
  if (!finite(n)) return "–";
  return String(round(n)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** Seconds left or taken: "0.4 s", "12 s", "3 min 20 s", "2 h 5 min". */
export function duration(seconds: number): string {
  if (!finite(seconds) || seconds < 0) return "–";
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const s = round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 ? `${floor(s / 60)} min ${s % 60} s` : `${s / 60} min`;
  const m = round(s / 60);
  return m % 60 ? `${floor(m / 60)} h ${m % 60} min` : `${m / 60} h`;
}

/** A map value with three significant digits, never in a form wider than "1.23e-5". */
export function value(v: number): string {
  if (!finite(v)) return "–";
  if (v === 0) return "0";
  const size = abs(v);
  return size >= 0.001 && size < 100000 ? String(Number(v.toPrecision(3))) : v.toExponential(2);
}

/** Evaluations per second. */
export function rate(perSecond: number): string {
  return perSecond >= 10 ? `${count(perSecond)}/s` : `${perSecond.toFixed(1)}/s`;
}
