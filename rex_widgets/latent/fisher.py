"""Fisher information of latents: how much each direction tells the classifier of a class."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from rex_widgets.errors import InputError
from rex_widgets.latent.explainers.checks import check_differentiable
from rex_widgets.latent.explainers.margins import margins
from rex_widgets.latent.problem import Classify, Generate

BATCH = 512
"""Latents at once; the release's number as well."""

_MOST_BYTES = 2**30


@dataclass(frozen=True, eq=False)
class FisherInformation:
    """Fisher information of every class, a sum over latents.

    Parameters
    ----------
    matrices
        Float64 ``(K, Z, Z)`` on the CPU, symmetric, positive semidefinite.
    latents
        Over how many latents the sum goes.
    released
        As BEX 0.5.2 computes it; see `of`.
    """

    matrices: torch.Tensor
    latents: int
    released: bool = False

    @classmethod
    def of(
        cls,
        latents: torch.Tensor,
        classifier: Classify,
        generator: Generate,
        random: torch.Generator | None = None,
        *,
        at_most: int | None = None,
        released: bool = False,
        batch: int = BATCH,
    ) -> FisherInformation:
        """Compute it over latents; `FisherEstimate` does the same batch by batch.

        Of class k it is the sum of q (1 - q) ∇m ∇mᵀ, with the margin m of the class and q = σ(m):
        the expectation over the answer y of ∇ log p(y) ∇ log p(y)ᵀ for the question whether the
        class is k (DiVE, arXiv 2103.10226, section 3.4), taken exactly rather than by drawing y.

        Parameters
        ----------
        latents
            Standardised, float32 ``(N, Z)``.
        classifier, generator
            Pictures to logits, and standardised latents to pictures.
        random, at_most
            Where there are more latents than ``at_most``, as many are drawn from this generator.
        released
            As BEX 0.5.2: the gradients of each logit, unweighted, and the sum only over the last of
            the chunks of about 512. (The answers that it draws only change a gradient's sign.)
        batch
            Latents at once.

        Raises
        ------
        InputError
            There are no latents, or the result is not finite.
        ModelError
            No gradient comes through the models.
        """
        if at_most is not None and at_most < len(latents):
            order = torch.randperm(
                len(latents), generator=random, device=random.device if random else "cpu"
            )
            latents = latents[order[:at_most].to(latents.device)]
        estimate = FisherEstimate(latents, classifier, generator, released=released, batch=batch)
        while not estimate.done:
            estimate.advance()
        return estimate.result()

    def save(self, path: str | Path) -> None:
        """Write it as arrays (``.npz``)."""
        with Path(path).open("wb") as file:
            np.savez(
                file,
                matrices=self.matrices.numpy(),
                latents=np.array(self.latents),
                released=np.array(self.released),
            )

    @classmethod
    def load(cls, path: str | Path) -> FisherInformation:
        """Read what `save` wrote.

        Raises
        ------
        InputError
            It is no such file.
        """
        try:
            with zipfile.ZipFile(path) as archive:
                size = sum(member.file_size for member in archive.infolist())
            if size > _MOST_BYTES:
                raise ValueError(f"it holds {size} bytes, more than {_MOST_BYTES}")
            with np.load(path, allow_pickle=False) as stored:
                matrices = stored["matrices"]
                latents, released = int(stored["latents"]), bool(stored["released"])
        except (KeyError, ValueError, EOFError, TypeError, zipfile.BadZipFile) as error:
            raise InputError(
                f"{path} holds no Fisher information ({error}). Compute it anew with "
                "FisherInformation.of, and write it with save."
            ) from error
        square = matrices.ndim == 3 and matrices.shape[1] == matrices.shape[2]
        if not square or matrices.dtype != np.float64:
            raise InputError(
                f"{path} holds matrices of shape {matrices.shape} and type {matrices.dtype}; "
                "expected float64 (classes, coordinates, coordinates)."
            )
        return cls(_checked(torch.from_numpy(matrices)), latents, released)


class FisherEstimate:
    """The Fisher information as it is being computed; every `advance` takes one batch.

    Parameters are those of `FisherInformation.of`.
    """

    def __init__(
        self,
        latents: torch.Tensor,
        classifier: Classify,
        generator: Generate,
        *,
        released: bool = False,
        batch: int = BATCH,
    ) -> None:
        if latents.ndim != 2 or len(latents) == 0:
            raise InputError(
                f"The latents have shape {tuple(latents.shape)}; expected (N, Z) with one row at "
                "least, to compute their Fisher information."
            )
        self._latents = latents.chunk(max(1, len(latents) // BATCH))[-1] if released else latents
        self._classifier, self._generator = classifier, generator
        self._released, self._batch = released, batch
        self._seen = 0
        self._sum = torch.zeros(0, latents.shape[1], latents.shape[1], dtype=torch.float64)

    @property
    def done(self) -> bool:
        """All latents have been seen."""
        return self._seen == len(self._latents)

    @property
    def fraction(self) -> float:
        """Share of the latents that have been seen."""
        return self._seen / len(self._latents)

    def advance(self) -> None:
        """Take one batch of latents."""
        part = self._latents[self._seen : self._seen + self._batch].detach().requires_grad_(True)
        with torch.enable_grad():
            logits = self._classifier(self._generator(part))
            check_differentiable(logits)
            values = logits if self._released else margins(logits)
            # The two margins of two classes differ in sign only, and so do their gradients.
            count = 1 if values.shape[1] == 2 and not self._released else values.shape[1]
            # A latent's values depend on it alone: the gradient of the sum is that of each.
            gradients = torch.stack(
                [
                    torch.autograd.grad(values[:, index].sum(), part, retain_graph=True)[0]
                    for index in range(count)
                ]
            ).expand(values.shape[1], -1, -1)
        gradients = gradients.to("cpu", torch.float64)
        if self._released:
            weights = torch.ones_like(gradients[..., 0])
        else:
            likely = torch.sigmoid(values.detach().to("cpu", torch.float64)).T
            weights = likely * (1 - likely)
        found = torch.einsum("kb,kbi,kbj->kij", weights, gradients, gradients)
        self._sum = found if self._seen == 0 else self._sum + found
        self._seen += len(part)

    def result(self) -> FisherInformation:
        """Return what the latents seen so far give."""
        return FisherInformation(_checked(self._sum), self._seen, self._released)

    def state(self) -> dict[str, torch.Tensor]:
        """Everything needed to go on later, but the latents and the models."""
        return {"fisher": self._sum, "fisher_seen": torch.tensor(self._seen)}

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Take over what `state` gave."""
        self._sum, self._seen = state["fisher"], int(state["fisher_seen"])


def _checked(matrices: torch.Tensor) -> torch.Tensor:
    if not bool(torch.isfinite(matrices).all()):
        raise InputError(
            "The Fisher information is not finite: for some of the latents the generator or the "
            "classifier gives NaN. Look for such latents, or choose Dive's method 'none'."
        )
    return matrices
