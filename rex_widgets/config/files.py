"""Where ``rex.toml`` is looked for, and reading it within bounds."""

from __future__ import annotations

from pathlib import Path

from rex_widgets.errors import SettingsError

NAME = "rex.toml"
MAX_BYTES = 2**20
"""Most that a settings file may hold; ReX's own example has 5 kB."""


def find_config(path: str | Path | None = None) -> Path | None:
    """Return the settings file: the one named, or where ReX looks for it.

    Parameters
    ----------
    path
        A file that has to be there; without one, ``rex.toml`` is looked for in the working
        directory, then in ``~/.config``.

    Returns
    -------
    Path or None
        ``None`` if no file was named and none is there.

    Raises
    ------
    SettingsError
        The file that was named is not there.
    """
    if path is not None:
        named = Path(path).expanduser()
        if not named.is_file():
            what = "is a folder" if named.is_dir() else "does not exist"
            raise SettingsError(
                f"The settings file {str(path)!r} {what}; expected a TOML file such as rex.toml."
            )
        return named
    home = _home()
    places = [Path(NAME), *([] if home is None else [home / ".config" / NAME])]
    return next((place for place in places if place.is_file()), None)


def read_config(path: Path) -> str:
    """Read a settings file, at most `MAX_BYTES` of UTF-8.

    Raises
    ------
    SettingsError
        It cannot be read, is too large, or is no text.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SettingsError(
            f"The settings file {shown_path(path)} cannot be read ({error.strerror})."
        ) from None
    if len(content) > MAX_BYTES:
        raise SettingsError(
            f"The settings file {shown_path(path)} is larger than {MAX_BYTES // 1024} kB; "
            "expected a rex.toml of a few kB."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError(
            f"The settings file {shown_path(path)} is no UTF-8 text; expected TOML."
        ) from None


def shown_path(path: Path) -> str:
    """Return a path as people write it: from the working directory, from home, or in full."""
    full = path.expanduser().absolute()
    for base, prefix in ((Path.cwd(), ""), (_home(), "~/")):
        if base is not None and full.is_relative_to(base):
            return prefix + full.relative_to(base).as_posix()
    return str(full)


def _home() -> Path | None:
    """Return the home folder; a process may have none."""
    try:
        return Path.home()
    except RuntimeError:
        return None
