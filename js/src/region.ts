// RegionCanvas: named regions drawn on a picture. Drawing, filling, undo and zoom happen here; the
// kernel hears of each finished edit once.

import type { Model, RenderContext } from "./model";
import { download } from "./region-files";
import { RegionStore, words } from "./region-store";
import { RegionView } from "./region-view";

/** A kernel that is busy or starting may miss the first request; asking again does no harm. */
const ASK_AGAIN_MS = [2000, 15000];

export default function regionCanvas() {
  const store = new RegionStore();
  store.onDownload = download;
  return {
    initialize({ model }: { model: Model }): () => void {
      store.send = (content, buffers) => model.send(content, undefined, buffers);
      const receive = (message: unknown, buffers: ArrayBufferView[]) => {
        try {
          store.receive(message, buffers);
        } catch (problem) {
          store.say(words(problem));
        }
      };
      model.on("msg:custom", receive);
      const ask = () => model.send({ type: "ready" });
      ask();
      const timers = ASK_AGAIN_MS.map((ms) => setTimeout(() => store.picture ?? ask(), ms));
      return () => {
        timers.forEach(clearTimeout);
        model.off("msg:custom", receive);
      };
    },
    render({ model, el }: RenderContext): () => void {
      return new RegionView(model, store, el).dispose;
    },
  };
}
