"""What a flag is, whichever door it is written at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from rex_widgets.errors import RexWidgetsError
from rex_widgets.settings import Option

Door = Literal["magic", "command line"]
BOTH: tuple[Door, ...] = ("magic", "command line")

ALL_FLAGS: dict[Door, str] = {
    "magic": "All flags: %explain?",
    "command line": "All flags: rex-widgets --help",
}
"""Where a person finds the flags of each door."""


class FlagError(RexWidgetsError):
    """A flag is unknown, lacks its value, or has a wrong one; the message is one line."""


@dataclass(frozen=True)
class Flag:
    """One flag.

    Attributes
    ----------
    name
        How it is written, such as "--min-box-size".
    key
        Name of the setting, or of the call's own option.
    owner
        Settings class it belongs to; ``None`` for an option of the call itself.
    help, expects, default
        For people.
    group
        Heading it stands under in the help.
    choices
        Values offered by Tab.
    option
        What checks a value; ``None`` for the call's own.
    others
        Further spellings, such as "-s".
    stands_for
        What it means without a value; ``None`` where a value is needed.
    value_key
        Setting of the same owner that a value goes to, where that is not ``key``.
    takes_value
        Whether it may have a value at all.
    value_name
        What the help calls the value.
    doors
        Where it can be written.
    """

    name: str
    key: str
    owner: type | None
    help: str
    expects: str = ""
    default: Any = None
    group: str = ""
    choices: tuple[str, ...] = ()
    option: Option | None = None
    others: tuple[str, ...] = ()
    stands_for: str | None = None
    value_key: str | None = None
    takes_value: bool = True
    value_name: str = ""
    doors: tuple[Door, ...] = BOTH

    @property
    def switch(self) -> bool:
        """Whether it may stand without a value."""
        return self.stands_for is not None

    @property
    def expected(self) -> str:
        """What its value has to be, in words."""
        if self.choices and not self.expects:
            return "one of " + ", ".join(self.choices)
        return self.expects or "a value"
