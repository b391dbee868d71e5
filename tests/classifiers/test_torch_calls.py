"""Where a module is, without walking through it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from rex_widgets.classifiers.torch_calls import placement


class Walked(torch.nn.Module):
    """A part that must not be come to."""

    def named_modules(
        self, *args: object, **kwargs: object
    ) -> Iterator[tuple[str, torch.nn.Module]]:  # type: ignore[override]
        raise AssertionError("the walk went on behind the first parameter")


def test_the_first_floating_tensor_is_enough() -> None:
    first = torch.nn.Linear(2, 2).double()
    whole = torch.nn.Sequential(first, Walked())
    assert placement(whole) == (torch.device("cpu"), torch.float64)
    with pytest.raises(AssertionError, match="walk"):
        list(whole.buffers())


def test_buffers_tell_where_no_parameter_does() -> None:
    module = torch.nn.Module()
    module.register_buffer("count", torch.zeros(1, dtype=torch.int64))
    module.register_buffer("held", torch.zeros(1, dtype=torch.float16))
    assert placement(module) == (torch.device("cpu"), torch.float16)
    assert placement(torch.nn.Identity()) == (torch.device("cpu"), torch.float32)
