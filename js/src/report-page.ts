// The script of the exported page: starts the LayerView bundle, which the page carries along,
// on a stand-in model, and binds the page's plain controls to it.

import { StandInModel } from "./stand-in-model";

interface PageData {
  readonly esm: string;
  readonly height: number;
  readonly width: number;
  readonly picture: string;
  readonly map: string;
  readonly mask: string;
  readonly traits: Record<string, unknown>;
}

interface Widget {
  initialize(context: { model: StandInModel }): unknown;
  render(context: { model: StandInModel; el: HTMLElement }): unknown;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

async function pictureBytes(data: PageData): Promise<Uint8Array> {
  const image = new Image();
  image.src = `data:image/png;base64,${data.picture}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = data.width;
  canvas.height = data.height;
  const ctx = canvas.getContext("2d")!;
  ctx.drawImage(image, 0, 0);
  const rgba = ctx.getImageData(0, 0, data.width, data.height).data;
  const rgb = new Uint8Array(data.width * data.height * 3);
  for (let i = 0, o = 0; o < rgb.length; i += 4, o += 3) rgb.set(rgba.subarray(i, i + 3), o);
  return rgb;
}

function bindControls(model: StandInModel): void {
  for (const control of document.querySelectorAll<HTMLInputElement | HTMLSelectElement>("[data-trait]")) {
    const name = control.dataset.trait!;
    const box = control instanceof HTMLInputElement && control.type === "checkbox";
    const range = control instanceof HTMLInputElement && control.type === "range";
    const output = document.querySelector(`output[for="${control.id}"]`);
    const show = () => {
      if (output) output.textContent = `${Math.round(Number(control.value) * 100)} %`;
    };
    if (box) control.checked = model.get(name) === true;
    else control.value = String(model.get(name));
    show();
    control.addEventListener("input", () => {
      model.set(name, box ? control.checked : range ? Number(control.value) : control.value);
      show();
    });
  }
}

async function start(): Promise<void> {
  const data = JSON.parse(document.getElementById("data")!.textContent!) as PageData;
  const picture = await pictureBytes(data);
  const { height, width } = data;
  const url = URL.createObjectURL(new Blob([fromBase64(data.esm)], { type: "text/javascript" }));
  const module = (await import(url)) as { default: () => Widget };
  URL.revokeObjectURL(url);
  const widget = module.default();
  const model = new StandInModel(data.traits, (message, self) => {
    if ((message as { type?: string }).type !== "ready") return;
    self.tell({ type: "picture", height, width }, [picture]);
    if (data.map) self.tell({ type: "map" }, [fromBase64(data.map)]);
    if (data.mask) self.tell({ type: "mask" }, [fromBase64(data.mask)]);
  });
  bindControls(model);
  widget.initialize({ model });
  widget.render({ model, el: document.getElementById("view")! });
  document.getElementById("still")?.remove();
  document.documentElement.dataset.ready = "true";
}

start().catch((problem: unknown) => {
  const place = document.getElementById("problem")!;
  place.textContent = `The interactive view could not start: ${String(problem)}`;
  place.hidden = false;
});
