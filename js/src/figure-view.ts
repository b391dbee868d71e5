// FigureView: a figure drawn by the kernel, as a picture with a text for those who cannot see it.

import { element, root } from "./dom";
import { text, type RenderContext } from "./model";
import theme from "./theme.css";
import css from "./figure-view.css";

const TRAITS = ["png", "alt"];

/** The bytes of a trait, whichever way the notebook hands them over; null if there are none. */
export function bytesOf(value: unknown): Uint8Array | null {
  if (value instanceof ArrayBuffer) return value.byteLength ? new Uint8Array(value) : null;
  if (!ArrayBuffer.isView(value) || value.byteLength === 0) return null;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

function render({ model, el }: RenderContext): () => void {
  const image = element("img.rw-figure-image");
  const box = root("rw rw-figure", theme + css);
  box.append(image);
  el.append(box);

  let address = "";
  function forget(): void {
    if (address) URL.revokeObjectURL(address);
    address = "";
  }
  function update(): void {
    const bytes = bytesOf(model.get("png"));
    image.alt = text(model, "alt");
    image.hidden = bytes === null;
    if (bytes === null) return;
    const next = URL.createObjectURL(new Blob([bytes.slice()], { type: "image/png" }));
    const old = address;
    address = next;
    image.src = next;
    if (old) URL.revokeObjectURL(old);
  }

  for (const name of TRAITS) model.on(`change:${name}`, update);
  update();
  return () => {
    for (const name of TRAITS) model.off(`change:${name}`, update);
    forget();
    box.remove();
  };
}

export default { render };
