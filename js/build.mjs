// Builds one minified ESM bundle per widget, and the script of the exported page (a plain
// script, because it is put inside the page itself), into ../rex_widgets/static.
import { build, transform } from "esbuild";
import { mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "rex_widgets", "static");
const BUDGET_BYTES = 100_000;

// Style sheets travel inside the bundle as minified text: a widget is then one file.
const cssAsText = {
  name: "css-as-text",
  setup(b) {
    b.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
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
const widgets = ["layer-view", "run-controls", "class-bars", "name-choice", "figure-view"];
for (const name of widgets) {
  await build({
    ...common,
    entryPoints: [join(here, "src", `${name}.ts`)],
    outfile: join(out, `${name}.js`),
    format: "esm",
  });
}
await build({
  ...common,
  entryPoints: [join(here, "src", "report-page.ts")],
  outfile: join(out, "report-page.js"),
  format: "iife",
});

let total = 0;
for (const name of [...widgets, "report-page"]) {
  const { size } = await stat(join(out, `${name}.js`));
  total += size;
  console.log(`${name}.js  ${(size / 1000).toFixed(1)} kB`);
}
console.log(`total  ${(total / 1000).toFixed(1)} kB of ${BUDGET_BYTES / 1000} kB`);
if (total > BUDGET_BYTES) {
  console.error("The bundles are over their budget: make them smaller.");
  process.exit(1);
}
