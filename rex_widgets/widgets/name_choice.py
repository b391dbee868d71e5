"""A list to choose one name from, which can be linked in the browser."""

from __future__ import annotations

from typing import Any

import traitlets

from rex_widgets.report.bundle import bundle_text
from rex_widgets.widgets.live_widget import LiveWidget


class NameChoice(LiveWidget):
    """Offer a few names and hold the chosen one.

    ipywidgets' own lists know only the number of the choice in the browser, so that linking one
    to a name has to go through the kernel, which may be busy.

    Attributes
    ----------
    names : list of str
        What can be chosen.
    value : str
        What is chosen.
    label, hint : str
        What stands before the list, and what is shown above it.
    """

    _esm = bundle_text("name-choice")

    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    value = traitlets.Unicode("").tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)
    hint = traitlets.Unicode("").tag(sync=True)

    @traitlets.validate("value")
    def _known(self, proposal: Any) -> str:
        value = str(proposal["value"])
        if value not in self.names:
            raise traitlets.TraitError(
                f"{value!r} was chosen; expected one of {', '.join(self.names)}."
            )
        return value
