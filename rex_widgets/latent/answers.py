"""What is known of samples and counterfactuals, as arrays that grow while a search goes on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(eq=False)
class Answers:
    """Samples and counterfactuals, decoded and classified; NaN and black while unknown.

    Parameters
    ----------
    before, images, target
        Of the samples: logits ``(B, K)``, uint8 ``(B, H, W, 3)`` and the class asked, ``(B,)``.
    counterfactuals, after, pictures
        ``(B, n, Z)``, logits ``(B, n, K)`` and uint8 ``(B, n, H, W, 3)``.
    """

    before: Floats
    images: NDArray[np.uint8]
    target: NDArray[np.int64]
    counterfactuals: Floats
    after: Floats
    pictures: NDArray[np.uint8]

    @classmethod
    def none(
        cls, latents: Floats, explanations: int, classes: int, size: tuple[int, ...]
    ) -> Answers:
        """Return what is known before any call: the samples stand for their counterfactuals."""
        samples, width = latents.shape
        return cls(
            np.full((samples, classes), np.nan, np.float32),
            np.zeros((samples, *size, 3), np.uint8),
            np.full(samples, -1, np.int64),
            np.broadcast_to(latents[:, None], (samples, explanations, width)).copy(),
            np.full((samples, explanations, classes), np.nan, np.float32),
            np.zeros((samples, explanations, *size, 3), np.uint8),
        )

    @property
    def count(self) -> int:
        """Number of counterfactuals."""
        return int(self.after.shape[0] * self.after.shape[1])

    @property
    def flat(self) -> Floats:
        """Counterfactuals one after the other, ``(B n, Z)``."""
        return self.counterfactuals.reshape(self.count, -1)

    @property
    def margins(self) -> Floats:
        """Logit of the class asked minus that of the best other one, ``(B, n)``; NaN: unknown."""
        if self.target.min() < 0:
            return np.full(self.after.shape[:2], np.nan, np.float32)
        place = np.broadcast_to(self.target[:, None, None], (*self.after.shape[:2], 1))
        asked = np.take_along_axis(self.after, place, 2)[..., 0]
        others = self.after.copy()
        np.put_along_axis(others, place, -np.inf, 2)
        with np.errstate(invalid="ignore"):  # two infinite logits have no difference
            return np.asarray(asked - others.max(2), np.float32)

    @property
    def changed(self) -> NDArray[np.bool_]:
        """Where the classifier gives the class asked for, ``(B, n)``."""
        return np.asarray(self.margins > 0)

    def changed_at(self, start: int, length: int) -> NDArray[np.bool_]:
        """Return `changed` for some of `flat`."""
        per = self.after.shape[1]
        rows = slice(start // per, -(-(start + length) // per))
        part = Answers(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))
        return part.changed.reshape(-1)[start - rows.start * per :][:length]

    def take_samples(
        self, logits: torch.Tensor, images: NDArray[np.uint8], targets: torch.Tensor
    ) -> None:
        """Take what the models say of the samples."""
        self.before[:], self.images[:] = logits.cpu().numpy(), images
        self.target[:] = targets.cpu().numpy()

    def take(
        self, start: int, latents: Floats, logits: Floats, pictures: NDArray[np.uint8]
    ) -> None:
        """Take counterfactuals and what the models say of them, from a place of `flat` on."""
        end = start + len(latents)
        self.flat[start:end] = latents
        self.after.reshape(self.count, -1)[start:end] = logits
        self.pictures.reshape(self.count, *self.pictures.shape[2:])[start:end] = pictures
