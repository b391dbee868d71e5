"""The file of a saved run: JSON and plain arrays in a checked archive.

No pickle is written or read. A file is written beside its name, flushed to the
disk and renamed, so that a crash leaves the old file or the new one.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from glob import escape
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import SavedRunError

FORMAT = "rex_widgets run 1"
MAX_BYTES = 2 * 2**30
"""Most that a saved run may hold, unpacked."""

MAX_MEMBERS = 1000


def write_run(
    path: Path, document: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]
) -> Path:
    """Write a run's document and arrays; returns the path.

    Raises
    ------
    SavedRunError
        The run holds more than `MAX_BYTES`, or the folder does not exist.
    """
    members = {"document.json": json.dumps({"format": FORMAT, **document}).encode()}
    for name, array in arrays.items():
        buffer = io.BytesIO()
        np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
        members[f"{name}.npy"] = buffer.getvalue()
    total = sum(map(len, members.values()))
    if total > MAX_BYTES:
        raise SavedRunError(
            f"The run holds {total / 2**20:.0f} MB; at most {MAX_BYTES / 2**20:.0f} MB are saved."
        )
    sums = {name: sha256(content).hexdigest() for name, content in members.items()}
    members["checksums.json"] = json.dumps(sums).encode()
    with replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, True, 1) as out:
        for name, content in members.items():
            out.writestr(name, content)
    return path


def read_run(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[np.generic]]]:
    """Read what `write_run` wrote.

    Raises
    ------
    SavedRunError
        The file is missing, no saved run, too large, or damaged.
    """
    with telling_damage(path):
        try:
            with zipfile.ZipFile(path) as archive:
                members = _checked_members(archive, path)
        except FileNotFoundError:
            raise SavedRunError(
                f"There is no file {path.name!r}; expected a run that was written by run.save()."
            ) from None
        document = json.loads(members.pop("document.json"))
        if document.get("format") != FORMAT:
            raise SavedRunError(
                f"{path.name!r} has the format {document.get('format')!r}; expected {FORMAT!r}."
            )
        arrays = {}
        for name, content in members.items():
            arrays[name.removesuffix(".npy")] = np.load(io.BytesIO(content), allow_pickle=False)
    return document, arrays


@contextmanager
def telling_damage(path: Path) -> Iterator[None]:
    """Tell whatever goes wrong while a saved run is read as a `SavedRunError`.

    A damaged or forged file can make the readers of archives, JSON and arrays raise nearly
    anything.
    """
    try:
        yield
    except SavedRunError:
        raise
    except Exception as error:
        raise SavedRunError(
            f"{path.name!r} is not a saved run, or is damaged "
            f"({type(error).__name__}: {str(error)[:200]}). "
            "Expected a file that was written by run.save()."
        ) from None


def _checked_members(archive: zipfile.ZipFile, path: Path) -> dict[str, bytes]:
    infos = archive.infolist()
    total = sum(info.file_size for info in infos)
    if total > MAX_BYTES or len(infos) > MAX_MEMBERS:
        raise SavedRunError(
            f"{path.name!r} would unpack to {total / 2**20:.0f} MB in {len(infos)} parts; "
            f"at most {MAX_BYTES / 2**20:.0f} MB in {MAX_MEMBERS} parts are read."
        )
    members = {info.filename: archive.read(info) for info in infos}
    sums = json.loads(members.pop("checksums.json"))
    for name, content in members.items():
        if sums.get(name) != sha256(content).hexdigest():
            raise SavedRunError(f"{path.name!r} is damaged: the checksum of {name!r} is wrong.")
    return members


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file that takes the place of ``path`` when the block ends well.

    Temporary files that a killed process left beside it are removed.
    """
    folder = path.parent
    if not folder.is_dir():
        raise SavedRunError(f"The folder of {path.name!r} does not exist; create it first.")
    _sweep(path)
    temporary = folder / f".{path.name}.{os.getpid()}.tmp"
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sweep(path: Path) -> None:
    for stale in path.parent.glob(f".{escape(path.name)}.*.tmp"):
        owner = stale.name.split(".")[-2]
        if owner.isdigit() and not _alive(int(owner)):
            stale.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
