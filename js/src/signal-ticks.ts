// Round numbers along an axis, and how they and units are written. No DOM.

import { abs, ceil, finite, floor, max, min, round } from "./arithmetic";

export interface Ticks {
  readonly major: readonly number[];
  readonly minor: readonly number[];
  /** One for each major tick. */
  readonly labels: readonly string[];
  /** What the labels are to be multiplied by, e.g. "×10⁻³"; empty for 1. */
  readonly factor: string;
}

const SUPERSCRIPTS: Record<string, string> = {
  "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴",
  "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹",
};

/** Digits raised: "-3" gives "⁻³". */
export function raised(digits: string): string {
  return [...digits].map((d) => SUPERSCRIPTS[d] ?? d).join("");
}

/** A unit as it is printed: "1/cm" and "cm-1" give "cm⁻¹", "m/s^2" gives "m/s²", "um" "µm". */
export function unitText(unit: string): string {
  const plain = unit.trim();
  const reciprocal = /^1\/([a-zµ]+)$/i.exec(plain);
  if (reciprocal) return `${reciprocal[1]}⁻¹`;
  return plain
    .replace(/\^\{?(-?\d+)\}?/g, (_, digits: string) => raised(digits))
    .replace(/([a-zµ])(-\d+)/gi, (_, letter: string, digits: string) => letter + raised(digits))
    .replace(/^um$/, "µm");
}

/** Name and unit under an axis: "wavenumber (cm⁻¹)". */
export function axisTitle(name: string, unit: string): string {
  return unit ? `${name} (${unitText(unit)})`.trim() : name;
}

/** The smallest 1, 2 or 5 × 10ⁿ that is at least `rough`. */
export function niceStep(rough: number): number {
  const power = 10 ** floor(Math.log10(rough));
  for (const m of [1, 2, 5, 10]) if (m * power >= rough * (1 - 1e-9)) return m * power;
  return 10 * power;
}

/**
 * Round numbers within low … high.
 *
 * At most `most` major ones (at least two where the range allows it) at multiples of 1, 2 or
 * 5 × 10ⁿ, minor ones between them.
 */
export function ticks(low: number, high: number, most: number): Ticks {
  if (!(high > low) || !finite(high - low)) {
    return { major: [low], minor: [], labels: [numberText(low, 0)], factor: "" };
  }
  // Of a range as narrow as its rounding, steps would be lost in the numbers themselves.
  const least = max(abs(low), abs(high)) * 1e-12;
  const step = niceStep(max((high - low) / max(1, most), least));
  const major = multiples(low, high, step);
  const lead = round(step / 10 ** floor(Math.log10(step) + 1e-9));
  const minor = multiples(low, high, step / (lead === 2 ? 4 : 5)).filter(
    (v) => abs(v / step - round(v / step)) > 1e-6,
  );
  const largest = max(...major.map(abs), step);
  const power = largest >= 1e5 || largest < 1e-3 ? floor(Math.log10(largest) + 1e-9) : 0;
  const scale = 10 ** power;
  const digits = decimals(step / scale);
  const labels = major.map((v) => numberText(v / scale, digits));
  return { major, minor, labels, factor: power ? `×10${raised(String(power))}` : "" };
}

function multiples(low: number, high: number, step: number): number[] {
  const found: number[] = [];
  const slack = step * 1e-6;
  const first = ceil((low - slack) / step);
  for (let n = first; n * step <= high + slack && found.length < 400; n++) found.push(n * step || 0);
  return found;
}

/** Decimals that tell multiples of `step` apart. */
export function decimals(step: number): number {
  if (!(step > 0)) return 0;
  return min(12, max(0, -floor(Math.log10(step) + 1e-9)));
}

/** A number with so many decimals, a true minus, and thin groups from five digits on. */
export function numberText(v: number, digits: number): string {
  const fixed = abs(v).toFixed(digits);
  const [whole, fraction] = fixed.split(".");
  const grouped = whole!.length > 4 ? whole!.replace(/\B(?=(\d{3})+$)/g, "\u202f") : whole!;
  const sign = v < 0 && Number(fixed) !== 0 ? "−" : "";
  return `${sign}${grouped}${fraction ? `.${fraction}` : ""}`;
}

/** A position as exact as the distance of its neighbours asks for. */
export function positionText(v: number, step: number): string {
  return numberText(v, min(6, decimals(step)));
}
