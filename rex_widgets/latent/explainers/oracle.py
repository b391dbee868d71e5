"""The oracle of BEX: exchange the attribute that goes with the class by chance."""

from __future__ import annotations

import torch

from rex_widgets.errors import SettingsError
from rex_widgets.latent.base import ExplainerBase, Search
from rex_widgets.latent.explainers.checks import check_counts
from rex_widgets.latent.problem import CorrelatedAttribute, Problem


class IS(ExplainerBase):
    """Informed search: give every sample a font that goes with the class asked for.

    It is told what the classifier was made to get wrong, and is a bound for what explainers find.
    Neither the classifier nor the generator is called.

    Parameters
    ----------
    num_explanations
        Counterfactuals for every sample. No font comes again before all have come.
    release_compatible
        As BEX 0.5.2 draws them: every font by itself, so that the same may come twice.
    target
        The class to ask for; ``None``: the best besides the sample's own.
    """

    def __init__(
        self,
        num_explanations: int = 10,
        *,
        release_compatible: bool = False,
        target: int | None = None,
    ) -> None:
        check_counts(num_explanations=num_explanations)
        self.num_explanations = num_explanations
        self.release_compatible, self.target = release_compatible, target

    def begin(self, problem: Problem, random: torch.Generator) -> Search:
        """Begin a search of one step.

        Raises
        ------
        SettingsError
            It is not known which attribute goes with the class, or none goes with a class asked.
        """
        known = problem.context.correlated
        if known is None:
            raise SettingsError(
                "The oracle must be told which attribute goes with the class by chance: fill in "
                "Context.correlated, explain the embedded world, or choose another explainer."
            )
        for asked in sorted(set(problem.targets.tolist())):
            if asked >= len(known.values) or not known.values[asked]:
                raise SettingsError(
                    f"No value of the attribute goes with class {asked}, which is asked for; "
                    "Context.correlated must name at least one for every class."
                )
        return _Exchange(self, problem, known, random)


class _Exchange(Search):
    def __init__(
        self, explainer: IS, problem: Problem, known: CorrelatedAttribute, random: torch.Generator
    ) -> None:
        self._explainer, self._problem = explainer, problem
        self._known, self._random = known, random
        self.counterfactuals = problem.latents[:, None].repeat(1, explainer.num_explanations, 1)

    @property
    def fraction(self) -> float:
        """0 or 1."""
        return float(self.done)

    def advance(self) -> None:
        """Exchange all at once."""
        if self.done:
            return
        latents, known = self._problem.latents, self._known
        most = max(len(values) for values in known.values)
        padded = [[*values, *[0] * (most - len(values))] for values in known.values]
        counts = torch.tensor([len(values) for values in known.values], device=latents.device)
        asked = self._problem.targets
        drawn = self._places(counts[asked], most)
        values = torch.tensor(padded, device=latents.device)[asked].gather(1, drawn)
        found = self.counterfactuals.clone()
        found[..., known.part] = known.embeddings.to(latents)[values]
        self.counterfactuals, self.done = found, True

    def extend(self, steps: int) -> None:
        """Raise `SettingsError`: there is only one step."""
        raise SettingsError(
            "The oracle exchanges the attribute in one step; there is nothing to extend. Start a "
            "new run with more explanations."
        )

    def state(self) -> dict[str, torch.Tensor]:
        """Everything needed to go on later."""
        return {
            "counterfactuals": self.counterfactuals,
            "done": torch.tensor(self.done),
            "random": self._random.get_state(),
        }

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Take over what `state` gave."""
        self.counterfactuals, self.done = state["counterfactuals"], bool(state["done"])
        self._random.set_state(state["random"])

    def _places(self, counts: torch.Tensor, most: int) -> torch.Tensor:
        """Draw places among each sample's ``counts`` values, int64 ``(B, explanations)``."""
        wanted = self._explainer.num_explanations
        if self._explainer.release_compatible:
            shares = self._drawn(len(counts), wanted).to(counts.device)
            return (shares * counts[:, None]).long().minimum(counts[:, None] - 1)
        keys = self._drawn(len(counts), wanted, most).to(counts.device)
        surplus = torch.arange(most, device=counts.device) >= counts[:, None]
        orders = keys.masked_fill(surplus[:, None], 2.0).argsort(-1)
        place = torch.arange(wanted, device=counts.device)[None].expand(len(counts), -1)
        # the order number place // count gives each value once, then the next order begins
        order = orders.gather(1, (place // counts[:, None])[..., None].expand(-1, -1, most))
        return order.gather(2, (place % counts[:, None])[..., None]).squeeze(-1)

    def _drawn(self, *shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=self._random, device=self._random.device)
