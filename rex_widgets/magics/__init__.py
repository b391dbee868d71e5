"""`%explain` for notebooks and terminals; registered by ``%load_ext rex_widgets``.

Loading registers and nothing more: what the magic needs is imported when it is first used.
"""

from __future__ import annotations

from typing import Any

from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """Register `%explain`, `%%explain`, their completion, and how results are shown."""
    from rex_widgets.magics.completion import install_completion
    from rex_widgets.magics.explain import ExplainMagic
    from rex_widgets.magics.showing import register_formatters

    magic: Any = ExplainMagic(ipython)
    ipython.register_magic_function(magic, "line_cell", "explain")
    register_formatters(ipython)
    install_completion(ipython)


def unload_ipython_extension(ipython: InteractiveShell) -> None:
    """Take the magics out again, and show results as plain objects."""
    from rex_widgets.magics.completion import remove_completion
    from rex_widgets.magics.showing import unregister_formatters

    for kind in ("line", "cell"):
        ipython.magics_manager.magics[kind].pop("explain", None)
    remove_completion(ipython)
    unregister_formatters(ipython)
