"""`%explain` and `%%explain` in a shell: what they take, give, say and complete."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from rex_widgets.flags import flags_of, help_text
from rex_widgets.magics.arguments import parse, tokens
from rex_widgets.magics.progress_bar import progress_bar
from rex_widgets.magics.showing import explanation_mimebundle, shown_runs
from rex_widgets.model_settings import ModelSettings
from rex_widgets.results import Explanation, Progress
from rex_widgets.run import Run
from rex_widgets.settings import SettingsError, build, options
from tests.widgets.bright_square import BrightSquare, bright_run, picture, wait_until

FLAGS = "--iters 3 --seed 1 --input-shape 3,64,64 --mean 0 --std 1 --min-box-size 4"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.chdir(tmp_path)
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance()
    made.run_line_magic("load_ext", "rex_widgets")
    made.user_ns.update(img=picture(), model=BrightSquare())
    yield made
    for panel in list(shown_runs(made)._panels.values()):
        panel.close()
    made.history_manager.end_session()
    InteractiveShell.clear_instance()


def _value(shell: InteractiveShell, code: str) -> Any:
    done = shell.run_cell(code)
    done.raise_error()
    return done.result


def _usage_error(shell: InteractiveShell, line: str, cell: str | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        if cell is None:
            shell.run_line_magic("explain", line)
        else:
            shell.run_cell_magic("explain", line, cell)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_it_gives_the_run_and_computes_in_the_background(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    run = _value(shell, f"%explain img model {FLAGS} --into found")
    out = capsys.readouterr().out
    assert isinstance(run, Run) and shell.user_ns["found"] is run
    assert shell.user_ns["_"] is run
    assert "<Run" not in out  # the panel is the only output
    wait_until(lambda: run.status == "finished")
    assert run.result().target.index == 1
    _value(shell, "found")
    assert "<Run" in capsys.readouterr().out


def test_wait_gives_the_explanation(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    found = _value(shell, f"%explain img model {FLAGS} --wait")
    captured = capsys.readouterr()
    assert isinstance(found, Explanation) and found.verified
    assert "100% finished" in captured.err
    assert "class 1" in captured.out and "Explanation(" not in captured.out


def test_the_line_that_the_panel_offers_gives_the_same_again(shell: InteractiveShell) -> None:
    run = _value(shell, f"%explain img model {FLAGS}")
    wait_until(lambda: run.status == "finished")
    line = shown_runs(shell)._panels[run].code()
    again = _value(shell, f"{line} --wait --quiet")
    assert np.array_equal(again.mask, run.result().mask)
    assert np.array_equal(again.map, run.result().map)


def test_flag_beats_body_and_body_beats_default(shell: InteractiveShell) -> None:
    body = (
        "iters = 2\n[rex]\nseed = 7\n[causal]\nmin_box_size = 4\n"
        "[rex.onnx]\nmeans = [0.0, 0.0, 0.0]\nstds = [1, 1, 1]\nnorm = 255\n"
    )
    call = parse("img model --iters 3", body, shell.user_ns)
    assert (call.settings.iters, call.settings.seed, call.settings.min_box_size) == (3, 7, 4)
    assert call.settings.tree_depth == 10
    assert call.model_settings.given() == {
        "mean": (0.0, 0.0, 0.0),
        "std": (1.0, 1.0, 1.0),
        "scale": 255.0,
    }
    found = shell.run_cell_magic("explain", f"img model {FLAGS} --wait --quiet", body)
    assert found.settings.iters == 3 and found.settings.seed == 1


def test_arguments_are_variables_attributes_items_or_paths(
    shell: InteractiveShell, tmp_path: Path
) -> None:
    class Data:
        img = shell.user_ns["img"]

    names = {**shell.user_ns, "data": Data(), "many": [Data.img]}
    (tmp_path / "cat.png").write_bytes(b"")
    for word in ("img", "data.img", "many[0]"):
        assert parse(f"{word} model", None, names).image is Data.img
    for word in ("cat.png", "'cat.png'", '"cat.png"', "./cat.png"):
        assert Path(parse(f"{word} model", None, names).image).name == "cat.png"
    assert parse("img 'my net.onnx'", None, names).model == "my net.onnx"


def test_values_may_be_variables(shell: InteractiveShell) -> None:
    names = {**shell.user_ns, "n": 4, "grey": np.zeros((3, 64, 64)), "words": ["a", "b"]}
    call = parse("img model --iters n --mask-value grey --labels words", None, names)
    assert call.settings.iters == 4 and call.settings.mask_value.shape == (3, 64, 64)
    assert call.model_settings.labels == ("a", "b")
    assert call.spelled["mask_value"] == "grey" and call.written["labels"] == "words"


def test_ways_to_write_flags(shell: InteractiveShell) -> None:
    def given(line: str) -> Any:
        return parse(f"img model {line}", None, shell.user_ns).settings

    assert given("--iters=4").iters == given("--iters 4").iters == 4
    assert given("--min_box_size 7").min_box_size == 7
    assert given("--threshold .5").minimum_confidence_threshold == 0.5
    assert given("--minimum-confidence-threshold .5").minimum_confidence_threshold == 0.5
    assert given("--weighted").weighted and given("--weighted true").weighted
    assert not given("--weighted false").weighted
    assert given("--concentrate depth").concentrate == "depth"
    assert given("--concentrate").concentrate == "area"
    assert given("--mask-value -1").mask_value == -1.0
    assert parse("--weighted img model", None, shell.user_ns).settings.weighted
    assert tokens("'a b' c=\"d e\"") == ["'a b'", 'c="d e"']


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("", ["needs an image and a model"]),
        ("img", ["needs an image and a model", "given: img"]),
        ("img model extra", ["given: img, model, extra"]),
        ("imgg model", ["no variable 'imgg'", "Similar: img", "cat.png"]),
        ("img modle", ["no variable 'modle'", "Similar: model"]),
        ("img.shap model", ["img.shap", "AttributeError"]),
        ("img model --itres 3", ["Unknown flag --itres", "Did you mean --iters?"]),
        ("img model --iters x", ["--iters was 'x'", "expected 1 to 100000"]),
        ("img model --iters", ["--iters needs a value"]),
        ("img model --iters --wait", ["--iters needs a value"]),
        ("img model --distribution normal", ["'normal'", "uniform, binom, betabinom, adaptive"]),
        ("img model --distribution betabinom", ["expects two positive numbers"]),
        ("img model --method rx", ["Unknown method 'rx'", "relax"]),
        ("img model --into 3d", ["--into was '3d'"]),
        ("img model --wait=maybe", ["--wait was 'maybe'"]),
        ("img model --runtime gpu", ["--runtime was 'gpu'", "eager, onnxruntime"]),
        ("nothing.png model", ["'nothing.png' does not exist"]),
        ("'img model", ["A quote is opened but not closed"]),
        (f"img model {FLAGS} --wait --target 9", ["The target was class 9", "0 to 2"]),
    ],
)
def test_mistakes_are_told_in_one_line(
    shell: InteractiveShell, line: str, parts: list[str]
) -> None:
    message = _usage_error(shell, line)
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ("itrs = 3", "Did you mean 'iters'?"),
        ("iters = [", "not valid TOML"),
        ("iters = 0", "iters was 0"),
        ("[rex]\niters = 3", "belongs at 'causal.iters'"),
    ],
)
def test_mistakes_in_the_body_are_told_in_one_line(
    shell: InteractiveShell, body: str, part: str
) -> None:
    assert part in _usage_error(shell, "img model", body)


def test_an_interrupt_keeps_what_was_found(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = 0

    def interrupted(batch: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 12:
            raise KeyboardInterrupt
        return shell.user_ns["model"](batch)

    shell.user_ns["interrupted"] = interrupted
    found = shell.run_line_magic("explain", f"img interrupted {FLAGS} --wait")
    assert isinstance(found, Explanation) and found.target.index == 1
    assert "Interrupted after" in capsys.readouterr().err


def test_a_model_that_raises_while_waiting_keeps_what_was_found(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    model = shell.user_ns["model"]
    calls = 0

    def broken(batch: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > 14:
            raise ZeroDivisionError("the model is broken")
        return model(batch)

    shell.user_ns["broken"] = broken
    found = shell.run_line_magic("explain", f"img broken {FLAGS} --wait")
    captured = capsys.readouterr()
    assert isinstance(found, Explanation) and found.target.index == 1
    assert (captured.out + captured.err).count("the model is broken") >= 1


def _completions(shell: InteractiveShell, line: str) -> list[str]:
    """Return what a notebook offers at the end of the text."""
    with provisionalcompleter():
        found = list(shell.Completer.completions(line, len(line)))
    assert all(c.text.startswith(line[c.start : c.end]) for c in found)
    return [c.text for c in found]


@pytest.mark.parametrize("jedi", [False, True])
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("%explain im", ["img"]),
        ("%explain img mo", ["model"]),
        ("%explain img model --it", ["--iters"]),
        ("%explain img model --mi", ["--min-box-size", "--minimise-budget"]),
        ("run = %explain img model --it", ["--iters"]),
        ("explain img model --it", ["--iters"]),
        ("%%explain img model --it", ["--iters"]),
        ("%explain img model --distribution be", ["betabinom"]),
        ("%explain img model --distribution ", ["adaptive", "betabinom", "binom", "uniform"]),
        ("%explain img model --runtime=e", ["eager"]),
        ("%explain img model --weighted --it", ["--iters"]),
        ("%explain img.sh", ["img.shape"]),
        ("%explain ca", ["cat.png"]),
        ('%explain "ca', ["cat.png"]),
        ("%explain pictures/do", ["pictures/dog.png"]),
        ("%explain img model --into i", ["img"]),
        ("%%explain img model\nmin_b", ["min_box_size"]),
        ("%%explain img model\niters = 3\ntree_d", ["tree_depth"]),
    ],
)
def test_tab(
    shell: InteractiveShell, tmp_path: Path, jedi: bool, line: str, expected: list[str]
) -> None:
    if jedi:
        pytest.importorskip("jedi")
    (tmp_path / "pictures").mkdir()
    for name in ("cat.png", "pictures/dog.png"):
        (tmp_path / name).write_bytes(b"")
    shell.Completer.use_jedi = jedi
    found = _completions(shell, line)
    assert sorted(found) == sorted(expected)


def test_tab_leaves_other_lines_alone(shell: InteractiveShell) -> None:
    for line in ("print(im", "explained = im"):
        assert "img" in _completions(shell, line)
    assert "min_box_size" not in _completions(shell, "%%explain a b\niters = min_b")


def test_every_flag_is_documented_with_its_default_and_choices() -> None:
    text = " ".join(help_text().split())
    for flag in flags_of("causal").values():
        assert flag.name in text and " ".join(flag.help.split()) in text
        for choice in flag.choices:
            assert choice in text
    assert "default 20" in text
    assert text.count("%explain img model") >= 1 and '%explain "cat.png"' in text


def test_the_documentation_is_what_the_question_mark_shows(shell: InteractiveShell) -> None:
    told = shell.object_inspect("%explain")
    assert told["found"] and "--min-box-size" in told["docstring"]


def test_the_extension_can_be_taken_out_again(shell: InteractiveShell) -> None:
    shell.run_line_magic("unload_ext", "rex_widgets")
    assert shell.find_line_magic("explain") is None and shell.find_cell_magic("explain") is None
    assert "--iters" not in _completions(shell, "%explain img model --it")
    shell.run_line_magic("load_ext", "rex_widgets")
    assert _completions(shell, "%explain img model --it") == ["--iters"]


def test_a_shown_run_in_a_notebook_is_its_panel(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[dict[str, Any]] = []
    monkeypatch.setattr(
        shell.display_pub, "publish", lambda data, **kwargs: published.append({**data, **kwargs})
    )
    monkeypatch.setattr(shell, "kernel", object(), raising=False)
    run = _value(shell, f"%explain img model {FLAGS}")
    wait_until(lambda: len(published) >= 2)
    first, last = published[0], published[-1]
    view = "application/vnd.jupyter.widget-view+json"
    for data in (first, last):
        assert {"text/plain", "image/png", view} <= set(data)
    assert first[view] == last[view] and last["update"] and not first.get("update")
    assert first["transient"] == last["transient"]
    wait_until(lambda: "Verified" in published[-1]["text/plain"])
    before = len(published)
    _value(shell, "_")
    assert len(published) == before + 1 and published[-1][view] == first[view]
    assert run.status == "finished"


def test_a_started_run_can_be_shown_without_the_magic(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[dict[str, Any]] = []
    monkeypatch.setattr(shell.display_pub, "publish", lambda data, **kwargs: published.append(data))
    monkeypatch.setattr(shell, "kernel", object(), raising=False)
    shell.user_ns["mine"] = bright_run()
    _value(shell, "mine")
    assert len(published) == 1 and shell.user_ns["mine"].status == "ready"


def test_the_bar_of_a_notebook_is_renewed_in_place(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[dict[str, Any]] = []
    monkeypatch.setattr(
        shell.display_pub, "publish", lambda data, **kwargs: published.append({**data, **kwargs})
    )
    monkeypatch.setattr(shell, "kernel", object(), raising=False)
    with progress_bar(shell) as tell:
        for number in range(1000):
            tell(Progress(fraction=number / 1000, stage="<searching>"))
    assert len(published) < 500
    assert published[-1]["update"] and "99.9" not in published[0]["text/html"]
    assert "&lt;searching&gt;" in published[-1]["text/html"]


def test_a_quiet_bar_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    with progress_bar(object(), quiet=True) as tell:
        tell(Progress(fraction=0.5))
    assert out.getvalue() == ""


def test_an_explanation_has_text_and_a_picture() -> None:
    run = bright_run()
    for _ in run:
        pass
    data = explanation_mimebundle(run.result())
    assert data["image/png"].startswith(b"\x89PNG") and "bright" in data["text/plain"]
    assert set(explanation_mimebundle(run.result(), include={"text/plain"})) == {"text/plain"}


def test_model_settings_are_what_as_classifier_takes() -> None:
    from inspect import signature

    from rex_widgets import as_classifier

    taken = set(signature(as_classifier).parameters) - {"model", "name"}
    assert set(options(ModelSettings)) == taken - {"mode", "fallback_shape"}
    assert build(ModelSettings).given() == {}
    assert build(ModelSettings, activation="none", threads="2").given() == {
        "activation": "none",
        "threads": 2,
    }
    for key, value in {"mean": "a", "input_shape": "x", "crop": 0, "weights": "x"}.items():
        with pytest.raises(SettingsError, match=key):
            build(ModelSettings, **{key: value})
