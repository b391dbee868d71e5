from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rex_widgets import load_run, start
from rex_widgets.errors import InputError
from rex_widgets.store import to_dataframe
from rex_widgets.widgets import SaveMenu
from rex_widgets.widgets._file_names import checked_name, free_file, suggested_name
from rex_widgets.widgets._saving import KINDS, save_as
from tests.explanations import hand_made
from tests.synthetic_kinds import TwoPatches

BAD_NAMES = [
    "../x", "a/b", "/etc/passwd", "C:\\x", "..", ".", ".hidden", "x.", "con", "NUL.txt", "Com1",
    "a\nb", "a\x00b", "a\u202eb", "x" * 81, "a<b>", 'a"b', "what?", "*", "a|b", "a:b", "", "  ",
]  # fmt: skip


@pytest.fixture
def heard() -> list[Any]:
    """Return what happened, in order: kind and name asked for, and messages sent."""
    return []


@pytest.fixture
def menu(heard: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SaveMenu:
    monkeypatch.chdir(tmp_path)
    made = SaveMenu(suggestion="Egyptian cat <b>")
    monkeypatch.setattr(made, "send", heard.append)
    return made


def press(menu: SaveMenu, kind: Any, name: Any = "") -> None:
    menu._handle_custom_msg({"type": "save", "kind": kind, "name": name}, [])


def test_a_callback_that_returns_a_path_has_saved_it(menu: SaveMenu, heard: list[Any]) -> None:
    def write(kind: str, name: str) -> Path:
        heard.append((kind, name))
        return Path.cwd() / f"{name}.png"

    menu.on_save(write)
    press(menu, "png", "  my cat ")
    assert heard == [("png", "my cat"), {"type": "ack"}]
    assert (menu.state, menu.message) == ("ok", "Saved my cat.png in the working folder.")
    press(menu, "html")
    assert heard[2] == ("html", "egyptian-cat-b")


def test_a_failing_callback_is_told_and_the_next_goes_on(menu: SaveMenu, heard: list[Any]) -> None:
    def fail(kind: str, name: str) -> Path:
        raise problems.pop()

    problems: list[Exception] = [RuntimeError("no <b> room"), InputError("Name another file.")]
    menu.on_save(fail)
    press(menu, "npz")
    assert (menu.state, menu.message) == ("error", "Not saved. Name another file.")
    press(menu, "npz")
    assert menu.message == "Not saved. RuntimeError: no <b> room"
    assert heard == [{"type": "ack"}] * 2


def test_one_that_returns_nothing_says_so_later(menu: SaveMenu) -> None:
    menu.on_save(lambda kind, name: None)
    press(menu, "run")
    assert (menu.state, menu.message) == ("busy", "Saving…")
    menu.saved("/somewhere/else/x.run")
    assert menu.message == "Saved x.run in /somewhere/else."
    menu.failed("The disk is full.")
    assert menu.state == "error"


@pytest.mark.parametrize("name", [*BAD_NAMES[:-2], 5, ["a"], {"a": 1}, True])
def test_a_bad_name_is_refused_and_told(menu: SaveMenu, heard: list[Any], name: Any) -> None:
    menu.on_save(lambda *args: heard.append(args))  # type: ignore[arg-type]
    press(menu, "png", name)
    assert heard == [{"type": "ack"}]
    assert menu.state == "error"
    assert len(menu.message) < 250


@pytest.mark.parametrize("kind", ["exe", "", None, 5, ["png"], {"a": 1}])
def test_an_unknown_kind_is_refused(menu: SaveMenu, heard: list[Any], kind: Any) -> None:
    menu.on_save(lambda *args: heard.append(args))  # type: ignore[arg-type]
    press(menu, kind, "x")
    assert heard == [{"type": "ack"}]
    assert menu.state == "error"


@pytest.mark.parametrize("content", [None, "save", [], {}, {"type": "load", "kind": "png"}])
def test_other_messages_are_ignored(menu: SaveMenu, heard: list[Any], content: Any) -> None:
    menu._handle_custom_msg(content, [])
    assert heard == []


def test_what_cannot_be_had_now_is_shown_with_the_reason(menu: SaveMenu, heard: list[Any]) -> None:
    menu.on_save(lambda *args: heard.append(args))  # type: ignore[arg-type]
    menu.offer("run", refused="The run is still going on.")
    shown = {kind["kind"]: kind for kind in menu.kinds}
    assert (shown["run"]["offered"], shown["run"]["hint"]) == (False, "The run is still going on.")
    press(menu, "run", "x")
    assert menu.message == "Not saved. The run is still going on."
    menu.offer("run")
    press(menu, "run", "x")
    assert heard[1] == ("run", "x")
    with pytest.raises(InputError):
        SaveMenu(kinds=["png"]).offer("html")
    with pytest.raises(InputError):
        SaveMenu(kinds=["exe"])
    assert [kind["kind"] for kind in SaveMenu(kinds=["html", "png"]).kinds] == ["html", "png"]


def test_asked_for_code_a_callback_sets_it(menu: SaveMenu) -> None:
    def answer(kind: str, name: str) -> None:
        assert kind == "code"
        menu.code = "%explain img model"

    menu.on_save(answer)
    press(menu, "code")
    assert (menu.code, menu.message) == ("%explain img model", "")


def test_closing_drops_the_callbacks(menu: SaveMenu, heard: list[Any]) -> None:
    menu.on_save(lambda *args: heard.append(args))  # type: ignore[arg-type]
    menu.close()
    menu._save("png", "x")
    assert heard == []


@pytest.mark.parametrize("name", BAD_NAMES)
def test_bad_names(name: str) -> None:
    with pytest.raises(InputError):
        checked_name(name)


@given(st.text(max_size=120))
def test_what_passes_names_a_file_in_the_folder(name: str) -> None:
    try:
        good = checked_name(name)
    except InputError:
        return
    path = free_file(Path("/folder"), good, ".png")
    assert path.parent == Path("/folder")
    assert path.resolve().parent == Path("/folder").resolve()
    assert path.name.endswith(".png")


@given(st.text(max_size=300))
def test_a_suggestion_is_never_refused(label: str) -> None:
    assert checked_name(suggested_name(label)) == suggested_name(label)


def test_names_get_numbers_and_no_second_ending(tmp_path: Path) -> None:
    (tmp_path / "cat.png").touch()
    (tmp_path / "cat-2.png").touch()
    assert free_file(tmp_path, "cat", ".png").name == "cat-3.png"
    assert free_file(tmp_path, "dog.PNG", ".png").name == "dog.png"


@pytest.mark.parametrize("kind", ["html", "png", "npz", "store"])
def test_an_explanation_is_saved_as(kind: str, tmp_path: Path) -> None:
    explanation = hand_made()
    first = save_as(kind, "cat", explanation, folder=tmp_path)
    second = save_as(kind, "cat", explanation, folder=tmp_path)
    assert first.parent == tmp_path
    ending = next(one.ending for one in KINDS if one.kind == kind)
    assert first.name == f"cat{ending}"
    assert first.stat().st_size > 1000
    if kind == "store":
        assert second == first
        assert len(to_dataframe(first)) == 2
        return
    assert second.name == f"cat-2{ending}"
    if kind == "npz":
        with np.load(first, allow_pickle=False) as arrays:
            assert np.array_equal(arrays["map"], explanation.map)
            assert np.array_equal(arrays["mask"], explanation.mask)
            assert json.loads(str(arrays["document"]))["settings"]["iters"] == 20


def test_a_run_is_saved_as(tmp_path: Path) -> None:
    model = TwoPatches()
    run = start(model.data(), model, processed=True, iters=2, seed=0)
    for _ in run:
        pass
    path = save_as("run", "two", run.result(), run=run, folder=tmp_path)
    assert path.name == "two.run"
    again = load_run(path, model)
    assert np.array_equal(again.result().map, run.result().map)


def test_what_cannot_be_saved_is_told(tmp_path: Path) -> None:
    for kind, name in (("exe", "x"), ("run", "x"), ("png", "../x"), ("code", "x")):
        with pytest.raises(InputError):
            save_as(kind, name, hand_made(), folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
