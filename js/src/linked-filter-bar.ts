// The slider of a filtered view: which quantile of the other map is the last to be shown.

import { listen, setAttribute, setText } from "./dom";
import { value } from "./format";
import { quantileWords } from "./linked-filter";
import { FilteredLayer } from "./linked-layer";
import type { Shown } from "./linked-store";
import { slider, type ToolbarActions } from "./linked-toolbar";

const HINT = "The view is empty where this is larger; 50 % is the median. The other views stay whole.";

export function makeFilterBar(act: Pick<ToolbarActions, "slide" | "tell">) {
  const { el, input, name, show } = slider("", HINT, (v) => act.slide("quantile", v));
  input.step = "0.01";
  listen(input, "change", () => act.tell());
  el.classList.add("rwl-filter");
  return {
    el,
    update(views: readonly Shown[]): void {
      const view = views.find((v) => v.layer instanceof FilteredLayer);
      el.hidden = !view;
      if (!view) return;
      const { byName, limit, quantile } = view.layer as FilteredLayer;
      const label = `${view.name}: ${byName} at most`;
      setText(name, label);
      setAttribute(input, "aria-label", label);
      show(quantile, `${value(limit)} (${quantileWords(quantile)})`);
    },
  };
}
