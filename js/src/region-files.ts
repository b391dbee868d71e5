// Masks from files and to files: the browser chooses and saves, the kernel reads and writes.

import { element, listen } from "./dom";
import { textButton } from "./region-controls";
import { megabytes, words, type Download, type RegionStore } from "./region-store";
import { MOST_BYTES } from "./region-sync";

const READABLE = [".png", ".npz", ".npy", ".json"];
const FORMATS = [
  ["png", "PNG"],
  ["npz", "NPZ (NumPy)"],
  ["coco", "COCO RLE (JSON)"],
] as const;

export interface FilesPanel {
  readonly el: HTMLElement;
  readonly chooser: HTMLInputElement;
  toggle(): void;
  close(): void;
}

/** Send a chosen file to the kernel, which reads it. */
export async function loadFile(store: RegionStore, file: File): Promise<void> {
  if (!READABLE.some((ending) => file.name.toLowerCase().endsWith(ending))) {
    return store.say(`${file.name} cannot be loaded: choose a file that ends in ${READABLE.join(", ")}.`);
  }
  if (file.size > MOST_BYTES) {
    return store.say(
      `${file.name} has ${megabytes(file.size)}, and the browser can send at most ` +
        `${megabytes(MOST_BYTES)} to the kernel. Load it from Python: region.load("${file.name}").`,
    );
  }
  try {
    const bytes = await file.arrayBuffer();
    store.say("");
    store.wait(`Loading ${file.name}…`);
    store.send({ type: "load", name: file.name, region: store.edits.active }, [bytes]);
  } catch (problem) {
    store.say(`${file.name} cannot be read: ${words(problem)}`);
  }
}

export function filesPanel(store: RegionStore, closed: () => void): FilesPanel {
  const chooser = element("input", { type: "file", accept: READABLE.join(","), tabindex: -1, "aria-label": "File with a mask" });
  chooser.hidden = true;
  listen(chooser, "change", () => {
    const file = chooser.files?.[0];
    chooser.value = "";
    if (file) void loadFile(store, file);
  });
  const el = element(
    "div.rw-panel",
    { role: "group", "aria-label": "Save the mask" },
    element("span", {}, "Save the mask as"),
    ...FORMATS.map(([format, label]) =>
      textButton(label, () => {
        store.wait("Saving…");
        store.send({ type: "save", format, region: store.edits.active });
        close();
      }),
    ),
    textButton("Close", () => close()),
  );
  el.hidden = true;
  const close = () => {
    if (el.hidden) return;
    el.hidden = true;
    closed();
  };
  return {
    el,
    chooser,
    toggle() {
      if (!el.hidden) return close();
      el.hidden = false;
      el.querySelector("button")?.focus();
    },
    close,
  };
}

/** Hand a file to the browser's downloads. */
export function download({ name, mime, bytes }: Download): void {
  const url = URL.createObjectURL(new Blob([bytes as BlobPart], { type: mime }));
  const link = element("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
