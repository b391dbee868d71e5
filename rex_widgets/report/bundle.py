"""Where the built JavaScript comes from, for the widgets and for the exported page alike."""

from __future__ import annotations

from pathlib import Path

from rex_widgets.errors import RexWidgetsError

_STATIC = Path(__file__).resolve().parent.parent / "static"


def bundle_text(name: str) -> str:
    """Read one built front-end bundle.

    Parameters
    ----------
    name : str
        File name without its ending, for example ``"layer-view"``.

    Returns
    -------
    str
        The ESM source.

    Raises
    ------
    RexWidgetsError
        If the bundle has not been built. An installed wheel always has it; a source checkout
        needs one ``npm`` command, which the message names.
    """
    path = _STATIC / f"{name}.js"
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RexWidgetsError(
            f"The front end's bundle {path.name} is missing from {path.parent}. Build it with "
            "'npm ci && npm run build' in the folder js/ of the source tree (this needs node 20 "
            "or later), or install a released wheel, which contains it."
        ) from None
