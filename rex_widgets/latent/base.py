"""What every explainer offers: the release's one call, and a search that can be watched."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch

from rex_widgets.errors import InputError, ModelError, SettingsError
from rex_widgets.latent.problem import Classify, Context, Generate, Problem, other_class
from rex_widgets.latent.statistics import LatentStatistics


class Search(ABC):
    """An explainer at work on one problem; all of its state is here.

    Attributes
    ----------
    counterfactuals
        The latents so far, standardised, float32 ``(B, n, Z)``.
    done
        Nothing is left to do, unless `extend` asks for more.
    message
        What a person should know; often empty.
    """

    counterfactuals: torch.Tensor
    done: bool = False
    message: str = ""

    @property
    @abstractmethod
    def fraction(self) -> float:
        """Share of the work that is done, in [0, 1]."""

    @abstractmethod
    def advance(self) -> None:
        """Do one step: a bounded number of calls of generator and classifier."""

    @abstractmethod
    def extend(self, steps: int) -> None:
        """Ask for more steps; ten and then ten more are the same as twenty.

        Raises
        ------
        SettingsError
            The explainer has nothing to extend.
        """

    def extensible(self) -> torch.Tensor:
        """Say which samples more steps could still change, bool ``(B,)``."""
        return torch.ones(len(self.counterfactuals), dtype=torch.bool)

    @abstractmethod
    def state(self) -> dict[str, torch.Tensor]:
        """Everything needed to go on later, the state of the random generator included."""

    @abstractmethod
    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Take over what `state` gave."""


class ExplainerBase:
    """Base of all explainers of latent counterfactuals, and of your own.

    Override `explain_batch`; that is all the benchmark needs. The explainers of this library
    override `begin` instead, so that their counterfactuals can be watched while they form.

    Attributes
    ----------
    num_explanations
        Counterfactuals for every sample.
    context
        What is known of the latent space, given by `prepare`; ``None`` before.
    seed
        Of the explainer's own random generator, where `explain_batch` is called directly.
    target
        The class to ask for, where `explain_batch` is called directly; ``None``: the best besides
        the sample's own.
    draws
        Whether anything in it is random; where not, one seed tells what every other would.

    Examples
    --------
    >>> class Nudge(ExplainerBase):                                        # doctest: +SKIP
    ...     def explain_batch(self, latents, logits, images, classifier, generator):
    ...         return latents[:, None].repeat(1, self.num_explanations, 1) + 0.1
    """

    num_explanations: int = 10
    context: Context | None = None
    seed: int = 0
    target: int | None = None
    draws: ClassVar[bool] = True

    def __init__(self, *, num_explanations: int | None = None) -> None:
        """Take over how many counterfactuals are wanted, where a subclass has no more to be told.

        Parameters
        ----------
        num_explanations
            Counterfactuals for every sample; ``None``: those of the class.
        """
        if num_explanations is None:
            return
        whole = isinstance(num_explanations, int) and not isinstance(num_explanations, bool)
        if not whole or num_explanations < 1:
            raise SettingsError(
                f"num_explanations was {num_explanations!r}; expected a whole number of at least 1."
            )
        self.num_explanations = num_explanations

    def prepare(self, context: Context) -> None:
        """Take what is known of the latent space; called before the first batch."""
        self.context = context

    def explain_batch(
        self,
        latents: torch.Tensor,
        logits: torch.Tensor,
        images: torch.Tensor,
        classifier: Classify,
        generator: Generate,
    ) -> torch.Tensor:
        """Find counterfactuals for a batch.

        Parameters
        ----------
        latents
            Standardised, float32 ``(B, Z)``.
        logits
            Of the samples, ``(B, K)``.
        images
            Of the samples, ``(B, C, H, W)`` in [-1, 1].
        classifier, generator
            Pictures to logits, and standardised latents to pictures.

        Returns
        -------
        Tensor
            Standardised latents, ``(B, num_explanations, Z)``.
        """
        if type(self).begin is ExplainerBase.begin:
            raise NotImplementedError(
                f"{type(self).__name__} overrides neither explain_batch nor begin; an explainer "
                "needs one of the two."
            )
        context = self.context or Context(LatentStatistics.standard(latents.shape[1]))
        problem = Problem(
            latents, logits, images, self.targets_for(logits), classifier, generator, context
        )
        search = self.begin(problem, torch.Generator(latents.device).manual_seed(self.seed))
        while not search.done:
            search.advance()
        return search.counterfactuals

    def targets_for(self, logits: torch.Tensor) -> torch.Tensor:
        """Return the class to ask for each sample, int64 ``(B,)``, from logits ``(B, K)``.

        Raises
        ------
        SettingsError
            `target` is no class of the classifier.
        InputError
            A sample is of the class `target` already.
        """
        if self.target is None:
            return other_class(logits)
        if not 0 <= self.target < logits.shape[1]:
            raise SettingsError(
                f"target was {self.target!r}; the classifier has the classes 0 to "
                f"{logits.shape[1] - 1}."
            )
        already = torch.nonzero(logits.argmax(1) == self.target).flatten().tolist()
        if already:
            raise InputError(
                f"Sample {already[0]} is of class {self.target} already, which is the target: "
                "leave it out, or ask for another class."
            )
        return torch.full((len(logits),), self.target, device=logits.device)

    def begin(self, problem: Problem, random: torch.Generator) -> Search:
        """Begin a search; without an own one, `explain_batch` is called in a single step."""
        return _AtOnce(self, problem)


class _AtOnce(Search):
    """An explainer that only has `explain_batch`."""

    def __init__(self, explainer: ExplainerBase, problem: Problem) -> None:
        self._explainer, self._problem = explainer, problem
        self.counterfactuals = problem.latents[:, None].repeat(1, explainer.num_explanations, 1)

    @property
    def fraction(self) -> float:
        return float(self.done)

    def advance(self) -> None:
        asked = self._problem
        found = self._explainer.explain_batch(
            asked.latents, asked.logits, asked.images, asked.classifier, asked.generator
        )
        expected = (len(asked.latents), asked.latents.shape[1])
        if found.ndim != 3 or (found.shape[0], found.shape[2]) != expected:
            raise ModelError(
                f"{type(self._explainer).__name__}.explain_batch returned shape "
                f"{tuple(found.shape)}; expected ({expected[0]}, explanations, {expected[1]})."
            )
        self.counterfactuals, self.done = found.detach(), True

    def extend(self, steps: int) -> None:
        raise SettingsError(
            f"{type(self._explainer).__name__} finds its counterfactuals in one step; there is "
            "nothing to extend. Start a new run with other settings."
        )

    def state(self) -> dict[str, torch.Tensor]:
        return {"counterfactuals": self.counterfactuals, "done": torch.tensor(self.done)}

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        self.counterfactuals, self.done = state["counterfactuals"], bool(state["done"])
