"""Fetching the release's files, from a server on this machine in place of the real one."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rex_widgets.errors import ModelError
from rex_widgets.latent.release import download as module
from rex_widgets.latent.release import places
from rex_widgets.latent.release.download import download
from rex_widgets.latent.release.places import ReleaseFile

CONTENT = bytes(range(256)) * 3000
FILE = ReleaseFile("models", "generator.pth", 2**20)


@dataclass
class Site:
    """What the server does, and what it was asked."""

    content: bytes = CONTENT
    ranges: bool = True
    length: bool = True
    breaks_after: int | None = None
    redirect: str = ""
    status: int = 200
    asked: list[tuple[str, str | None]] = field(default_factory=list)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    made = Site()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            made.asked.append((self.path, wanted))
            if made.redirect:
                self.send_response(302)
                self.send_header("Location", made.redirect)
                made.redirect = ""
                self.end_headers()
                return
            if made.status != 200:
                self.send_error(made.status)
                return
            start, size = 0, len(made.content)
            found = re.match(r"bytes=(\d+)-", wanted or "")
            if found and made.ranges:
                start = int(found[1])
                if start >= size:
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{size}")
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
            else:
                self.send_response(200)
            if made.length:
                self.send_header("Content-Length", str(size - start))
            self.end_headers()
            self.wfile.write(made.content[start : made.breaks_after])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setattr(places, "BASE_ADDRESS", f"http://127.0.0.1:{server.server_port}/files/")
    monkeypatch.setattr(module, "_SCHEMES", ("https", "http"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def part(folder: Path) -> Path:
    return folder / "models" / "generator.pth.part"


def test_a_file_is_fetched_to_its_place(site: Site, tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    path = download(FILE, tmp_path / "new", told=lambda *news: told.append(news))
    assert path == tmp_path / "new" / "models" / "generator.pth"
    assert path.read_bytes() == CONTENT
    assert site.asked == [("/files/generator.pth?download=1", None)]
    assert told[-1] == ("generator.pth", len(CONTENT), len(CONTENT))
    assert [entry.name for entry in path.parent.iterdir()] == ["generator.pth"]


def test_a_file_that_is_there_is_left(site: Site, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "generator.pth").write_bytes(b"mine")
    assert download(FILE, tmp_path).read_bytes() == b"mine"
    assert not site.asked


def test_a_broken_transfer_goes_on_where_it_stopped(site: Site, tmp_path: Path) -> None:
    site.breaks_after = 300_000
    with pytest.raises(ModelError, match="goes on from there"):
        download(FILE, tmp_path)
    assert not (tmp_path / "models" / "generator.pth").exists()
    have = part(tmp_path).stat().st_size
    assert 0 < have <= 300_000
    site.breaks_after = None
    assert download(FILE, tmp_path).read_bytes() == CONTENT
    assert site.asked[1][1] == f"bytes={have}-"


def test_several_at_once_all_get_the_whole_file(site: Site, tmp_path: Path) -> None:
    part(tmp_path).parent.mkdir()
    part(tmp_path).write_bytes(CONTENT[:400_000])
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda _: download(FILE, tmp_path), range(8)))
    assert {path.read_bytes() for path in paths} == {CONTENT}


def test_a_server_that_cannot_go_on_starts_over(site: Site, tmp_path: Path) -> None:
    part(tmp_path).parent.mkdir()
    part(tmp_path).write_bytes(b"x" * (len(CONTENT) + 50))
    site.ranges = False
    assert download(FILE, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize(("have", "requests"), [(CONTENT, 1), (CONTENT + b"!", 2)])
def test_a_part_that_is_whole_or_too_long(
    site: Site, tmp_path: Path, have: bytes, requests: int
) -> None:
    part(tmp_path).parent.mkdir()
    part(tmp_path).write_bytes(have)
    assert download(FILE, tmp_path).read_bytes() == CONTENT
    assert len(site.asked) == requests


@pytest.mark.parametrize("length", [True, False])
def test_too_large_a_file_is_not_kept_whole(site: Site, tmp_path: Path, length: bool) -> None:
    site.length = length
    small = ReleaseFile("models", "generator.pth", 500_000)
    with pytest.raises(ModelError, match="a file of the release has 500,000 at most"):
        download(small, tmp_path)
    assert not small.path(tmp_path).exists()
    assert not part(tmp_path).exists() or part(tmp_path).stat().st_size <= 500_000


def test_without_a_length_the_end_is_the_end(site: Site, tmp_path: Path) -> None:
    site.length = False
    assert download(FILE, tmp_path).read_bytes() == CONTENT


def test_another_sum_is_refused_and_the_part_removed(site: Site, tmp_path: Path) -> None:
    expected = sha256(CONTENT).hexdigest()
    site.content = CONTENT[:-1] + b"?"
    with pytest.raises(ModelError, match=f"expected {expected}"):
        download(FILE, tmp_path, expected=expected)
    assert not part(tmp_path).exists()
    site.content = CONTENT
    assert download(FILE, tmp_path, expected=expected).is_file()


def test_redirects_are_followed(site: Site, tmp_path: Path) -> None:
    site.redirect = f"{places.BASE_ADDRESS}elsewhere"
    assert download(FILE, tmp_path).read_bytes() == CONTENT
    assert site.asked[1][0] == "/files/elsewhere"


@pytest.mark.parametrize("elsewhere", ["https://127.0.0.1:9/x", "ftp://127.0.0.1:9/x"])
def test_redirects_to_another_kind_of_address_are_refused(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, elsewhere: str
) -> None:
    monkeypatch.setattr(module, "_SCHEMES", ("http",))
    site.redirect = elsewhere
    with pytest.raises(ModelError, match=f"{elsewhere} was not fetched"):
        download(FILE, tmp_path)
    assert len(site.asked) == 1
    assert not FILE.path(tmp_path).exists()


def test_redirects_to_files_are_refused(site: Site, tmp_path: Path) -> None:
    site.redirect = Path(__file__).as_uri()
    with pytest.raises(ModelError, match="not allowed"):
        download(FILE, tmp_path)
    assert not FILE.path(tmp_path).exists()


def test_addresses_without_encryption_are_refused(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SCHEMES", ("https",))
    with pytest.raises(ModelError, match="expected an address that begins with https"):
        download(FILE, tmp_path)
    assert not site.asked


def test_what_the_server_says_is_told_with_what_to_do(site: Site, tmp_path: Path) -> None:
    site.status = 404
    with pytest.raises(ModelError, match=r"answered 404.*record 6616598.*generator\.pth"):
        download(FILE, tmp_path)


def test_a_server_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: Site
) -> None:
    monkeypatch.setattr(places, "BASE_ADDRESS", "http://127.0.0.1:9/")
    with pytest.raises(ModelError, match="could not be fetched"):
        download(FILE, tmp_path)


def test_the_real_address_is_the_release_s_over_https() -> None:
    assert places.BASE_ADDRESS == "https://zenodo.org/record/6616598/files/"
    assert module._SCHEMES == ("https",)
