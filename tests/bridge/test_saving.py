"""Runs that are saved, loaded and gone on with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import rex_widgets as rw
from rex_widgets.bridge.packing import packed, unpacked
from rex_widgets.errors import SavedRunError
from tests.bridge.test_run import bits, started
from tests.bridge.worlds import Quarters, ToyNetwork, square, toy_digits

__all__ = ["toy_digits"]


def far(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    return (first - second).abs().mean((1, 2, 3))


@pytest.mark.parametrize("steps", [0, 1, 2, 5, 9, 11])
def test_a_saved_run_goes_on_to_the_bit(steps: int, tmp_path: Path) -> None:
    network, model, second = ToyNetwork(), Quarters().eval(), Quarters(9.0).eval()
    given = {"network": network, "second": second, "ot_ode": False}
    run = started(model=model, **given)
    for _ in range(steps):
        run.step()
    path = run.save(tmp_path / "a.run")
    again = rw.load_run(path, model, network=network, second=second)
    now = again.result()
    assert bits(now) == bits(run.result())
    assert now.evaluations.breakdown == run.result().evaluations.breakdown
    assert (now.stage, now.message) == (run.result().stage, run.result().message)
    assert again.seed == run.seed
    assert again.progress.fraction == pytest.approx(run.progress.fraction)
    expected = started(model=model, **given).wait()
    assert bits(again.wait()) == bits(expected)
    np.testing.assert_array_equal(again.result().second, expected.second)
    again.extend(samples=1)
    assert bits(again.wait()) == bits(started(model=model, n_inpaints=3, **given).wait())


def test_a_branched_run_and_a_found_region_are_kept(tmp_path: Path) -> None:
    network, model = ToyNetwork(), Quarters().eval()
    found = {"region": None, "cell_size": 4, "lpips_from": far}
    run = started(model=model, network=network, **found)
    run.wait()
    other = run.changed(from_step=3, target=3)
    other.step()
    again = rw.load_run(other.save(tmp_path / "b.run"), model, network=network, lpips_from=far)
    assert bits(again.wait()) == bits(other.wait())
    one, two = again.result(), other.result()
    assert one.branches == two.branches and one.region_source == two.region_source
    np.testing.assert_array_equal(one.region_map, two.region_map)
    np.testing.assert_array_equal(one.lpips, two.lpips)
    assert one.choices == two.choices


def test_the_best_of_many_is_kept(tmp_path: Path) -> None:
    network, model = ToyNetwork(), Quarters().eval()
    run = started(model=model, network=network, guidance="best_of", candidates=3)
    for _ in range(6):
        run.step()
    again = rw.load_run(run.save(tmp_path / "c.run"), model, network=network)
    assert bits(again.wait()) == bits(run.wait())


def test_the_digits_need_nothing_again(toy_digits: Any, tmp_path: Path) -> None:
    run = rw.start(3, "digits", method="rcsb", nfe=3, n_inpaints=2, seed=0)
    for _ in range(4):
        run.step()
    path = run.save(tmp_path / "d.run")
    again = rw.load_run(path, "digits")
    assert bits(again.wait()) == bits(run.wait())
    assert again.result().source == "digit 3"
    with pytest.raises(SavedRunError, match="network was given, but the run was made with"):
        rw.load_run(path, "digits", network=ToyNetwork())


def test_what_has_to_be_given_again_and_other_models(tmp_path: Path) -> None:
    network, model = ToyNetwork(), Quarters().eval()
    run = started(model=model, network=network)
    run.wait()
    path = run.save(tmp_path / "e.run")
    with pytest.raises(SavedRunError, match="made with toy as network, which a file cannot hold"):
        rw.load_run(path, model)
    with pytest.raises(SavedRunError, match="The run belongs to another classifier"):
        rw.load_run(path, Quarters(3.0).eval(), network=network)
    other = ToyNetwork()
    other.kernel *= 0.7
    with pytest.raises(SavedRunError, match="The run belongs to another network"):
        rw.load_run(path, model, network=other)


def test_damage_is_told(tmp_path: Path) -> None:
    network, model = ToyNetwork(), Quarters().eval()
    run = started(model=model, network=network)
    for _ in range(5):
        run.step()
    state, arrays = run._procedure.state()
    assert state["groups"][0]["numbers"] == [0, 2]
    path = run.save(tmp_path / "f.run")
    whole = path.read_bytes()
    for cut in (10, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:cut])
        with pytest.raises(SavedRunError):
            rw.load_run(path, model, network=network)
    fresh = started(model=model, network=network)
    damaged = (
        (lambda s, a: s["groups"][0].update(numbers=[1, 3]), "wrong numbers"),
        (lambda s, a: s["groups"][0].update(numbers=[0, 5]), "wrong numbers"),
        (lambda s, a: s["groups"][0].update(forming=[0]), "wrong shape"),
        (lambda s, a: a.update(samplers=a["samplers"][:-8]), "cut off"),
        (lambda s, a: a.update(look=a["look"][None]), "wrong shape"),
        (lambda s, a: s.update(extended=1000), "too many samples"),
    )
    import copy

    for damage, words in damaged:
        told, held = copy.deepcopy(state), dict(arrays)
        damage(told, held)
        with pytest.raises(ValueError, match=words):
            fresh.changed()._procedure.restore(told, held)


def test_tensors_come_back_as_they_were() -> None:
    states: list[dict[str, Any]] = [
        {"a": torch.arange(6).reshape(2, 3), "b": "text", "c": torch.tensor(1.5)},
        {"d": torch.zeros(0, 3), "e": torch.tensor([True, False]), "f": torch.randn(4)},
    ]
    data, told = packed(states)
    assert data.dtype == np.uint8
    for given, found in zip(states, unpacked(data, told), strict=True):
        assert list(given) == list(found)
        for name, value in given.items():
            if isinstance(value, str):
                assert found[name] == value
            else:
                tensor = found[name]
                assert isinstance(tensor, torch.Tensor)
                assert tensor.dtype == value.dtype and torch.equal(tensor, value)
                assert tensor.shape == value.shape
    for broken in (data[:-1], np.concatenate([data, data[:1]])):
        with pytest.raises(ValueError, match=r"cut off|more bytes"):
            unpacked(broken, told)
    told[0][0][1] = "object"
    with pytest.raises(ValueError, match="of the type 'object'"):
        unpacked(data, told)


def test_a_run_of_many_parts_stays_small(tmp_path: Path) -> None:
    run = started(square(0), network=ToyNetwork(), n_inpaints=1)
    for _ in range(3):
        run.extend(samples=1)
        run.wait()
    assert run.save(tmp_path / "g.run").stat().st_size < 200_000


def _as_before(run: Any, state: Any, arrays: Any) -> None:
    """Turn a state into one of the time when all pixels were saved, byte after byte."""
    states = []
    for group, told in zip(run._procedure.groups, state["groups"], strict=True):
        tensors = group.sampler.state()
        states.append(tensors)
        told["contents"] = [
            [name, "text", value] if isinstance(value, str)
            else [name, str(value.numpy().dtype), list(value.shape)]
            for name, value in tensors.items()
        ]  # fmt: skip
        del told["outside"], told["ahead"]
        stack = np.stack([group.forming[at] for at in told["forming"]])
        arrays[f"forming{told['numbers'][0]}"] = stack
    plain = [
        value.numpy().tobytes()
        for tensors in states
        for value in tensors.values()
        if not isinstance(value, str)
    ]
    arrays["samplers"] = np.frombuffer(b"".join(plain), np.uint8)


@pytest.mark.parametrize("steps", [3, 6])
def test_a_run_that_was_saved_whole_is_read(steps: int) -> None:
    run = started()
    for _ in range(2 + steps):
        run.step()
    state, arrays = run._procedure.state()
    arrays = dict(arrays)
    _as_before(run, state, arrays)
    fresh = started()
    fresh._procedure.restore(state, arrays)
    assert bits(fresh.result()) == bits(run.result())
    assert bits(fresh.wait()) == bits(started().wait())


def test_only_the_inside_of_the_region_is_kept(tmp_path: Path) -> None:
    region = np.zeros((16, 16), np.bool_)
    region[2:8, 4:12] = True
    network, model = ToyNetwork(), Quarters().eval()
    for ot_ode, most in ((True, 0.2), (False, 0.55)):
        given = {"network": network, "region": region, "n_inpaints": 8, "ot_ode": ot_ode}
        run = started(model=model, nfe=12, **given)
        for _ in range(9):
            run.step()
        _, arrays = run._procedure.state()
        whole = {"samplers": 0, "forming": 0}
        for group in run._procedure.groups:
            for value in group.sampler.state().values():
                whole["samplers"] += 0 if isinstance(value, str) else value.nbytes
            whole["forming"] += sum(shown.nbytes for shown in group.forming.values())
        assert arrays["samplers"].nbytes < most * whole["samplers"] + 2000
        assert arrays["forming0"].nbytes * 256 == whole["forming"] * 48
        # every moment can be branched from as before
        again = rw.load_run(run.save(tmp_path / "a.run"), model, network=network)
        for at in range(8):
            one, other = (held.changed(from_step=at, target=3) for held in (run, again))
            assert bits(one.wait()) == bits(other.wait())
        finished = started(model=model, nfe=12, **given)
        finished.wait()
        state, arrays = finished._procedure.state()
        names = [row[0] for row in state["groups"][0]["contents"]]
        assert "now_x" in names and "now_first" not in names
        again = rw.load_run(finished.save(tmp_path / "b.run"), model, network=network)
        one, other = (held.changed(from_step=5, scale=3.0) for held in (finished, again))
        assert bits(one.wait()) == bits(other.wait())


def test_forged_insides_are_told() -> None:
    run = started()
    for _ in range(5):
        run.step()
    state, arrays = run._procedure.state()
    import copy

    for damage, words in (
        (lambda s, a: s["groups"][0]["outside"].update(x1="sky"), "outside of x1 is"),
        (lambda s, a: s["groups"][0]["outside"].update(at="picture"), "has not the region's"),
        (lambda s, a: a.update(forming0=a["forming0"][:, :, 1:]), "wrong shape"),
        (lambda s, a: s["groups"][0].update(ahead=1), "asked other questions"),
    ):
        told, held = copy.deepcopy(state), dict(arrays)
        damage(told, held)
        with pytest.raises(ValueError, match=words):
            started()._procedure.restore(told, held)
