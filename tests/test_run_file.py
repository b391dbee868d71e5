"""Saved runs: going on as if never interrupted, and refusing what is no saved run."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rex_widgets import run_file
from rex_widgets.api import Run, load_run
from rex_widgets.errors import SavedRunError
from rex_widgets.run_file import read_run, write_run
from tests.synthetic import PATIENCE, RandomNet, RegionClassifier, bits_of, drive, run_of

VARIANTS: tuple[dict[str, Any], ...] = (
    {},
    {"distribution": "adaptive"},
    {"responsibility_style": "multiplicative", "mask_value": (0.1,)},
)


def net() -> RandomNet:
    return RandomNet((12, 12), classes=4, seed=3, gain=3.0, bias=5.0)


def net_run(**options: Any) -> Run:
    model = net()
    given = {"iters": 9, "minimise_budget": 200, "min_box_size": 4, "batch_size": 16}
    return run_of(model, model.picture(3), **{**given, **options})


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    run = net_run()
    for progress in run:
        if progress.evaluations > 100:
            break
    return run.save(tmp_path / "cat.run")


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path: Path, members: dict[str, bytes], sums: bool = True) -> Path:
    """Write an archive with checksums that are right (or the old ones)."""
    members = dict(members)
    if sums:
        members.pop("checksums.json", None)
        right = {name: sha256(content).hexdigest() for name, content in members.items()}
        members["checksums.json"] = json.dumps(right).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


# ---------------------------------------------------------------------------------- going on


@pytest.mark.parametrize("options", VARIANTS)
def test_saved_at_any_border_and_finished_equals_never_interrupted(
    options: dict[str, Any], tmp_path: Path
) -> None:
    run = net_run(**options)
    paths = [run.save(tmp_path / "0.run")]
    for number, _ in enumerate(run, 1):
        if number % 3 == 0:
            paths.append(run.save(tmp_path / f"{number}.run"))
    paths.append(run.save(tmp_path / "end.run"))
    expected = run.result()
    assert expected.stage == "verified"
    assert len(paths) > 8
    for path in paths:
        again = load_run(path, net())
        result = drive(again)
        assert again.status == "finished"
        assert bits_of(result) == bits_of(expected), path.name
        assert result.statistics == expected.statistics
        assert result.seed == expected.seed


def test_a_loaded_run_looks_as_it_was_saved(saved: Path) -> None:
    model = net()
    run = load_run(saved, model)
    assert model.calls == 1, "one call, to see that the model is the same"
    document, _ = read_run(saved)
    result = run.result()
    assert result.map.any()
    assert result.verified
    assert result.target.index == 2
    assert run.status == "ready"
    assert run.iters == 9
    assert result.evaluations.breakdown == document["state"]["counts"]
    assert run.progress.evaluations == result.evaluations > 100
    assert result.seconds == document["seconds"] > 0
    assert result.top[0].index == 2
    np.testing.assert_array_equal(run.sample.data, net().picture(3))
    assert list(Path(saved).parent.iterdir()) == [saved], "a temporary file was left"


def test_a_loaded_run_asks_nothing_again(saved: Path) -> None:
    model = net()
    run = load_run(saved, model)
    before = int(run.result().evaluations)
    total = drive(run).evaluations
    whole = drive(net_run()).evaluations
    assert total - before < whole
    # what is asked once more is checking alone: of the smallest mutant, where that was under way
    assert total <= whole + 2


def test_extended_after_loading(tmp_path: Path) -> None:
    run = net_run(iters=5)
    drive(run)
    again = load_run(run.save(tmp_path / "a.run"), net())
    assert again.status == "finished"
    again.extend(iters=8)
    saved_again = again.save(tmp_path / "b.run")
    last = load_run(saved_again, net())
    assert last.iters == 13
    assert bits_of(drive(last)) == bits_of(drive(net_run(iters=13)))


@pytest.mark.parametrize("what", ["pause", "cancel"])
def test_paused_and_cancelled_runs_stay_so(what: str, tmp_path: Path) -> None:
    run = net_run()
    for number, _ in enumerate(run):
        if number == 5:
            getattr(run, what)()
    again = load_run(run.save(tmp_path / "a.run"), net())
    assert again.status == run.status
    assert bits_of(again.result()) == bits_of(run.result())
    if what == "cancel":
        assert list(again) == []
        again.extend(iters=1)
        assert bits_of(drive(again)) == bits_of(drive(net_run(iters=10)))
    else:
        assert bits_of(drive(again)) == bits_of(drive(net_run()))


def test_mask_values_of_every_kind_survive(tmp_path: Path) -> None:
    import torch

    other = RandomNet((12, 12)).picture(9) * 0.1
    for value in (-0.2, "min", [0.1], other, torch.from_numpy(other), np.float32(0.05)):
        run = net_run(mask_value=value, iters=2)
        next(run)
        next(run)
        expected = bits_of(drive(net_run(mask_value=value, iters=2)))
        again = load_run(run.save(tmp_path / "a.run"), net())
        assert bits_of(drive(again)) == expected, value


def test_a_function_cannot_be_saved(tmp_path: Path) -> None:
    run = net_run(mask_value=lambda data: data * 0)
    with pytest.raises(SavedRunError, match="mask_value is a function"):
        run.save(tmp_path / "a.run")


CHILD = """
import sys, time
from tests.test_run_file import net_run
run = net_run()
for progress in run:
    if progress.evaluations > 150:
        run.save(sys.argv[1])
        run.classifier.before_call = lambda *call: (print("inside", flush=True), time.sleep(60))
