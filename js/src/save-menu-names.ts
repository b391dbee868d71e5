// Names of files as people may type them. No DOM. The kernel applies the same rules again.

export const LONGEST_NAME = 80;
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
// Control characters, and what some system or other does not allow in a name.
const ODD = /[\u0000-\u001f\u007f<>:"|?*]/;

/** What is wrong with a name, in a sentence; empty if nothing is. */
export function nameProblem(name: string): string {
  const given = name.trim();
  if (given === "") return "";
  if (/[\\/]/.test(given)) return "Give a name without folders: files are saved in the working folder.";
  if (given.startsWith(".")) return "Give a name that does not begin with a dot.";
  if (ODD.test(given)) return 'Give a name without < > : " | ? * and line breaks.';
  if (RESERVED.test(given)) return "That name is reserved by some systems; give another one.";
  if ([...given].length > LONGEST_NAME) return `Give a name of at most ${LONGEST_NAME} characters.`;
  return "";
}

/** The file that a name and an ending make; the ending is not said twice. */
export function fileName(name: string, suggestion: string, ending: string): string {
  const given = name.trim() || suggestion;
  if (!ending) return given;
  return given.toLowerCase().endsWith(ending.toLowerCase()) ? given : given + ending;
}

/** Where the arrow keys, Home, End and a typed letter lead in a menu; the same place if nowhere. */
export function menuStep(labels: readonly string[], at: number, key: string): number {
  const last = labels.length - 1;
  if (key === "ArrowDown") return at >= last ? 0 : at + 1;
  if (key === "ArrowUp") return at <= 0 ? last : at - 1;
  if (key === "Home") return 0;
  if (key === "End") return last;
  if (key.length === 1 && key.trim()) {
    for (let step = 1; step <= labels.length; step++) {
      const to = (at + step) % labels.length;
      if (labels[to]!.toLowerCase().startsWith(key.toLowerCase())) return to;
    }
  }
  return at;
}
