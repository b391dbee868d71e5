// Builds one minified ESM bundle per widget (every module of src/ with a default export is one),
// and the scripts of the exported pages (plain scripts, because they are put inside the page
// itself), into ../rex_widgets/static. Names given as arguments build those alone.
import { build, transform } from "esbuild";
import { minify } from "terser";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "rex_widgets", "static");
const BUDGET_BYTES = 332_000;
const SCRIPT = /-page$/;

// A style sheet belongs to the widget whose root() it is given to; theme.css and what several
// widgets import belong to none.
const rootOf = new Map();
for (const file of await readdir(join(here, "src"))) {
  if (!file.endsWith(".ts")) continue;
  const text = await readFile(join(here, "src", file), "utf8");
  const rootClass = /\broot\("rw (rw-[\w-]+)"/.exec(text)?.[1];
  for (const [, sheet] of rootClass ? text.matchAll(/from "\.\/([\w-]+\.css)"/g) : []) {
    rootOf.set(sheet, rootOf.has(sheet) ? null : rootClass);
  }
}

// Custom properties are ours alone: each is renamed to two or three letters, as the names in the
// scripts are.
const shortNames = new Map();
for (const file of (await readdir(join(here, "src"))).sort()) {
  const text = await readFile(join(here, "src", file), "utf8");
  for (const [name] of text.matchAll(/--rw-[\w-]+/g)) {
    if (!shortNames.has(name)) shortNames.set(name, `--r${shortNames.size.toString(36)}`);
  }
}

/** A bundle's text without those of the theme's rules and custom properties that it does not use. */
function withoutUnused(text) {
  const used = (name) => new RegExp(`${name}(?![\\w:-])`).test(text);
  return text
    .replace(/(--rw-[\w-]+):[^;{}]+;/g, (whole, name) => (used(name) ? whole : ""))
    .replace(/\.rw \.rw-unseen\{[^}]*\}/, (whole) => (/[^ ]\.rw-unseen/.test(text) ? whole : ""))
    .replace(/\.rw button(:disabled)?\{[^}]*\}/g, (whole) => (/\("button/.test(text) ? whole : ""))
    .replace(/--rw-[\w-]+/g, (name) => shortNames.get(name));
}

// Style sheets travel inside the bundle as minified text: a widget is then one file. A page holds
// the sheets of all widgets, so each is confined to its own widget; lowered for older browsers.
const cssAsText = {
  name: "css-as-text",
  setup(b) {
    b.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      let text = await readFile(path, "utf8");
      const rootClass = rootOf.get(basename(path));
      if (rootClass) {
        text = `.${rootClass} {\n${text.replace(new RegExp(`\\.${rootClass}(?![\\w-])`, "g"), "&")}\n}`;
      }
      const { code } = await transform(text, { loader: "css", minify: true, target: "chrome120" });
      const tight = code.trim().replace(/(--[\w-]+): /g, "$1:").replace(/(var\([\w-]+), /g, "$1,");
      return { contents: tight, loader: "text" };
    });
  },
};

const common = {
  bundle: true,
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  plugins: [cssAsText],
  logLevel: "warning",
};

await mkdir(out, { recursive: true });
const entries = [];
for (const file of (await readdir(join(here, "src"))).sort()) {
  const name = file.replace(/\.ts$/, "");
  if (name === file || file.endsWith(".d.ts")) continue;
  const text = await readFile(join(here, "src", file), "utf8");
  if (SCRIPT.test(name) || /^export default /m.test(text)) entries.push(name);
}
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !entries.includes(name));
if (unknown.length) {
  console.error(`There is no widget ${unknown.join(", ")}; there are ${entries.join(", ")}.`);
  process.exit(2);
}
// esbuild looks at one statement at a time; terser finds what several have in common.
const tighter = (script) => ({
  ecma: 2022,
  module: !script,
  toplevel: true,
  compress: { passes: 3, keep_fargs: false, unsafe_arrows: true },
  format: { comments: false },
});
const built = wanted.length ? wanted : entries;
for (const name of built) {
  const outfile = join(out, `${name}.js`);
  const { outputFiles } = await build({
    ...common,
    entryPoints: [join(here, "src", `${name}.ts`)],
    outfile,
    write: false,
    format: SCRIPT.test(name) ? "iife" : "esm",
  });
  const { code } = await minify(withoutUnused(outputFiles[0].text), tighter(SCRIPT.test(name)));
  await writeFile(outfile, code);
}

let total = 0;
for (const name of built) {
  const { size } = await stat(join(out, `${name}.js`));
  total += size;
  console.log(`${name}.js  ${(size / 1000).toFixed(1)} kB`);
}
console.log(`total  ${(total / 1000).toFixed(1)} kB of ${BUDGET_BYTES / 1000} kB`);
if (total > BUDGET_BYTES) {
  console.error("The bundles are over their budget: make them smaller.");
  process.exit(1);
}
