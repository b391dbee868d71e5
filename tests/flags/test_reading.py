"""Words to flags: the same reading at both doors."""

from __future__ import annotations

from typing import Any

import pytest

from rex_widgets.causal.settings import CausalSettings
from rex_widgets.errors import RexWidgetsError
from rex_widgets.flags import Flag, flags_of, help_text, own_value, read_words, settings_classes
from rex_widgets.flags.flag import BOTH, Door
from rex_widgets.input_settings import InputSettings
from rex_widgets.settings import options


def read(line: str, door: Door = "command line") -> tuple[list[str], dict[str, Any]]:
    words, said = read_words(line.split(), door)
    found: dict[str, Any] = {}
    for one in said:
        if one.flag.owner is None:
            found[one.key] = own_value(one)
        else:
            found[one.key] = one.converted(one.text, repr(one.text))
    return words, found


@pytest.mark.parametrize(
    ("line", "words", "found"),
    [
        ("cat.png --iters 3", ["cat.png"], {"iters": 3}),
        ("cat.png --iters=3", ["cat.png"], {"iters": 3}),
        ("--iters 3 cat.png", ["cat.png"], {"iters": 3}),
        ("cat.png -s spatial", ["cat.png"], {"strategy": "spatial"}),
        ("cat.png --strategy linear", ["cat.png"], {"strategy": "global"}),
        ("cat.png --multi", ["cat.png"], {"strategy": "multi"}),
        ("cat.png --multi 5", ["cat.png"], {"strategy": "multi", "spotlights": 5}),
        ("--multi cat.png", ["cat.png"], {"strategy": "multi"}),
        ("--multi=5 cat.png", ["cat.png"], {"strategy": "multi", "spotlights": 5}),
        ("--strategy multi --multi 5", [], {"strategy": "multi", "spotlights": 5}),
        ("--contrastive cat.png", ["cat.png"], {"strategy": "contrastive"}),
        ("--contrastive 4", [], {"strategy": "contrastive", "spotlights": 4}),
        ("--complete cat.png", ["cat.png"], {"strategy": "complete"}),
        ("--spectral cat.npy", ["cat.npy"], {"mode": "spectral"}),
        ("-m voxel", [], {"mode": "voxel"}),
        ("--mode rgb", [], {"mode": "RGB"}),
        ("--confidence .5", [], {"minimum_confidence_threshold": 0.5}),
        ("--threshold .5", [], {"minimum_confidence_threshold": 0.5}),
        ("--minimum_confidence_threshold .5", [], {"minimum_confidence_threshold": 0.5}),
        ("-n cat.png", ["cat.png"], {"no_extract": True}),
        ("--no_extract cat.png", ["cat.png"], {"no_extract": True}),
        ("--no-extract false", [], {"no_extract": False}),
        ("-db x.db -q -c my.toml", [], {"database": "x.db", "quiet": True, "config": "my.toml"}),
        ("--output", [], {"output": ""}),
        (
            "--output o.png --heatmap --surface",
            [],
            {"output": "o.png", "heatmap": "", "surface": ""},
        ),
        ("--output --model m.onnx", [], {"output": "", "model": "m.onnx"}),
        ("--analyze cat.png", ["cat.png"], {"analyse": ""}),
        ("--analyse a.csv", [], {"analyse": "a.csv"}),
        ("--analyse", [], {"analyse": ""}),
        ("--json - cat.png", ["cat.png"], {"json": "-"}),
        ("--mask-value -1", [], {"mask_value": -1.0}),
        ("--mask-value -.5,0,1", [], {"mask_value": (-0.5, 0.0, 1.0)}),
        ("--weighted cat.png", ["cat.png"], {"weighted": True}),
        ("--weighted false cat.png", ["cat.png"], {"weighted": False}),
        ("--concentrate depth", [], {"concentrate": "depth"}),
        ("--grid 3,4 cat.png", ["cat.png"], {"grid": (3, 4)}),
        ("--grid cat.png", ["cat.png"], {"grid": True}),
        ("--gpu false", [], {"gpu": False}),
        ("-- --odd-name.png", ["--odd-name.png"], {}),
        ("a.png b.png --seed 1", ["a.png", "b.png"], {"seed": 1}),
    ],
)
def test_ways_to_write_flags(line: str, words: list[str], found: dict[str, Any]) -> None:
    assert read(line) == (words, found)


