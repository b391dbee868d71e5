"""The flags of `%explain` and of the command line: one definition for parser, help and Tab."""

from rex_widgets.flags.flag import Flag, FlagError
from rex_widgets.flags.help import flag_lines, help_text
from rex_widgets.flags.reading import (
    Said,
    asked_method,
    is_quoted,
    notes_on,
    own_value,
    read_words,
    unquoted,
)
from rex_widgets.flags.table import FILE, OWN_FLAGS, flags_of, left_out, settings_classes, written

__all__ = [
    "FILE",
    "OWN_FLAGS",
    "Flag",
    "FlagError",
    "Said",
    "asked_method",
    "flag_lines",
    "flags_of",
    "help_text",
    "is_quoted",
    "left_out",
    "notes_on",
    "own_value",
    "read_words",
    "settings_classes",
    "unquoted",
    "written",
]