"""


def test_killed_in_the_middle_and_finished_here(tmp_path: Path, repository: Path) -> None:
    path = tmp_path / "killed.run"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)],
        cwd=repository,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(repository)},
    )
    watchdog = threading.Timer(2 * PATIENCE, child.kill)
    watchdog.start()
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"inside\n"
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    finally:
        watchdog.cancel()
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()
    run = load_run(path, net())
    assert 150 < run.progress.evaluations < drive(net_run()).evaluations
    assert bits_of(drive(run)) == bits_of(drive(net_run()))


# ------------------------------------------------------------------------------- other models


def test_another_model_is_refused(saved: Path) -> None:
    with pytest.raises(SavedRunError, match=r"belongs to another model.*at most 0\.0001"):
        load_run(saved, RandomNet((12, 12), classes=4, seed=4, gain=3.0, bias=5.0))
    with pytest.raises(SavedRunError, match="a model with 4 classes; the one given has 5"):
        load_run(saved, RandomNet((12, 12), classes=5))


@pytest.mark.parametrize(("shift", "same"), [(5e-5, True), (2e-4, False)])
def test_how_equal_a_model_must_be(shift: float, same: bool, saved: Path) -> None:
    class Shifted(RandomNet):
        def row(self, data: np.ndarray) -> np.ndarray:
            return np.asarray(super().row(data) + np.array([shift, 0, -shift, 0]))

    model = Shifted((12, 12), classes=4, seed=3, gain=3.0, bias=5.0)
    if same:
        load_run(saved, model)
    else:
        with pytest.raises(SavedRunError, match="another model"):
            load_run(saved, model)


def test_before_the_first_answer_any_model_will_do(tmp_path: Path) -> None:
    path = net_run().save(tmp_path / "a.run")
    assert bits_of(drive(load_run(path, net()))) == bits_of(drive(net_run()))


# ------------------------------------------------------------------------------ damaged files


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(SavedRunError, match=r"There is no file 'cat\.run'"):
        load_run(tmp_path / "cat.run", net())


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" + b"x" * 100])
def test_not_a_saved_run(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cat.run"
    path.write_bytes(content)
    with pytest.raises(SavedRunError, match="is not a saved run, or is damaged"):
        load_run(path, net())
    with pytest.raises(SavedRunError):
        load_run(tmp_path, net())


def test_every_truncation_and_flipped_byte_is_noticed(saved: Path) -> None:
    content = saved.read_bytes()
    generator = np.random.default_rng(0)
    whole = read_run(saved)
    for cut in generator.integers(0, len(content), 60):
        saved.write_bytes(content[:cut])
        with pytest.raises(SavedRunError):
            read_run(saved)
    unnoticed = 0
    for place in generator.integers(0, len(content), 400):
        damaged = bytearray(content)
        damaged[place] ^= 1 << int(generator.integers(8))
        saved.write_bytes(damaged)
        try:
            document, arrays = read_run(saved)
        except SavedRunError:
            continue
        # harmless: a date or a flag of the archive; what is read must be what was written
        unnoticed += 1
        assert document == whole[0]
        assert {n: a.tobytes() for n, a in arrays.items()} == {
            n: a.tobytes() for n, a in whole[1].items()
        }
    assert unnoticed < 200


def test_a_wrong_checksum(saved: Path) -> None:
    members = members_of(saved)
    document = json.loads(members["document.json"])
    document["seed"] += 1
    members["document.json"] = json.dumps(document).encode()
    with pytest.raises(SavedRunError, match=r"checksum of 'document\.json' is wrong"):
        load_run(rewrite(saved, members, sums=False), net())


def test_a_member_without_a_checksum(saved: Path) -> None:
    members = members_of(saved)
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("extra.npy", members["sample_data.npy"])
    with pytest.raises(SavedRunError, match=r"'extra\.npy'"):
        load_run(saved, net())


@pytest.mark.parametrize("missing", ["checksums.json", "document.json"])
def test_a_missing_part(missing: str, saved: Path) -> None:
    members = members_of(saved)
    del members[missing]
    rewrite(saved, members, sums=missing != "checksums.json")
    with pytest.raises(SavedRunError, match="not a saved run, or is damaged"):
        load_run(saved, net())


def test_another_format(saved: Path) -> None:
    members = members_of(saved)
    document = {**json.loads(members["document.json"]), "format": "rex_widgets run 99"}
    members["document.json"] = json.dumps(document).encode()
    with pytest.raises(SavedRunError, match="'rex_widgets run 99'; expected 'rex_widgets run 1'"):
        load_run(rewrite(saved, members), net())


def test_a_zip_bomb_is_not_unpacked(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_file, "MAX_BYTES", 2**20)
    members = members_of(saved)
    members["bomb.npy"] = b"\0" * 2**21
    rewrite(saved, members)
    assert saved.stat().st_size < 2**19
    with pytest.raises(SavedRunError, match=r"would unpack to 2 MB .*at most 1 MB"):
        load_run(saved, net())


def test_too_many_parts(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_file, "MAX_MEMBERS", 5)
    with pytest.raises(SavedRunError, match=r"at most .* in 5 parts"):
        load_run(saved, net())


def test_a_pickle_inside_is_refused(saved: Path, tmp_path: Path) -> None:
    witness = tmp_path / "executed"

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (os.system, (f"touch {witness}",))

    buffer = io.BytesIO()
    np.save(buffer, np.array([Evil()], dtype=object), allow_pickle=True)
    members = members_of(saved)
    members["sample_data.npy"] = buffer.getvalue()
    with pytest.raises(SavedRunError, match="damaged"):
        load_run(rewrite(saved, members), net())
    assert not witness.exists()


def test_an_array_that_claims_to_be_huge_is_refused(saved: Path) -> None:
    buffer = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": (2**50,)}
    np.lib.format.write_array_header_1_0(buffer, header)
    members = members_of(saved)
    members["sample_data.npy"] = buffer.getvalue()
    with pytest.raises(SavedRunError, match="damaged"):
        load_run(rewrite(saved, members), net())


def test_a_document_without_its_parts_is_refused(saved: Path) -> None:
    members = members_of(saved)
    document = json.loads(members["document.json"])
    for missing in ("method", "state", "seed", "seconds", "status"):
        part = {key: value for key, value in document.items() if key != missing}
        members["document.json"] = json.dumps(part).encode()
        with pytest.raises(SavedRunError, match="damaged"):
            load_run(rewrite(saved, members), net())
    members["document.json"] = b"[1, 2]"
    with pytest.raises(SavedRunError, match="damaged"):
        load_run(rewrite(saved, members), net())


# ------------------------------------------------------------------------------------ writing


def test_a_run_too_large_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_file, "MAX_BYTES", 1000)
    with pytest.raises(SavedRunError, match="at most"):
        net_run().save(tmp_path / "a.run")
    assert list(tmp_path.iterdir()) == []


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(SavedRunError, match=r"folder of 'a\.run' does not exist"):
        net_run().save(tmp_path / "nowhere" / "a.run")


@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file(
    where: str, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()
    run = net_run()
    next(run)

    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if where == "fsync":
            patch.setattr(os, "fsync", full)
        else:
            patch.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="No space left"):
            run.save(saved)
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]
    run.save(saved)
    assert saved.read_bytes() != before


def test_temporary_files_of_dead_processes_are_swept(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in ("a.run", "b[1].run"):
        stale = tmp_path / f".{name}.{dead.pid}.tmp"
        alive = tmp_path / f".{name}.{os.getppid()}.tmp"
        other = tmp_path / f".z{name}.{dead.pid}.tmp"
        for path in (stale, alive, other):
            path.write_bytes(b"half")
        write_run(tmp_path / name, {}, {})
        assert not stale.exists()
        assert alive.exists(), "another process is writing that"
        assert other.exists(), "belongs to another run"


def test_what_is_written_is_read(tmp_path: Path) -> None:
    arrays: dict[str, Any] = {
        "floats": np.linspace(0, 1, 7).reshape(7, 1),
        "fortran": np.asfortranarray(np.arange(6).reshape(2, 3)),
        "empty": np.zeros((0, 3), np.uint8),
    }
    path = write_run(tmp_path / "a.run", {"number": float("nan"), "text": "é"}, arrays)
    document, read = read_run(path)
    assert document["text"] == "é"
    assert np.isnan(document["number"])
    assert set(read) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array)
        assert read[name].dtype == array.dtype


def test_a_region_run_with_a_callable_model(tmp_path: Path) -> None:
    """The usual way in: a function, not a Classifier; its runtime is asked for again."""
    model = RegionClassifier((16, 16), [[(3, 9, 4, 10)]])

    def scores(batch: np.ndarray) -> np.ndarray:
        return np.stack([model.row(one.astype(np.float64)) for one in batch])

    from rex_widgets.api import start

    run = start(model.picture(), scores, seed=0, iters=4, input_shape=(1, 16, 16), processed=True)
    for progress in run:
        if progress.evaluations > 80:
            break
    again = load_run(run.save(tmp_path / "a.run"), scores)
    assert again.classifier.runtime == run.classifier.runtime
    assert bits_of(drive(again)) == bits_of(drive(run))
