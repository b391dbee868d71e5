// What a gallery of counterfactuals holds, as people read it, and where keys lead. No DOM.

import { abs, finite, max, min } from "./arithmetic";
import { percent, value } from "./format";

export type Part = readonly [name: string, first: number, end: number];

/** Verdict, probability of the class asked for (null while unknown), and distance. */
export type Cell = readonly [verdict: string, after: number | null, distance: number];

export interface Row {
  readonly name: string;
  /** The class that the sample has, and the one that is asked for. */
  readonly own: string;
  readonly asked: string;
  readonly sure: number | null;
  readonly before: number | null;
  /** Which counterfactual is the nearest one found, or else the nearest miss. */
  readonly best: number;
  readonly note: string;
  readonly cells: readonly Cell[];
}

/** What can be seen at once: some of the samples, and some counterfactuals of each. */
export interface Table {
  readonly rows: readonly Row[];
  readonly first: number;
  readonly samples: number;
  readonly from: number;
  readonly each: number;
  readonly coordinates: readonly string[];
  readonly parts: readonly Part[];
  /** How many counterfactuals of all have each verdict. */
  readonly counts: readonly (readonly [verdict: string, count: number])[];
}

const NOTHING: Table = {
  rows: [], first: 0, samples: 0, from: 0, each: 0, coordinates: [], parts: [], counts: [],
};

/** A trait's table, whatever is missing there as nothing. */
export function tableOf(given: unknown): Table {
  return { ...NOTHING, ...(given as Partial<Table> | null) };
}

/** Sign and meaning of each verdict: nobody has to tell them apart by colour. */
export const VERDICTS: Record<string, readonly [sign: string, meaning: string]> = {
  successful: ["✓", "The classifier changed its answer, and is wrong about one of the two pictures."],
  "causal flip": ["⇄", "The picture shows the other class, and the classifier did not notice."],
  trivial: ["○", "The picture shows the other class, and the classifier says so: it is right both times."],
  changed: ["✓", "The classifier gives the class asked for."],
  unchanged: ["–", "The classifier does not give the class asked for."],
  waiting: ["…", "Not classified yet."],
};

export function signOf(verdict: string): string {
  return VERDICTS[verdict]?.[0] ?? "?";
}

export const share = (p: number | null): string => (p === null ? "–" : percent(p));

/** "odd: 3.1 % → 97 %" */
export function turnWords(row: Row, cell: Cell): string {
  return `${row.asked}: ${share(row.before)} → ${share(cell[1])}`;
}

export function cellWords(row: Row, cell: Cell, column: number): string {
  const [verdict, , distance] = cell;
  const nearest = column === row.best ? ", the nearest of the sample" : "";
  return `Counterfactual ${column + 1} of ${row.name}, ${verdict}; ${turnWords(row, cell)}; distance ${value(distance)}${nearest}`;
}

export interface Bar {
  readonly name: string;
  readonly moved: number;
  /** Where the bar begins and how long it is, as shares of the track; its middle is no change. */
  readonly left: number;
  readonly width: number;
}

/** Bars by part; of many coordinates those moved most. `hidden` is how many are left out. */
export function barsOf(
  moved: ArrayLike<number>,
  table: Table,
  most = 24,
): { groups: { name: string; bars: Bar[] }[]; hidden: number } {
  const all = Array.from(moved, (v) => (finite(v) ? v : 0));
  const scale = max(1, ...all.map(abs));
  const order = all.map((_, i) => i).sort((a, b) => abs(all[b]!) - abs(all[a]!));
  const kept = new Set(order.slice(0, most));
  const groups = table.parts.map(([name, first, end]) => {
    const bars: Bar[] = [];
    for (let i = first; i < min(end, all.length); i++) {
      if (!kept.has(i)) continue;
      const width = abs(all[i]!) / scale / 2;
      bars.push({ name: table.coordinates[i] ?? `z${i}`, moved: all[i]!, left: all[i]! < 0 ? 0.5 - width : 0.5, width });
    }
    return { name, bars };
  });
  return { groups: groups.filter((one) => one.bars.length), hidden: max(0, all.length - most) };
}

/** "+0.42", "−1.3", "0": a difference in standard deviations. */
export function movedWords(v: number): string {
  const size = abs(v) < 0.005 ? "0" : abs(v).toFixed(2);
  return (size === "0" ? "" : v < 0 ? "−" : "+") + size;
}

/**
 * Where a key leads from row and column (−1 is the sample itself); undefined if nowhere. `table`
 * has `rows` rows and `columns` counterfactuals in each.
 */
export function cellAfter(
  key: string,
  ctrl: boolean,
  [row, column]: readonly [number, number],
  rows: number,
  columns: number,
): [number, number] | undefined {
  const to: Record<string, [number, number]> = {
    ArrowRight: [row, column + 1],
    ArrowLeft: [row, column - 1],
    ArrowDown: [row + 1, column],
    ArrowUp: [row - 1, column],
    Home: [ctrl ? 0 : row, -1],
    End: [ctrl ? rows - 1 : row, columns - 1],
  };
  const next = to[key];
  return next && rows ? [min(rows - 1, max(0, next[0])), min(columns - 1, max(-1, next[1]))] : undefined;
}
