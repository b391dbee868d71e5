"""Flags of latent counterfactuals: each method has its own, and refuses the others' in one line."""

from __future__ import annotations

import re

import pytest

from rex_widgets.flags import (
    FlagError,
    flags_of,
    help_text,
    left_out,
    read_words,
    settings_classes,
)
from rex_widgets.flags.flag import BOTH, Door
from rex_widgets.flags.help import LATENT_HEADING, shared_flags
from rex_widgets.flags.refusals import refused_flag, refused_key
from rex_widgets.latent.registry import EXPLAINERS
from rex_widgets.latent.settings import SETTINGS
from rex_widgets.methods import LATENT_METHODS, METHODS
from rex_widgets.settings import options


def test_the_methods_are_those_of_the_explainers() -> None:
    assert set(LATENT_METHODS) == set(SETTINGS) == set(EXPLAINERS)


@pytest.mark.parametrize("method", LATENT_METHODS)
def test_every_setting_has_a_flag(method: str) -> None:
    for door in BOTH:
        flags = flags_of(method, door)
        for key in options(SETTINGS[method]):
            name = "--" + key.replace("_", "-")
            if key == "statistics" and door == "command line":
                assert name not in flags, "an object exists in a program only"
            else:
                assert flags[name].key == key and flags[name].owner is SETTINGS[method]


@pytest.mark.parametrize("method", LATENT_METHODS)
def test_what_means_nothing_to_latents_is_no_flag(method: str) -> None:
    flags = flags_of(method, "command line")
    for name in ("--strategy", "--iters", "--region", "--mode", "--spectral", "--crop", "--gpu",
                 "--script", "--heatmap", "--surface", "--analyse", "-db", "--raw", "--like",
                 "--heatmap-colours", "--insertion-step"):  # fmt: skip
        assert name not in flags
    for name in ("--output", "--json", "--save", "--html", "--run", "--write", "--seed", "--labels",
                 "--mean", "--dpi", "--info", "--config", "--target"):  # fmt: skip
        assert name in flags
    for cls, names in left_out(method).items():
        assert cls in settings_classes(method) and names <= set(options(cls))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--method dice --iters 3", ["--iters", "--num-iters"]),
        ("--method growing_spheres --iters 3", ["--iters", "--n-candidates"]),
        ("--method is --num-iters 3", ["--num-iters", "dice, dive, xgem or lcf", "no steps"]),
        ("--method dice --strategy multi", ["--strategy", "whole picture"]),
        ("--method dice --mode L", ["--mode", ".npy"]),
        ("--method dice --spectral", ["--spectral", ".npy"]),
        ("--method xgem --region m.png", ["--region", "nothing is hidden"]),
        ("--method dive --heatmap a.png", ["--heatmap", "--output"]),
        ("--method dive --analyze", ["--analyze", "--json"]),
        ("--method lcf -db a.db", ["-db", "--save"]),
        ("--method stylex --like a.png", ["--like", "--target"]),
        ("--method stylex --gpu true", ["--gpu", "torch modules"]),
        ("--method stylex --mask-method none", ["--mask-method", "--method dive"]),
        ("--method dice --first-radius 2", ["--first-radius", "growing_spheres"]),
        ("--num-explanations 3", ["--num-explanations", "latent counterfactuals", "--strategy"]),
        ("--n_candidates 3", ["--n_candidates", "--method growing_spheres", "--iters"]),
        ("--generator world", ["--generator", "latent counterfactuals"]),
        ("--method relax --generator world", ["--generator", "RELAX"]),
        ("--method relax --num-iters 5", ["--num-iters", "--num-batches"]),
        ("--method dice --num-itters 5", ["Unknown flag", "--num-iters"]),
    ],
)
@pytest.mark.parametrize("door", BOTH)
def test_refusals_take_one_line(line: str, words: list[str], door: Door) -> None:
    with pytest.raises(FlagError) as told:
        read_words(["17", "world", *line.split()], door)
    message = str(told.value)
    assert all(word in message for word in words), message
    assert "\n" not in message and "  " not in message


@pytest.mark.parametrize("method", LATENT_METHODS)
def test_what_is_named_instead_is_there(method: str) -> None:
    own = flags_of(method, "command line")
    for other in METHODS:
        for name in flags_of(other, "command line"):
            if name in own:
                continue
            instead = refused_flag(name, method, "command line").partition(": ")[2]
            for named in re.findall(r"--[a-z][a-z-]+", instead):
                assert named in own, (name, named)


def test_keys_are_refused_like_flags() -> None:
    assert "--num-iters" in refused_key("causal.iters", "dice")
    assert refused_key("dive.lasso_weight", "dice").startswith(
        "The key 'dive.lasso_weight' is for --method dive and means nothing to dice"
    )
    assert "--method growing_spheres" in refused_key("n_candidates", "causal")


@pytest.mark.parametrize("door", BOTH)
def test_the_help_tells_once_what_all_have(door: Door) -> None:
    text = help_text(None, door)
    assert f"how to explain; one of {', '.join(METHODS)}; default" in " ".join(text.split())
    part = text[text.index(LATENT_HEADING) :].partition("With --method rcsb: ")[0]
    shared = shared_flags(door)
    assert {"--num-explanations", "--generator", "--target"} <= {flag.name for flag in shared}
    assert "--lr" not in {flag.name for flag in shared}
    for flag in shared:
        assert len(re.findall(rf"\n    {flag.name}(?=[\s])", part)) == 1
    for method in LATENT_METHODS:
        assert f"With --method {method}: " in part
        for name in flags_of(method, door):
            assert name in text
    assert part.count("\n    --num-iters") == 4
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("method", LATENT_METHODS)
def test_the_help_of_one_method_has_its_flags_alone(method: str) -> None:
    flags = help_text(method, "command line").partition("The call\n----")[2]
    named = set(re.findall(r"^    (?:-\w, )?(--[a-z-]+)", flags, re.MULTILINE))
    assert named == {flag.name for flag in flags_of(method, "command line").values()}
    assert "esponsibility" not in flags and "importance" not in flags
