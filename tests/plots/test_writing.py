from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import IPython.core.getipython
import IPython.display
import matplotlib.pyplot
import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from rex_widgets import plots
from rex_widgets.errors import InputError
from rex_widgets.visual_settings import VisualSettings
from tests.plots import subjects

DOTS = VisualSettings(dpi=50)


def pixels_in(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_a_picture_is_saved_as_nothing_but_its_pixels(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    assert plots.write("explanation", subjects.picture(), path) == (path,)
    saved = pixels_in(path)
    assert (saved == plots.explanation_image(subjects.picture())).all()
    plots.write("explanation", subjects.picture(), path, VisualSettings(resize=(40, 30)))
    assert pixels_in(path).shape == (30, 40, 3)
    assert [p.name for p in tmp_path.iterdir()] == ["out.png"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("heatmap", "a.png"), ("heatmap", "a.pdf"), ("heatmap", "a.svg"), ("surface", "a.jpg"),
        ("explanation", "a.pdf"), ("explanation", "A.TIFF"), ("explanation", "a.webp"),
        ("curves", "a.eps"), ("curves", "a.png"),
    ],
)  # fmt: skip
def test_the_ending_says_the_format(kind: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    written = plots.write(kind, subjects.picture(), path, DOTS, analysis=subjects.analysis())
    assert written == (path,)
    begins = {
        ".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml", ".jpg": b"\xff\xd8", ".eps": b"%!PS",
        ".tiff": b"II", ".webp": b"RIFF",
    }  # fmt: skip
    assert path.read_bytes().startswith(begins[path.suffix.lower()])


def test_a_vector_file_has_its_text_as_text_in_whole_fonts(tmp_path: Path) -> None:
    path = tmp_path / "table.pdf"
    plots.write("explanation", subjects.row(), path)
    fonts = re.findall(rb"/Subtype /(Type3|CIDFontType2)", path.read_bytes())
    assert fonts and set(fonts) == {b"CIDFontType2"}


def test_separate_parts_and_sets_get_files_of_their_own(tmp_path: Path) -> None:
    several, path = subjects.several(), tmp_path / "many.png"
    separate = plots.write("explanation", several, path, VisualSettings(multi_style="separate"))
    assert [p.name for p in separate] == [f"many-{n}.png" for n in (1, 2, 3, 4)]
    second = plots.explanation_image(several, parts=[1])
    assert (pixels_in(separate[1]) == second).all()
    sets = plots.write("explanation", several, path, sets=[(0, 1, 2), (3,)])
    assert [p.name for p in sets] == ["many-1.png", "many-2.png"]
    assert plots.write("explanation", several, path) == (path,)
    assert (pixels_in(path) == plots.explanation_image(several)).all()
    alone = VisualSettings(multi_style="separate")
    assert len(plots.write("explanation", several, path, alone, sets=[(0, 2), (2, 3)])) == 3
    together = plots.write("explanation", several, tmp_path / "many.pdf", sets=[(0, 1), (2,)])
    assert len(together) == 1


@pytest.mark.parametrize("made", [subjects.spectrum, subjects.sound, subjects.row, subjects.volume])
def test_other_kinds_are_saved_as_figures(made: Any, tmp_path: Path) -> None:
    for kind in ("explanation", "heatmap"):
        (path,) = plots.write(kind, made(), tmp_path / f"{kind}.png", DOTS)
        assert pixels_in(path).shape[1] in (300, 350, 250)
    with pytest.raises(InputError, match="a landscape and a flat map need a picture"):
        plots.write("surface", made(), tmp_path / "surface.png")


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("explanation", "a.gif", r"'a.gif' was given .* ends in \.png"),
        ("explanation", "nothing", "'nothing' was given"),
        ("heatmap", "missing/a.png", "The picture cannot be written to .*missing"),
        ("spectrum", "a.png", "expected one of explanation, heatmap"),
        ("curves", "a.png", "need an analysis"),
    ],
)
def test_what_cannot_be_saved_is_said(kind: str, name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        plots.write(kind, subjects.picture(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_without_a_window_one_is_told_to_name_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(IPython.core.getipython, "get_ipython", lambda: None)
    monkeypatch.setattr(matplotlib.pyplot, "get_backend", lambda: "agg")
    with pytest.raises(InputError, match=r"No window can be opened here .*name a file"):
        plots.save_or_show(np.zeros((4, 4, 3), np.uint8))


def test_in_a_notebook_it_is_shown_in_the_output(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setattr(IPython.core.getipython, "get_ipython", lambda: shell)
    monkeypatch.setattr(IPython.display, "display", shown.append)
    assert plots.write("heatmap", subjects.picture(), None, DOTS) == ()
    assert shown[0].data.startswith(b"\x89PNG")


def test_in_a_window_the_figure_itself_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib.pyplot as plt

    monkeypatch.setattr(IPython.core.getipython, "get_ipython", lambda: None)
    monkeypatch.setattr(plt, "get_backend", lambda: "qtagg")
    drawn = plots.heatmap_figure(subjects.picture(), DOTS)
    seen: list[Figure] = []
    monkeypatch.setattr(plt, "show", lambda: seen.append(drawn.canvas.manager.canvas.figure))
    try:
        plots.save_or_show(drawn)
    finally:
        plt.close("all")
    assert seen == [drawn]


def test_drawing_opens_no_window_and_changes_no_setting() -> None:
    code = (
        "import sys, matplotlib; before = dict(matplotlib.rcParams)\n"
        "from rex_widgets import plots; from tests.plots import subjects\n"
        "plots.figure_bytes(plots.figure(subjects.several()), '.pdf')\n"
        "plots.figure_bytes(plots.surface_figure(subjects.picture()))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "assert before == dict(matplotlib.rcParams)\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
