"""Settings that check themselves: one frozen dataclass per method.

Magic flags, TOML keys, panel controls and help texts are all read off the
options declared here, so that each of them is written once.
"""

from rex_widgets.errors import SettingsError
from rex_widgets.settings.arranging import Group, Preset
from rex_widgets.settings.base import (
    Converter,
    Option,
    Settings,
    build,
    defaults,
    given,
    names_of,
    option,
    options,
    spellings,
    unknown_name,
)
from rex_widgets.settings.describing import SettingField, describe
from rex_widgets.settings.kinds import (
    boolean,
    either,
    nothing,
    numbers,
    one_of,
    real,
    text,
    whole,
)
from rex_widgets.settings.toml_text import WITHOUT_EFFECT, places_of, read_toml

__all__ = [
    "WITHOUT_EFFECT",
    "Converter",
    "Group",
    "Option",
    "Preset",
    "SettingField",
    "Settings",
    "SettingsError",
    "boolean",
    "build",
    "defaults",
    "describe",
    "either",
    "given",
    "names_of",
    "nothing",
    "numbers",
    "one_of",
    "option",
    "options",
    "places_of",
    "read_toml",
    "real",
    "spellings",
    "text",
    "unknown_name",
    "whole",
]
