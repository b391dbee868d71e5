"""Counts and times the calls of a model, backward passes included."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch


class Meter:
    """What was spent on generator and classifier together.

    Attributes
    ----------
    purpose
        What calls are for at present.
    pictures
        Pictures given to the classifier, by purpose.
    generated
        Pictures made by the generator.
    generator_calls, classifier_calls
        Calls of each, whatever their size.
    seconds
        Spent inside the two, and in backward passes through both of them.
    """

    def __init__(self) -> None:
        self.purpose = "look"
        self.pictures: dict[str, int] = {}
        self.generated = 0
        self.generator_calls = 0
        self.classifier_calls = 0
        self.seconds = 0.0
        self._backward_since: float | None = None

    def generating(
        self, call: Callable[[torch.Tensor], torch.Tensor], latents: torch.Tensor
    ) -> torch.Tensor:
        """Call a generator."""
        self.generator_calls += 1
        self.generated += len(latents)
        if latents.requires_grad and torch.is_grad_enabled():
            # where a backward pass leaves the generator
            latents = latents.view_as(latents)
            _hook(latents, self._backward_ends)
        return self._timed(call, latents)

    def classifying(
        self, call: Callable[[torch.Tensor], torch.Tensor], pictures: torch.Tensor
    ) -> torch.Tensor:
        """Call a classifier."""
        self.classifier_calls += 1
        self.pictures[self.purpose] = self.pictures.get(self.purpose, 0) + len(pictures)
        logits = self._timed(call, pictures)
        if logits.requires_grad:
            _hook(logits, self._backward_begins)
        return logits

    def state(self) -> dict[str, object]:
        """Return all counts as JSON values."""
        return {
            "pictures": self.pictures,
            "generated": self.generated,
            "generator_calls": self.generator_calls,
            "classifier_calls": self.classifier_calls,
            "seconds": self.seconds,
        }

    def restore(self, state: dict[str, object]) -> None:
        """Take over what `state` gave."""
        pictures = state["pictures"]
        assert isinstance(pictures, dict)
        self.pictures = {str(name): int(count) for name, count in pictures.items()}
        for name in ("generated", "generator_calls", "classifier_calls"):
            setattr(self, name, int(str(state[name])))
        self.seconds = float(str(state["seconds"]))

    def _timed(
        self, call: Callable[[torch.Tensor], torch.Tensor], given: torch.Tensor
    ) -> torch.Tensor:
        began = time.perf_counter()
        try:
            return call(given)
        finally:
            self.seconds += time.perf_counter() - began

    def _backward_begins(self, gradient: torch.Tensor) -> None:
        self._backward_since = time.perf_counter()

    def _backward_ends(self, gradient: torch.Tensor) -> None:
        if self._backward_since is not None:
            self.seconds += time.perf_counter() - self._backward_since
            self._backward_since = None


def _hook(tensor: torch.Tensor, call: Callable[[torch.Tensor], None]) -> None:
    add: Callable[[Callable[[torch.Tensor], None]], object] = tensor.register_hook
    add(call)
