"""Explainers by name."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from rex_widgets.errors import SettingsError
from rex_widgets.latent.base import ExplainerBase
from rex_widgets.latent.registry import EXPLAINERS, explainer_named


def test_every_name_gives_an_explainer_with_the_common_arguments():
    for name, entry in EXPLAINERS.items():
        assert entry.help
        if find_spec(entry.module) is None:
            continue
        kind = explainer_named(name)
        assert issubclass(kind, ExplainerBase)
        assert kind().num_explanations == 10


def test_the_release_s_spellings_are_known_and_others_refused():
    for name, entry in EXPLAINERS.items():
        assert explainer_named(entry.explainer.__name__) is explainer_named(name)
    assert explainer_named("gs") is EXPLAINERS["growing_spheres"].explainer
    with pytest.raises(SettingsError, match="Did you mean 'dice'"):
        explainer_named("dicee")
