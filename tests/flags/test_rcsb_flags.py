"""Flags of region-constrained counterfactuals: their own, and what is refused in one line."""

from __future__ import annotations

import re

import pytest

from rex_widgets.bridge.settings import RcsbSettings
from rex_widgets.flags import FlagError, flags_of, help_text, left_out, read_words, settings_classes
from rex_widgets.flags.flag import BOTH, Door
from rex_widgets.flags.refusals import refused_flag, refused_key
from rex_widgets.methods import LATENT_METHODS, METHODS
from rex_widgets.settings import options

OF_PYTHON = ("lpips_from",)


@pytest.mark.parametrize("door", BOTH)
def test_every_setting_has_a_flag(door: Door) -> None:
    flags = flags_of("rcsb", door)
    for key in options(RcsbSettings):
        name = "--" + key.replace("_", "-")
        if key in OF_PYTHON and door == "command line":
            assert name not in flags, "a function exists in a program only"
        else:
            assert flags[name].key == key and flags[name].owner is RcsbSettings


def test_what_means_nothing_to_a_picture_is_no_flag() -> None:
    flags = flags_of("rcsb", "command line")
    for name in ("--strategy", "--iters", "--mask-value", "--outside", "--row", "--volume",
                 "--sample-rate", "--mode", "--processed", "--heatmap", "--surface", "--analyse",
                 "-db", "--raw", "--resize", "--like", "--generator"):  # fmt: skip
        assert name not in flags
    for name in ("--output", "--out", "--json", "--save", "--html", "--run", "--seed",
                 "--labels", "--mean", "--script", "--crop", "--dpi", "--info", "--target",
                 "--heatmap-colours", "--region"):  # fmt: skip
        assert name in flags
    for cls, names in left_out("rcsb").items():
        assert cls in settings_classes("rcsb") and names <= set(options(cls))


def test_the_line_of_the_readme() -> None:
    line = (
        "x model --method rcsb --region region --target 3 --scale 1.5 --start-step 600 "
        "--cell-size 16 --area 0.3 --nfe 100"
    )
    words, said = read_words(line.split(), "magic")
    assert words == ["x", "model"]
    values = {one.key: one.converted(one.text, one.text) for one in said if one.flag.owner}
    assert values["scale"] == 1.5 and values["start_step"] == 600 and values["nfe"] == 100
    assert all(one.flag.owner in (None, RcsbSettings) for one in said), "scale is the guidance's"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--method rcsb --iters 3", ["--iters", "--nfe", "--n-inpaints"]),
        ("--method rcsb --strategy multi", ["--strategy", "--region"]),
        ("--method rcsb --mask-value blur", ["--mask-value", "nothing is hidden"]),
        ("--method rcsb --row 3", ["--row", "no rows, axes, sounds or volumes"]),
        ("--method rcsb --sample-rate 16000", ["--sample-rate", "of one picture"]),
        ("--method rcsb --spectral", ["--spectral", "one picture", "no rows, spectra"]),
        ("--method rcsb --mode voxel", ["--mode", "one picture", "volumes"]),
        ("--method rcsb --processed", ["--processed", "before any normalisation"]),
        ("--method rcsb --heatmap a.png", ["--heatmap", "--output"]),
        ("--method rcsb --analyze", ["--analyze", "--json"]),
        ("--method rcsb -db a.db", ["-db", "--save"]),
        ("--method rcsb --num-explanations 3", ["--num-explanations", "--n-inpaints"]),
        ("--method rcsb --n-candidates 3", ["--n-candidates", "--candidates"]),
        ("--method rcsb --generator world", ["--generator", "--network"]),
        ("--method rcsb --like a.png", ["--like", "--target"]),
        ("--method rcsb --raw", ["--raw", "--heatmap-colours"]),
        ("--start-step 600", ["--start-step", "--method rcsb", "draws nothing", "Add --method"]),
        ("--area 0.3", ["--area", "--method rcsb", "--region"]),
        ("--method relax --nfe 10", ["--nfe", "--method rcsb", "RELAX"]),
        ("--method dice --network digits", ["--network", "--generator"]),
        ("--method dice --n-inpaints 3", ["--n-inpaints", "--num-explanations"]),
        ("--method growing_spheres --nfe 3", ["--nfe", "--n-candidates"]),
        ("--method rcsb --start-stp 600", ["Unknown flag", "--start-step"]),
    ],
)
@pytest.mark.parametrize("door", BOTH)
def test_refusals_take_one_line(line: str, words: list[str], door: Door) -> None:
    with pytest.raises(FlagError) as told:
        read_words(["17", "digits", *line.split()], door)
    message = str(told.value)
    assert all(word in message for word in words), message
    assert "\n" not in message and "  " not in message


def test_what_is_named_instead_is_there() -> None:
    own = flags_of("rcsb", "command line")
    for other in METHODS:
        for name in flags_of(other, "command line"):
            if name not in own:
                instead = refused_flag(name, "rcsb", "command line").partition(": ")[2]
                for named in re.findall(r"--[a-z][a-z0-9-]+", instead):
                    assert named in own, (name, named)


@pytest.mark.parametrize("method", ["causal", "relax", *LATENT_METHODS])
def test_what_others_name_instead_of_these_is_there(method: str) -> None:
    own = flags_of(method, "command line")
    for name in flags_of("rcsb", "command line"):
        if name not in own:
            told = refused_flag(name, method, "command line")
            instead = told.partition(": ")[2].partition("Add --method")[0]
            for named in re.findall(r"--[a-z][a-z0-9-]+", instead):
                assert named in own, (name, named)


def test_keys_are_refused_like_flags() -> None:
    assert "--nfe" in refused_key("causal.iters", "rcsb")
    assert "as_classifier" in refused_key("rex.onnx.scale", "rcsb")
    assert refused_key("rcsb.nfe", "relax").startswith(
        "The key 'rcsb.nfe' is for --method rcsb and means nothing to relax"
    )


@pytest.mark.parametrize("door", BOTH)
def test_the_help_has_its_flags_under_a_heading(door: Door) -> None:
    text = help_text(None, door)
    part = text[text.index("With --method rcsb: ") :]
    for flag in flags_of("rcsb", door).values():
        if flag.owner is RcsbSettings:
            assert f"\n    {flag.name}" in part
    assert "--processed" in part[part.index("Without effect here") :]
    assert max(map(len, text.splitlines())) <= 100
    alone = help_text("rcsb", door).partition("The call\n----")[2]
    assert "The change\n----------" in alone and "--tree-depth" not in alone
    assert "esponsibility" not in alone
