"""Fetching the release's files, for those who ask for it."""

from __future__ import annotations

import http.client
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from rex_widgets.errors import ModelError
from rex_widgets.latent.release import places
from rex_widgets.latent.release.checksums import check_sum
from rex_widgets.latent.release.places import ReleaseFile

Told = Callable[[str, int, "int | None"], None]
"""Called with a file's name, the bytes so far, and of how many, where that is known."""

_SCHEMES: tuple[str, ...] = ("https",)
_AT_ONCE = 2**18
_SECONDS = 30.0
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)$")
_BEYOND = 416
_PARTIAL = 206


def download(
    file: ReleaseFile, folder: Path, *, expected: str | None = None, told: Told | None = None
) -> Path:
    """Fetch a file of the release; one that is there is left as it is.

    What has come lies beside the file's place, under its name with ``.part``, and takes the place
    when it is whole. A second call goes on where the first one stopped.

    Parameters
    ----------
    file
        Which.
    folder
        The release's folder; see `rex_widgets.latent.release.places`.
    expected
        Its SHA-256, if one is known.
    told
        Called as it comes.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ModelError
        The address is not https or leads elsewhere than to https, it cannot be reached, the file
        is larger than a file of the release, not whole, or another than expected.
    """
    path = file.path(folder)
    if path.is_file():
        return path
    address = f"{places.BASE_ADDRESS}{quote(file.name)}?download=1"
    _check_address(address)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        _fetch(address, part, file, told)
        _check_sum(part, expected, address)
        os.replace(part, path)
    except HTTPError as error:
        with error:
            raise ModelError(
                f"{address} answered {error.code} ({error.reason}). {_by_hand(path)}"
            ) from None
    except FileNotFoundError:
        # Whoever else fetched it has put it in its place.
        if not path.is_file():
            raise ModelError(f"{part} is gone; the same call fetches it anew.") from None
    except (URLError, OSError, http.client.HTTPException) as error:
        raise ModelError(
            f"{address} could not be fetched ({error}). What has come is kept: the same call goes "
            f"on from there. {_by_hand(path)}"
        ) from None
    return path


def _fetch(address: str, part: Path, file: ReleaseFile, told: Told | None) -> None:
    have = part.stat().st_size if part.is_file() else 0
    headers = {"User-Agent": "rex-widgets"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        answer = _opener().open(Request(address, headers=headers), timeout=_SECONDS)
    except HTTPError as error:
        if error.code != _BEYOND or not have:
            raise
        # Either all of it is here already, or what is here is not of this file.
        with error:
            whole = error.headers.get("Content-Range", "").rpartition("/")[2]
        if whole != str(have):
            part.unlink()
            _fetch(address, part, file, told)
        return
    with answer:
        start, total = _extent(answer, have)
        if total is not None and total > file.most_bytes:
            raise ModelError(_too_large(address, total, file))
        if not start:
            part.touch()
        # Others may fetch the same file: it is never emptied, and no gap is left in it, so that
        # all write the same bytes to the same places.
        with part.open("r+b") as out:
            if out.seek(0, os.SEEK_END) < start:
                raise FileNotFoundError(part)
            out.seek(start)
            came = _copy(answer, out, start, total, address, file, told)
            if total in (None, came):
                out.truncate()
    if total is not None and came != total:
        raise ModelError(
            f"{address} gave {came:,} of {total:,} bytes. What has come is kept: the same call "
            "goes on from there."
        )


def _copy(
    answer: IO[bytes],
    out: IO[bytes],
    came: int,
    total: int | None,
    address: str,
    file: ReleaseFile,
    told: Told | None,
) -> int:
    while piece := answer.read(_AT_ONCE):
        came += len(piece)
        if came > file.most_bytes:
            raise ModelError(_too_large(address, came, file))
        out.write(piece)
        if told is not None:
            told(file.name, came, total)
    return came


def _extent(answer: Any, have: int) -> tuple[int, int | None]:
    """Where in the file an answer begins, and how long the file is."""
    if answer.status == _PARTIAL:
        found = _RANGE.match(answer.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != have:
            raise ModelError(
                f"{answer.url} was asked for what follows byte {have} and answered with "
                f"{answer.headers.get('Content-Range')!r}. Delete the file that ends in .part."
            )
        return have, int(found[2])
    length = answer.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None


def _check_sum(part: Path, expected: str | None, address: str) -> None:
    try:
        check_sum(part, expected, named=f"What {address} gave")
    except ModelError:
        part.unlink()
        raise


def _too_large(address: str, count: int, file: ReleaseFile) -> str:
    return (
        f"{address} has {count:,} bytes or more; a file of the release has {file.most_bytes:,} at "
        "most."
    )


def _check_address(address: str) -> None:
    if urlsplit(address).scheme not in _SCHEMES:
        raise ModelError(f"{address} was not fetched: expected an address that begins with https.")


def _by_hand(path: Path) -> str:
    return f"Or fetch the file by hand ({places.RECORD}) and put it at {path}."


class _OnlySafe(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        _check_address(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> OpenerDirector:
    return build_opener(_OnlySafe)
