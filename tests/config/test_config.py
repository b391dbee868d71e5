"""``rex.toml``: where it is found, what it says, what beats what, and where a value comes from."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from rex_widgets.analysis_settings import AnalysisSettings
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.config import (
    effective_settings,
    find_config,
    load_settings,
    show_settings,
    shown_path,
)
from rex_widgets.errors import SettingsError
from rex_widgets.flags import settings_classes
from rex_widgets.input_settings import InputSettings
from rex_widgets.model_settings import ModelSettings
from rex_widgets.settings import defaults, options, places_of
from rex_widgets.visual_settings import VisualSettings

CLASSES = settings_classes("causal")

EVERY_KEY_OF_REX = """
[rex]
mask_value = "mean"
seed = 42
gpu = false
batch_size = 32
[rex.onnx]
means = [0.485, 0.456, 0.406]
stds = [0.229, 0.224, 0.225]
binary_threshold = 0.5
norm = 1.0
intra_op_num_threads = 2
inter_op_num_threads = 3
ort_logger = 4
[rex.visual]
info = false
colour = 150
alpha = 0.1
raw = true
resize = true
progress_bar = false
grid = true
mark_segments = true
heatmap_colours = "viridis"
multi_style = "separate"
[causal]
tree_depth = 5
search_limit = 1000
iters = 30
min_box_size = 20
confidence_filter = 0.5
weighted = true
negative_responsibility = true
queue_style = "Intersection"
queue_len = 2
concentrate = true
responsibility_style = "multiplicative"
use_bounding_box = true
[causal.distribution]
distribution = "betabinom"
blend = 0.5
distribution_args = [1.1, 1.1]
[explanation]
chunk_size = 16
minimum_confidence_threshold = 0.25
multi_class = false
[explanation.spatial]
spatial_initial_radius = 20
spatial_radius_eta = 0.1
no_expansions = 1
[explanation.multi]
strategy = "spotlight"
spotlights = 5
spotlight_size = 10
spotlight_eta = 0.5
spotlight_step = 10
max_spotlight_budget = 30
spotlight_objective_function = "mean"
permitted_overlap = 0.1
[explanation.evaluation]
insertion_step = 50
normalise_curves = false
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a working directory with nothing in them."""
    (tmp_path / "home" / ".config").mkdir(parents=True)
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "home"


def test_it_is_looked_for_as_rex_does(home: Path) -> None:
    assert find_config() is None
    user = home / ".config" / "rex.toml"
    user.write_text("iters = 1")
    assert find_config() == user
    Path("rex.toml").write_text("iters = 2")
    assert find_config() == Path("rex.toml")
    Path("other.toml").write_text("iters = 3")
    assert find_config("other.toml") == Path("other.toml")
    with pytest.raises(SettingsError, match=r"'none\.toml' does not exist"):
        find_config("none.toml")
    with pytest.raises(SettingsError, match="is a folder"):
        find_config(home)
    assert shown_path(user) == "~/.config/rex.toml"
    assert shown_path(Path("rex.toml")) == "rex.toml"
    assert shown_path(Path("/etc/rex.toml")) == "/etc/rex.toml"


def test_every_key_of_rex_is_read_with_its_meaning(home: Path) -> None:
    Path("rex.toml").write_text(EVERY_KEY_OF_REX)
    found = effective_settings(CLASSES)
    assert found.notes == (
        "In rex.toml: The key 'explanation.multi_class' has no effect: each run explains one "
        "class, and keeps the maps of the others.",
    )
    causal = found.build(CausalSettings)
    assert (causal.mask_value, causal.seed, causal.batch_size) == ("mean", 42, 32)
    assert (causal.tree_depth, causal.search_limit, causal.iters) == (5, 1000, 30)
    assert (causal.min_box_size, causal.confidence_filter, causal.weighted) == (20, 0.5, True)
    assert (causal.queue_style, causal.queue_len, causal.concentrate) == ("intersection", 2, "area")
    assert causal.responsibility_style == "multiplicative"
    assert causal.negative_responsibility and causal.use_bounding_box
    assert (causal.distribution, causal.blend) == ("betabinom", 0.5)
    assert causal.distribution_args == (1.1, 1.1)
    assert (causal.chunk_size, causal.minimum_confidence_threshold) == (16, 0.25)
    assert (causal.spatial_initial_radius, causal.spatial_radius_eta) == (20.0, 0.1)
    assert (causal.no_expansions, causal.strategy, causal.spotlights) == (1, "multi", 5)
    assert (causal.spotlight_size, causal.spotlight_eta, causal.spotlight_step) == (10.0, 0.5, 10)
    assert (causal.max_spotlight_budget, causal.spotlight_objective_function) == (30, "mean")
    assert causal.permitted_overlap == 0.1
    assert found.build(ModelSettings).given() == {
        "mean": (0.485, 0.456, 0.406),
        "std": (0.229, 0.224, 0.225),
        "scale": 1.0,
        "binary_threshold": 0.5,
        "threads": 2,
        "inter_op_threads": 3,
        "ort_logger": 4,
        "gpu": False,
    }
    visual = found.build(VisualSettings)
    assert (visual.info, visual.colour, visual.alpha, visual.raw) == (False, 150, 0.1, True)
    assert (visual.resize, visual.progress_bar, visual.grid) == (True, False, True)
    assert (visual.mark_segments, visual.heatmap_colours) == (True, "viridis")
    assert visual.multi_style == "separate"
    measures = found.build(AnalysisSettings)
    assert (measures.insertion_step, measures.normalise_curves) == (50, False)
    given = sum(len(values) for values in found.values.values())
    leaves = sum(len(v) for v in _tables(tomllib.loads(EVERY_KEY_OF_REX)))
    assert given == leaves - 1  # all but the one that is told to have no effect


def _tables(document: dict[str, Any]) -> list[dict[str, Any]]:
    own = {k: v for k, v in document.items() if not isinstance(v, dict)}
    inside = [t for v in document.values() if isinstance(v, dict) for t in _tables(v)]
    return [own, *inside]


@pytest.mark.parametrize(
    ("document", "name", "value"),
    [
        (
            "[causal.distribution]\ndistribution='binom'\ndist_args=[0.3]",
            "distribution_args",
            (0.3,),
        ),
        ("[explanation.spatial]\ninitial_radius = 9", "spatial_initial_radius", 9.0),
        ("[explanation.spatial]\nradius_eta = 0.5", "spatial_radius_eta", 0.5),
        ("[explanation.multi]\nobjective_function = 'max'", "spotlight_objective_function", "max"),
        ("[explanation.multi]\nmethod = 'spotlight'", "strategy", "multi"),
        ("[explanation]\nchunk = 7", "chunk_size", 7),
        ("[explanation]\nmin_confidence_scalar = 0.5", "minimum_confidence_threshold", 0.5),
        ("[explanation.multi]\nno_expansions = 3", "no_expansions", 3),
    ],
)
def test_older_spellings(home: Path, document: str, name: str, value: Any) -> None:
    Path("rex.toml").write_text(document)
    assert load_settings()[name] == value


def test_the_older_spelling_of_the_colour_map(home: Path) -> None:
    Path("rex.toml").write_text("[rex.visual]\nheatmap = 'viridis'")
    assert load_settings(of="pictures")["heatmap_colours"] == "viridis"


def test_flag_beats_cell_beats_file_beats_default(home: Path) -> None:
    Path("rex.toml").write_text("iters = 2\nseed = 2\ntree_depth = 2")
    found = effective_settings(
        CLASSES, flags={CausalSettings: {"iters": 4}}, cell="iters = 3\nseed = 3"
    )
    settings = found.build(CausalSettings)
    assert (settings.iters, settings.seed, settings.tree_depth) == (4, 3, 2)
    assert settings.min_box_size == 10
    origins = [found.origin(CausalSettings, n) for n in ("iters", "seed", "tree_depth", "blend")]
    assert origins == ["flag", "cell", "rex.toml", "default"]
    assert found.note() == "settings file rex.toml: tree_depth"
    alone = effective_settings(CLASSES, config=False)
    assert alone.build(CausalSettings) == CausalSettings()
    assert alone.note() is None


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        ("itrs = 3", ["Unknown key 'itrs'. Did you mean 'iters'?"]),
        ("[causal]\nseed = 3", ["'causal.seed' belongs at 'rex.seed'"]),
        ("[casual]", ["Unknown table 'casual'. Did you mean 'causal'?"]),
        ("[rex.vizual]", ["Unknown table 'rex.vizual'. Did you mean 'rex.visual'?"]),
        ("[casual]\niters = 3", ["'casual.iters' belongs at 'causal.iters'"]),
        ("causal = 3", ["Unknown key 'causal'"]),
        ("[causal]\niters = 0\ntree_depth = 'x'", ["iters was 0", "tree_depth was 'x'"]),
        (
            "itrs = 3\n[causal]\nseed = 3\n[vizual]\n[rex]\nbatchsize = 3",
            ["'itrs'", "'causal.seed' belongs", "table 'vizual'", "'rex.batch_size'"],
        ),
        ("iters = ", ["not valid TOML"]),
        ("a = " + "[" * 5000, ["not valid TOML"]),
        ("[explanation]\nmulticlass = true", ["'explanation.multiclass'"]),
    ],
)
def test_all_mistakes_are_told_at_once_with_the_file(
    home: Path, document: str, problems: list[str]
) -> None:
    Path("rex.toml").write_text(document)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    lines = str(caught.value).splitlines()
    assert len(lines) == len(problems)
    assert all(line.startswith("In rex.toml: ") for line in lines)
    for problem in problems:
        assert sum(problem in line for line in lines) == 1, (problem, lines)


def test_known_but_empty_tables_are_no_mistake(home: Path) -> None:
    Path("rex.toml").write_text("[rex]\n[rex.visual]\n[causal]\n[causal.distribution]\n")
    assert load_settings() == {}


def test_a_file_of_odd_content_is_one_clear_error(home: Path) -> None:
    Path("rex.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="no UTF-8 text"):
        load_settings()
    Path("rex.toml").write_bytes(b"# " + b"x" * 2**20)
    with pytest.raises(SettingsError, match="larger than 1024 kB"):
        load_settings()
    Path("rex.toml").write_bytes(b"\xef\xbb\xbfiters = 3\n")
    assert load_settings() == {"iters": 3}


def test_a_context_fills_the_hidden_places_by_itself(home: Path) -> None:
    Path("rex.toml").write_text("[rex]\ncontext = 'other.png'\nnoise = 2.0")
    assert load_settings() == {"context": "other.png", "noise": 2.0, "mask_value": "context"}
    nearer = effective_settings(CLASSES, flags={CausalSettings: {"mask_value": 0.5}})
    settings = nearer.build(CausalSettings)
    assert (settings.mask_value, settings.context, settings.noise) == (0.5, None, None)
    assert [note.split(" is ")[0] for note in nearer.notes] == [
        "context of rex.toml",
        "noise of rex.toml",
    ]
    Path("rex.toml").write_text("[rex]\nmask_value = 'mean'")
    by_flag = effective_settings(CLASSES, flags={CausalSettings: {"context": "a.png"}})
    assert by_flag.build(CausalSettings).mask_value == "context"
    assert by_flag.origin(CausalSettings, "mask_value") == "flag"
    both = {CausalSettings: {"context": "a.png", "mask_value": "mean"}}
    with pytest.raises(SettingsError, match="Give one of the two"):
        effective_settings(CLASSES, flags=both).build(CausalSettings)


def test_arguments_that_a_distribution_ignores_are_set_aside(home: Path) -> None:
    Path("rex.toml").write_text("[causal.distribution]\ndistribution='uniform'\ndist_args=[1, 1]")
    found = effective_settings(CLASSES)
    assert found.build(CausalSettings).distribution_args is None
    assert found.notes == (
        "distribution_args of rex.toml is set aside: the uniform distribution takes none",
    )
    assert f"# {found.notes[0]}" in show_settings(found).splitlines()
    Path("rex.toml").write_text("[causal.distribution]\ndistribution='betabinom'\ndist_args=[1, 1]")
    over = effective_settings(CLASSES, flags={CausalSettings: {"distribution": "adaptive"}})
    assert over.build(CausalSettings).distribution_args is None
    with pytest.raises(SettingsError, match="uniform takes none"):
        effective_settings(
            CLASSES, flags={CausalSettings: {"distribution_args": (1.0,)}}, config=False
        ).build(CausalSettings)


def test_keywords_for_python(home: Path) -> None:
    assert load_settings() == {}
    Path("mine.toml").write_text(EVERY_KEY_OF_REX)
    wanted = load_settings("mine.toml")
    assert wanted["iters"] == 30 and wanted["scale"] == 1.0 and "colour" not in wanted
    assert load_settings("mine.toml", of="pictures")["colour"] == 150
    assert load_settings("mine.toml", of="measures") == {
        "insertion_step": 50,
        "normalise_curves": False,
    }
    with pytest.raises(SettingsError, match="of was 'x'"):
        load_settings("mine.toml", of="x")  # type: ignore[arg-type]


def test_what_is_shown_is_a_settings_file_again(home: Path) -> None:
    Path("rex.toml").write_text(EVERY_KEY_OF_REX)
    found = effective_settings(CLASSES, flags={InputSettings: {"row": 3}})
    text = show_settings(found)
    lines = text.splitlines()
    assert lines[0] == "# settings file: rex.toml"
    for cls in CLASSES:
        for name, places in places_of(cls).items():
            key = places[0].rsplit(".", 1)[-1]
            shown = [line for line in lines if line.lstrip("# ").startswith(f"{key} = ")]
            assert len(shown) == 1, name
            assert shown[0].endswith(f"# {found.origin(cls, name)}")
    Path("again.toml").write_text(text)
    again = effective_settings(CLASSES, config="again.toml")
    for cls in CLASSES:
        assert again.build(cls) == found.build(cls)


def test_every_setting_stands_in_one_place() -> None:
    places = [place for cls in CLASSES for all_of in places_of(cls).values() for place in all_of]
    assert len(places) == len(set(places))
    for cls in CLASSES:
        assert set(defaults(cls)) == set(options(cls))
