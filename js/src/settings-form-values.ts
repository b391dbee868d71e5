// What stands in a settings form, and whether it may: fields, drafts, presets. No DOM.

import { finite } from "./arithmetic";

/** How a value is written: true or false for a switch, text for everything else. */
export type Written = string | boolean;
export type Values = Readonly<Record<string, Written | null>>;
export type Draft = Readonly<Record<string, Written>>;

export interface Accepted {
  readonly kind: string;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly names: readonly string[];
  readonly count: number | null;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly help: string;
  readonly expects: string;
  readonly unit: string;
  readonly control: "number" | "share" | "switch" | "choice" | "text";
  readonly optional: boolean;
  readonly accepts: readonly Accepted[];
  readonly choices: readonly string[];
  readonly suggestions: readonly string[];
  readonly default: Written | null;
  readonly key: string;
}

export interface Group {
  readonly title: string;
  readonly names: readonly string[];
  readonly folded: boolean;
}

export interface Preset {
  readonly name: string;
  readonly help: string;
  readonly values: Values;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const WHOLE = /^[+-]?\d+$/;

function within(value: number, one: Accepted): boolean {
  return (one.minimum === null || value >= one.minimum) && (one.maximum === null || value <= one.maximum);
}

function fits(text: string, one: Accepted): boolean {
  const lower = text.toLowerCase();
  switch (one.kind) {
    case "whole":
      return WHOLE.test(text) && within(Number(text), one);
    case "real":
      return NUMBER.test(text) && finite(Number(text)) && within(Number(text), one);
    case "boolean":
      return lower === "true" || lower === "false";
    case "names":
      return one.names.some((name) => name.toLowerCase() === lower);
    case "numbers": {
      const parts = text.split(",").map((part) => part.trim());
      return parts.every((part) => NUMBER.test(part)) && (one.count === null || parts.length === one.count);
    }
    default:
      return true; // Only the kernel can tell.
  }
}

/** What is wrong with what was written, in a sentence; empty if nothing is, as far as can be told here. */
export function problem(field: Field, written: Written | null): string {
  if (written === null || typeof written === "boolean") return "";
  const text = written.trim();
  const empty = text === "" || text === "none";
  const good = (empty && field.optional) || (text !== "" && field.accepts.some((one) => fits(text, one)));
  return good ? "" : `Expected ${field.expects}.`;
}

/** Whether two ways of writing stand for the same value: "0.50" is "0.5". */
export function same(field: Field, one: Written | null, other: Written | null): boolean {
  if (one === other) return true;
  if (typeof one !== "string" || typeof other !== "string") return false;
  const [a, b] = [one.trim(), other.trim()];
  if (a === b) return true;
  if (field.control !== "number" && field.control !== "share") return false;
  // Digits beyond those that a number holds here would make neighbours equal.
  const short = a.length <= 15 && b.length <= 15 && NUMBER.test(a) && NUMBER.test(b);
  return short && Number(a) === Number(b);
}

export function shown(name: string, values: Values, draft: Draft): Written | null {
  return draft[name] ?? values[name] ?? null;
}

/** The draft with one field written anew; what equals the value in force is no draft. */
export function withWritten(draft: Draft, field: Field, written: Written, values: Values): Draft {
  const { [field.name]: _, ...rest } = draft;
  return same(field, written, values[field.name] ?? null) ? rest : { ...rest, [field.name]: written };
}

/** The draft by which a form shows a preset; fields that the preset does not decide stay. */
export function withPreset(draft: Draft, fields: readonly Field[], preset: Preset, values: Values): Draft {
  let made = draft;
  for (const field of fields) {
    const written = preset.values[field.name];
    if (written !== undefined && written !== null) made = withWritten(made, field, written, values);
  }
  return made;
}

/** The first preset that stands in the form as a whole. */
export function presetShown(
  presets: readonly Preset[], fields: readonly Field[], values: Values, draft: Draft,
): Preset | undefined {
  return presets.find((preset) =>
    fields.every((field) => {
      const wanted = preset.values[field.name];
      return wanted === undefined || wanted === null || same(field, shown(field.name, values, draft), wanted);
    }),
  );
}

export interface Counts {
  readonly changed: number;
  readonly waiting: number;
  readonly wrong: number;
}

const many = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;

/** One line: how much differs from the defaults, is not applied yet, or is wrong. */
export function summary({ changed, waiting, wrong }: Counts): string {
  const parts = [
    changed ? `${many(changed, "setting")} differ${changed === 1 ? "s" : ""} from the default` : "All settings have their defaults",
  ];
  if (waiting) parts.push(`${waiting} not applied yet`);
  if (wrong) parts.push(`${wrong} to be corrected`);
  return parts.join(" · ");
}
