"""One name for running out of memory, whatever the library that ran out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

# Type names and phrases, so that neither torch nor onnxruntime has to be imported to compare.
_TYPES = ("OutOfMemoryError",)
_PHRASES = (
    "out of memory",
    "not enough memory",
    "can't allocate memory",
    "failed to allocate memory",
    "bad_alloc",
    "bad allocation",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an exception means that memory ran out (on the host or on a device)."""
    if isinstance(error, MemoryError) or type(error).__name__ in _TYPES:
        return True
    if not isinstance(error, RuntimeError) and "onnxruntime" not in type(error).__module__:
        return False
    text = str(error).lower()
    return any(phrase in text for phrase in _PHRASES)


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn any library's out-of-memory error into `MemoryError`; the rest passes unchanged."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise MemoryError(str(error)) from error
        raise
