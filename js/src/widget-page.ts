// The script of a page that holds one widget without kernel or network: starts the bundle that
// the page carries along on a stand-in model, and replays the kernel's messages when asked.

import { unpackBuffer, type PackedBuffer } from "./widget-page-data";
import { StandInModel } from "./stand-in-model";

interface PageData {
  readonly esm: PackedBuffer;
  readonly traits: Record<string, unknown>;
  readonly messages: readonly { readonly content: unknown; readonly buffers: readonly PackedBuffer[] }[];
}

interface Context {
  readonly model: StandInModel;
}

interface Widget {
  initialize?(context: Context): unknown;
  render(context: Context & { readonly el: HTMLElement }): unknown;
}

type Default = Widget | (() => Widget | Promise<Widget>);

async function start(): Promise<void> {
  const data = JSON.parse(document.getElementById("data")!.textContent!) as PageData;
  const messages = await Promise.all(
    data.messages.map(async ({ content, buffers }) => ({
      content,
      buffers: await Promise.all(buffers.map(unpackBuffer)),
    })),
  );
  const source = new Blob([await unpackBuffer(data.esm)], { type: "text/javascript" });
  const url = URL.createObjectURL(source);
  const module = (await import(url)) as { default: Default };
  URL.revokeObjectURL(url);
  const widget = typeof module.default === "function" ? await module.default() : module.default;
  const model = new StandInModel(data.traits, (message, self) => {
    if ((message as { type?: unknown } | null)?.type !== "ready") return;
    for (const { content, buffers } of messages) {
      self.tell(content, buffers.map((bytes) => new DataView(bytes.buffer)));
    }
  });
  await widget.initialize?.({ model });
  await widget.render({ model, el: document.getElementById("view")! });
  document.documentElement.dataset.ready = "true";
}

start().catch((problem: unknown) => {
  const place = document.getElementById("problem")!;
  place.textContent = `The interactive view could not start: ${String(problem)}`;
  place.hidden = false;
});
