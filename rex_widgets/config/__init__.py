"""``rex.toml``: where it is looked for, what it says, and what is in force in the end."""

from rex_widgets.config.effective import (
    Effective,
    effective_settings,
    load_settings,
    show_settings,
)
from rex_widgets.config.files import find_config, read_config, shown_path

__all__ = [
    "Effective",
    "effective_settings",
    "find_config",
    "load_settings",
    "read_config",
    "show_settings",
    "shown_path",
]
