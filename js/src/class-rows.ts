// The classes that ClassBars shows, taken from whatever the trait holds. No DOM.

import { max, min } from "./arithmetic";

export interface ClassRow {
  readonly index: number;
  readonly label: string;
  readonly confidence: number;
}

/** Only well-formed rows, confidences within 0..1. */
export function classRows(given: unknown): ClassRow[] {
  if (!Array.isArray(given)) return [];
  const rows: ClassRow[] = [];
  for (const item of given as Partial<ClassRow>[]) {
    const { index, label, confidence } = item ?? {};
    if (!Number.isInteger(index) || typeof confidence !== "number") continue;
    rows.push({
      index: index!,
      label: typeof label === "string" ? label : `class ${index}`,
      confidence: min(1, max(0, confidence || 0)),
    });
  }
  return rows;
}
