"""Flags by method: relax has its own, and each method says what to use instead of another's."""

from __future__ import annotations

import re

import pytest

from rex_widgets.flags import (
    FlagError,
    asked_method,
    flags_of,
    help_text,
    left_out,
    read_words,
    settings_classes,
)
from rex_widgets.flags.flag import BOTH, Door
from rex_widgets.flags.refusals import refused_flag, refused_key
from rex_widgets.relax.settings import RelaxSettings
from rex_widgets.settings import options


@pytest.mark.parametrize("door", BOTH)
def test_every_setting_of_relax_has_a_flag(door: Door) -> None:
    flags = flags_of("relax", door)
    for key, opt in options(RelaxSettings).items():
        name = "--" + (opt.flag or key).replace("_", "-")
        assert flags[name].key == key and flags[name].owner is RelaxSettings
    assert flags["--output"].owner is None, "--output is the picture's file"


def test_what_means_nothing_to_an_encoder_is_no_flag_of_it() -> None:
    flags = flags_of("relax", "command line")
    for name in ("--strategy", "--iters", "--region", "--target", "--labels", "--activation",
                 "--surface", "--analyse", "--analyze", "--database", "-db", "--raw",
                 "--insertion-step"):  # fmt: skip
        assert name not in flags and name in flags_of("causal", "command line")
    for cls, names in left_out("relax").items():
        assert cls in settings_classes("relax") and names <= set(options(cls))


@pytest.mark.parametrize("spelling", ["--probability-of-drop", "--probablity-of-drop",
                                      "--probablity_of_drop"])  # fmt: skip
def test_both_spellings_of_the_probability(spelling: str) -> None:
    _, said = read_words(["x.png", "--method", "relax", spelling, "0.3"], "command line")
    assert [(one.key, one.text) for one in said[1:]] == [("probability_of_drop", "0.3")]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--method relax --strategy multi", ["--strategy", "causal", "U-RELAX"]),
        ("--strategy multi --method=relax", ["--strategy", "U-RELAX"]),
        ("--method relax --multi", ["--multi", "--method causal"]),
        ("--method relax --iters 3", ["--iters", "--num-batches"]),
        ("--method relax --analyse", ["--analyse", "--json"]),
        ("--method relax --analyze", ["--analyze", "--json"]),
        ("--method relax --surface a.png", ["--surface", "--heatmap"]),
        ("--method relax -db a.db", ["-db", "--save"]),
        ("--method relax --region m.png", ["--region", "whole input"]),
        ("--method relax --target 3", ["--target", "--like"]),
        ("--method relax --labels a.txt", ["--labels", "no classes"]),
        ("--like a.png", ["--like", "--method relax", "--target"]),
        ("--layer avgpool", ["--layer", "--method relax"]),
        ("--num_cells 7", ["--num_cells", "--min-box-size"]),
        ("--tolerance 0.1", ["--tolerance", "--iters"]),
        ("--method relax --tolerence 0.1", ["Unknown flag", "--tolerance"]),
        ("--method relax --nonsense 1", ["Unknown flag"]),
    ],
)
@pytest.mark.parametrize("door", BOTH)
def test_another_methods_flags_are_refused_in_one_line(
    line: str, words: list[str], door: Door
) -> None:
    with pytest.raises(FlagError) as told:
        read_words(["x.png", *line.split()], door)
    message = str(told.value)
    assert all(word in message for word in words), message
    assert "\n" not in message


def test_what_is_named_instead_is_there() -> None:
    """Every flag that a refusal names belongs to the method that was asked."""
    for method, other in (("relax", "causal"), ("causal", "relax")):
        own = flags_of(method, "command line")
        for name in flags_of(other, "command line"):
            if name in own:
                continue
            instead = refused_flag(name, method, "command line").partition(": ")[2]
            for named in re.findall(r"--[a-z][a-z-]+", instead):
                assert named in own, (name, named)
    assert refused_flag("--nothing", "relax", "magic") == ""


def test_keys_are_refused_like_flags() -> None:
    assert "--num-batches" in refused_key("causal.iters", "relax")
    assert "U-RELAX" not in refused_key("causal.seed", "relax")


def test_the_method_of_a_line() -> None:
    assert asked_method(["a", "--method", "relax"]) == "relax"
    assert asked_method(["a", "--method='relax'"]) == "relax"
    assert asked_method(["a", "--method"]) is None


@pytest.mark.parametrize("door", BOTH)
def test_the_help_has_both_methods_or_one(door: Door) -> None:
    both = " ".join(help_text(None, door).split())
    alone = " ".join(help_text("relax", door).split())
    for name in flags_of("relax", door):
        assert name in both and name in alone
    assert "--iters" in both and "With --method relax" in both
    assert "--min-box-size" not in alone and "responsibility" not in alone.partition("----")[2]
    assert max(map(len, help_text(None, door).splitlines())) <= 100