def test_verbosity_is_counted() -> None:
    assert sum(one.key == "verbose" for one in read_words(["-v"], "command line")[1]) == 1
    assert sum(one.key == "verbose" for one in read_words(["-vv"], "command line")[1]) == 2
    line = "--verbose -v"
    assert sum(one.key == "verbose" for one in read_words(line.split(), "command line")[1]) == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--itrs 3", "Unknown flag --itrs. Did you mean --iters?"),
        ("--iters", "--iters needs a value: 1 to 100000"),
        ("--iters --wait", "--iters needs a value"),
        ("--iters x", "--iters was 'x'; expected 1 to 100000"),
        ("--multi=x", "--multi was 'x'; expected 1 to 1000"),
        ("--multi 3 --contrastive", "--multi and --contrastive contradict each other"),
        ("-s spatial --complete", "--strategy and --complete contradict each other"),
        ("--mode voxel --spectral", "--mode and --spectral contradict each other"),
        ("--complete=3", "--complete takes no value"),
        ("-x", "Unknown flag -x"),
        ("--into x", "Unknown flag --into"),
        ("--processor p", "Unknown flag --processor"),
        ("--method rx", "Unknown method 'rx'. Did you mean 'relax'?"),
        ("--model=", "--model needs a value"),
        ("--quiet=maybe", "--quiet was 'maybe'; expected true or false"),
    ],
)
def test_mistakes_name_the_flag(line: str, words: str) -> None:
    with pytest.raises(RexWidgetsError) as caught:
        read(line)
    assert words in str(caught.value)


def test_no_flag_means_two_things() -> None:
    for door in BOTH:
        first: dict[tuple[type | None, str], Flag] = {}
        for name, flag in flags_of("causal", door).items():
            assert name in (flag.name, *flag.others)
            if flag.option is None or flag.stands_for not in (None, "true"):
                continue
            assert first.setdefault((flag.owner, flag.key), flag) is flag
        names = [name for cls in settings_classes("causal") for name in options(cls)]
        assert len(names) == len(set(names))


def test_every_setting_has_a_flag_at_every_door_where_it_can_be_said() -> None:
    for cls in settings_classes("causal"):
        for key in options(cls):
            assert ("--" + key.replace("_", "-")) in flags_of("causal", "magic")
            on_line = ("--" + key.replace("_", "-")) in flags_of("causal", "command line")
            assert on_line == (key not in ("processor", "weights"))


def test_rex_s_own_flags_are_all_there() -> None:
    of_rex = {
        *("--output", "-c", "--config", "--processed", "--script", "-v", "--verbose", "-q"),
        *("--quiet", "--surface", "--heatmap", "--model", "--strategy", "-s", "--database", "-db"),
        *("--multi", "--contrastive", "--iters", "--analyze", "--analyse", "--mode", "-m", "-n"),
        *("--spectral", "--version", "--no-extract", "--confidence", "--context", "--noise"),
        *("--complete", "-h", "--help"),
    }
    assert of_rex <= set(flags_of("causal", "command line"))


@pytest.mark.parametrize("door", BOTH)
def test_the_help_tells_every_flag_with_its_spellings(door: Door) -> None:
    text = help_text("causal", door)
    assert all(len(line) <= 100 for line in text.splitlines())
    words = " ".join(text.split())
    for name, flag in flags_of("causal", door).items():
        assert name in words
        assert " ".join(flag.help.split()) in words
    assert "default 20" in words
    assert ("--into" in text) == (door == "magic")


def test_shorthands_belong_to_their_settings() -> None:
    flags = flags_of("causal", "command line")
    assert flags["--multi"].owner is CausalSettings
    assert flags["--spectral"].owner is InputSettings
    assert flags["-s"] is flags["--strategy"]
    assert flags["--confidence"] is flags["--threshold"]
