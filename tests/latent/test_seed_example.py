"""The example of the BEX release's documentation, with nothing changed but what it imports."""

from __future__ import annotations

from typing import Any

import pytest

import rex_widgets.latent as bex
from tests.latent.benchmark.small_world import small_world

EXAMPLE = """
import random
from rex_widgets.latent.explainers import ExplainerBase

class DummyExplainer(ExplainerBase):

    def __init__(self, num_explanations):
        super().__init__()
        self.num_explanations = num_explanations

    def explain_batch(self, latents, logits, images, classifier, generator):

        b = latents.shape[0]
        # we will produce self.num_explanations counterfactuals per sample
        z = latents[:, None, :].repeat(1, self.num_explanations, 1)
        z_perturbed = z + random.random() # create counterfactuals z'

        return z_perturbed.view(b, self.num_explanations, -1)

bn = bex.Benchmark()
bn.run(DummyExplainer, num_explanations=10)
"""


def test_the_release_s_example_runs(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def world_for(n_corr: int, corr_level: float, data_path: Any, download: bool) -> Any:
        assert (n_corr, corr_level, data_path, download) == (10, 0.95, None, False)
        return small_world()

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(bex.Benchmark.__init__.__globals__, "world_for", world_for)
    here: dict[str, Any] = {"bex": bex, "__name__": "example"}
    exec(EXAMPLE, here)
    table = here["bn"].summarize()
    assert table["explainer"].tolist() == ["DummyExplainer"]
    assert 0 <= table["SCE"][0] <= 1
    assert len(list(tmp_path.glob("output/DummyExplainer-*/results.csv"))) == 1
    assert "DummyExplainer" in capsys.readouterr().err


def test_names_of_the_release_are_found_where_its_users_look() -> None:
    from rex_widgets.latent import explainers

    for name in explainers.__all__:
        assert getattr(explainers, name) is getattr(bex, name)
    with pytest.raises(AttributeError, match="no attribute 'Dicee'"):
        explainers.Dicee  # noqa: B018
