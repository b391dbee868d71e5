"""The page of one widget: what it carries, what it forbids, what it refuses."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rex_widgets.errors import InputError, RexWidgetsError
from rex_widgets.report import widget_page
from rex_widgets.report.bundle import bundle_text
from rex_widgets.report.widget_page import write_widget_page


def write(path: Path, **changes: Any) -> str:
    given: dict[str, Any] = {
        "title": "A view",
        "esm": "class-bars",
        "traits": {"title": "Classes", "classes": [], "chosen": -1},
        "messages": [],
    }
    return write_widget_page(path, **{**given, **changes}).read_text(encoding="utf-8")


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def unpacked(packed: dict[str, Any]) -> bytes:
    data = base64.b64decode(packed["data"])
    return zlib.decompress(data) if packed["deflated"] else data


def test_the_page_carries_bundle_traits_and_messages(tmp_path: Path) -> None:
    smooth, noise = bytes(4000), np.random.default_rng(0).bytes(4000)
    messages = [({"type": "map", "name": "é"}, [smooth, noise]), ({"type": "end"}, [])]
    data = data_of(write(tmp_path / "page.html", messages=messages))
    assert unpacked(data["esm"]).decode() == bundle_text("class-bars")
    assert data["traits"] == {"title": "Classes", "classes": [], "chosen": -1}
    assert [message["content"] for message in data["messages"]] == [c for c, _ in messages]
    packed = data["messages"][0]["buffers"]
    assert [unpacked(buffer) for buffer in packed] == [smooth, noise]
    assert [buffer["deflated"] for buffer in packed] == [True, False]
    assert data["messages"][1]["buffers"] == []


def test_it_asks_for_nothing_and_says_so(tmp_path: Path) -> None:
    page = write(tmp_path / "page.html")
    assert "default-src 'none'" in page
    assert "connect-src" not in page
    assert not re.search(r'(?:src|href)="(?!data:)', page)


def test_texts_stay_texts(tmp_path: Path) -> None:
    bad = "</script><!--<img src=x onerror=alert(1)>"
    page = write(
        tmp_path / "page.html",
        title=bad,
        lead=bad,
        traits={"title": bad},
        messages=[({"type": bad}, [])],
    )
    assert "<img" not in page
    assert page.count("</script>") == 2
    data = data_of(page)
    assert data["traits"]["title"] == data["messages"][0]["content"]["type"] == bad


def test_without_a_lead_there_is_no_empty_line(tmp_path: Path) -> None:
    assert '<p class="lead">' not in write(tmp_path / "page.html")
    assert '<p class="lead">a &amp; b</p>' in write(tmp_path / "page.html", lead="a & b")


def test_a_page_that_is_too_large_is_refused_and_the_old_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "page.html"
    before = write(path)
    monkeypatch.setattr(widget_page, "MAX_BYTES", 20_000)
    noise = np.random.default_rng(0).bytes(30_000)
    with pytest.raises(InputError, match=r"0\.0 MB of data"):
        write(path, messages=[({"type": "map"}, [noise])])
    assert path.read_text(encoding="utf-8") == before
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize("value", [float("nan"), np.zeros(2), {1, 2}])
def test_what_is_not_json_is_refused(tmp_path: Path, value: Any) -> None:
    with pytest.raises(InputError, match="must be JSON"):
        write(tmp_path / "page.html", traits={"value": value})
    with pytest.raises(InputError, match="must be JSON"):
        write(tmp_path / "page.html", messages=[({"value": value}, [])])
    assert not list(tmp_path.iterdir())


def test_an_unknown_bundle_is_named(tmp_path: Path) -> None:
    with pytest.raises(RexWidgetsError, match=r"no-such-widget\.js"):
        write(tmp_path / "page.html", esm="no-such-widget")


def test_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write(tmp_path / "missing" / "page.html")
