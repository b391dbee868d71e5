"""Arrays from an HDF5 file that one does not trust."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import ModelError
from rex_widgets.latent.release.places import check_size

MOST_ROWS = 1_000_000
_MOST_CHUNK = 2**28
_LONGEST_TEXT = 4096
_TEXTS_AT_ONCE = 256
_BROKEN = (OSError, RuntimeError, ValueError, KeyError, TypeError, MemoryError, OverflowError)


class Hdf5File:
    """An open file. Links to other files and virtual arrays are not followed."""

    def __init__(self, file: Any, path: Path) -> None:
        self._file, self.path = file, path

    @property
    def names(self) -> tuple[str, ...]:
        """What is at the file's top."""
        return tuple(str(name) for name in self._file)

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of an array."""
        found: tuple[int, ...] = self._dataset(name).shape
        return found

    def array(
        self, name: str, kinds: str, shape: tuple[int | None, ...], most_bytes: int
    ) -> NDArray[Any]:
        """Read an array whole.

        Parameters
        ----------
        name
            Of the array.
        kinds
            Codes of the types that may be: ``"f"``, ``"iub"`` and so on, as of ``dtype.kind``.
        shape
            Expected; ``None`` stands for any size.
        most_bytes
            A larger one is refused.

        Raises
        ------
        ModelError
            There is none of that name, type, shape and size.
        """
        dataset = self._checked(name, kinds, shape)
        if dataset.size * dataset.dtype.itemsize > most_bytes:
            raise ModelError(
                f"{self.path}: {name!r} has shape {dataset.shape}; more than {most_bytes:,} bytes "
                "are not read."
            )
        read: NDArray[Any] = dataset[...]
        return read

    def rows(
        self, name: str, kinds: str, shape: tuple[int | None, ...], indices: Sequence[int]
    ) -> NDArray[Any]:
        """Read some rows, in the order given."""
        dataset = self._checked(name, kinds, shape)
        wanted = np.asarray(indices, dtype=np.int64)
        if not len(wanted):
            return np.zeros((0, *dataset.shape[1:]), dataset.dtype)
        ordered, back = np.unique(wanted, return_inverse=True)
        read: NDArray[Any] = dataset[ordered][back]
        return read

    def texts(self, name: str) -> Iterator[str]:
        """Read strings ``(N,)``, one after the other.

        Raises
        ------
        ModelError
            It is no array of strings, or one of them is too long or no UTF-8.
        """
        dataset = self._checked(name, "OS", (None,))
        if dataset.dtype.kind == "S" and dataset.dtype.itemsize > _LONGEST_TEXT:
            raise ModelError(self._too_long(name))
        for start in range(0, len(dataset), _TEXTS_AT_ONCE):
            for text in dataset[start : start + _TEXTS_AT_ONCE]:
                if not isinstance(text, bytes | str):
                    raise ModelError(
                        f"{self.path}: {name!r} holds a {type(text).__name__}; expected strings."
                    )
                if len(text) > _LONGEST_TEXT:
                    raise ModelError(self._too_long(name))
                yield text.decode() if isinstance(text, bytes) else text

    def _too_long(self, name: str) -> str:
        return f"{self.path}: {name!r} has strings longer than {_LONGEST_TEXT} characters."

    def _checked(self, name: str, kinds: str, shape: tuple[int | None, ...]) -> Any:
        dataset = self._dataset(name)
        fits = len(dataset.shape) == len(shape) and all(
            wanted in (None, size) for size, wanted in zip(dataset.shape, shape, strict=True)
        )
        if not fits or dataset.dtype.kind not in kinds:
            sizes = ", ".join("N" if size is None else str(size) for size in shape)
            raise ModelError(
                f"{self.path}: {name!r} has shape {dataset.shape} and type {dataset.dtype}; "
                f"expected ({sizes}) of kind {' or '.join(kinds)}."
            )
        if dataset.shape and dataset.shape[0] > MOST_ROWS:
            raise ModelError(
                f"{self.path}: {name!r} has {dataset.shape[0]:,} rows; expected {MOST_ROWS:,} at "
                "most."
            )
        return dataset

    def _dataset(self, name: str) -> Any:
        import h5py  # type: ignore[import-untyped]  # it ships no types

        if name not in self._file:
            has = ", ".join(self.names[:8]) or "nothing"
            raise ModelError(f"{self.path} lacks {name!r}; it has {has}.")
        if not isinstance(self._file.get(name, getlink=True), h5py.HardLink):
            raise ModelError(f"{self.path}: {name!r} is a link, which is not followed.")
        dataset = self._file[name]
        if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
            raise ModelError(f"{self.path}: {name!r} is no array.")
        if dataset.is_virtual or dataset.external:
            raise ModelError(f"{self.path}: {name!r} lies in other files, which are not read.")
        chunk = np.prod(dataset.chunks or (0,), dtype=float) * dataset.dtype.itemsize
        if chunk > _MOST_CHUNK:
            raise ModelError(
                f"{self.path}: {name!r} is packed in pieces of {chunk:,.0f} bytes; expected "
                f"{_MOST_CHUNK:,} at most."
            )
        return dataset


def check_hdf5() -> None:
    """Refuse to go on without h5py.

    Raises
    ------
    ModelError
        It is not installed.
    """
    try:
        import h5py  # noqa: F401
    except ImportError:
        raise ModelError(
            "The data of the BEX release are HDF5 files, which need h5py; it comes with the [bex] "
            'extra: pip install "rex-widgets[bex]". The world that comes with this package needs '
            "none."
        ) from None


@contextmanager
def opened(path: Path, most_bytes: int) -> Iterator[Hdf5File]:
    """Open a file to read; whatever h5py makes of a damaged one is a `ModelError`."""
    check_hdf5()
    check_size(path, most_bytes)
    import h5py

    try:
        with h5py.File(path, "r") as file:
            yield Hdf5File(file, path)
    except ModelError:
        raise
    except _BROKEN as error:
        told = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(
            f"{path} cannot be read as the HDF5 file that it should be ({told}). It is damaged or "
            "not whole: fetch it anew."
        ) from None
