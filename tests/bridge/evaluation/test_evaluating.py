"""The loop over images: rows, means, stopping anywhere, and going on from a file."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.bridge.evaluation.asking import answers_of, pictures_of, targets_of
from rex_widgets.bridge.evaluation.evaluating import EvaluationRun, Progress, finished
from rex_widgets.bridge.evaluation.evaluation import Evaluation
from rex_widgets.bridge.evaluation.rows import COLUMNS, Judges
from rex_widgets.errors import InputError, ModelError, SavedRunError, SettingsError
from tests.bridge.evaluation.toys import SIZE, Halves, Paint, left_bright

IMAGES = left_bright(5)


def _flat(pictures: torch.Tensor) -> torch.Tensor:
    return pictures.flatten(1)


def _run(images: torch.Tensor = IMAGES, **given: Any) -> EvaluationRun:
    judged_by = Judges(answers_of(Halves()), **given.pop("judges", {}))
    return EvaluationRun(images, given.pop("maker", Paint()), judged_by, **given)


def _same(first: Evaluation, second: Evaluation) -> bool:
    return first.rows == second.rows and first.distances == second.distances


def test_rows_by_hand() -> None:
    found = finished(_run(targets=1, judges={"second": answers_of(Halves())}))
    assert found.complete and len(found.rows) == 15
    own, inverse, mirrored = found.rows[:3]
    assert [row.control for row in found.rows[:3]] == ["none", "inverse", "random"]
    assert (own.source, own.target, own.samples) == (0, 1, 2)
    # one of the two samples is the image itself
    assert (own.flipped, own.reached, own.second_reached, own.second_agreed) == (1, 1, 1, 1)
    assert own.best == 0 and own.best_reached
    assert own.area == pytest.approx(11 / 12) and inverse.area == pytest.approx(1 / 12)
    # a row of twelve is not enough to change the answer
    assert inverse.flipped == inverse.reached == 0 and not inverse.best_reached
    assert mirrored.reached == 1
    image = IMAGES[0].double()
    painted = image.clone()
    painted[:, 1:, : SIZE // 2], painted[:, 1:, SIZE // 2 :] = 0, 1
    assert own.l1 == pytest.approx(float((painted - image).abs().mean()) / 2, rel=1e-6)
    p_before = torch.softmax(Halves()(image[None]), 1)[0]
    assert own.p_source_before == pytest.approx(float(p_before[0]), rel=1e-5)
    p_after = torch.softmax(Halves()(painted[None]), 1)[0]
    assert own.p_target_after == pytest.approx(float(p_after[1] + p_before[1]) / 2, rel=1e-5)
    assert own.lpips is None and own.loss is None and own.s3 is None and own.cout is not None


def test_means_and_their_errors() -> None:
    images = IMAGES.clone()
    images[3:] = 1 - images[3:]
    found = finished(_run(images, targets=[1, 1, 1, 0, [0, 2]], controls=("none",)))
    assert [row.image for row in found.rows] == [0, 1, 2, 3, 4, 4]
    means = found.means()
    assert means["flip_rate"].value == pytest.approx(0.5)
    assert means["flip_rate"].error == pytest.approx(0, abs=1e-12)
    assert means["best_reached"].value == 1
    assert means["reached_of_flipped"].value == 1
    single = [row.l1 for row in found.rows[:4]]
    only = Evaluation(found.rows[:4], 4, ("none",))
    assert only.means()["l1"].value == pytest.approx(np.mean(single))
    expected = np.std(single, ddof=1) / math.sqrt(4)
    assert only.means()["l1"].error == pytest.approx(expected)
    assert math.isnan(Evaluation(found.rows[:1], 1, ("none",)).means()["l1"].error)


def test_shares_of_nothing_are_missing() -> None:
    found = finished(_run(targets=1, controls=("inverse",)))
    assert math.isnan(found.means("inverse")["reached_of_flipped"].value)
    assert "second_agrees" not in found.means("inverse") and "lpips" not in found.table()[0]


def test_lpips_loss_encoder_and_features() -> None:
    def apart(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        assert float(first.min()) < 0
        return (first - second).abs().mean((1, 2, 3), keepdim=True)

    found = finished(_run(targets=1, judges={"lpips": apart, "encoder": _flat}, features=_flat))
    row = found.rows[0]
    assert row.lpips == pytest.approx(2 * row.l1, rel=1e-5)
    assert row.loss == pytest.approx(row.p_source_after + 0.5 * 2 * row.l1, rel=1e-5)
    cosine = torch.nn.functional.cosine_similarity
    image = IMAGES[0].flatten()
    painted = image.reshape(SIZE, SIZE).clone()
    painted[1:, : SIZE // 2], painted[1:, SIZE // 2 :] = 0, 1
    expected = (float(cosine(image, painted.flatten(), dim=0)) + 1) / 2
    assert row.s3 == pytest.approx(expected, rel=1e-5)
    means = found.means()
    assert means["fid"].value > found.means("inverse")["fid"].value > 0
    assert means["sfid"].value > 0 and found.distances["none"].features == SIZE**2


@pytest.mark.parametrize("stop", [1, 4, 14])
def test_stopping_and_going_on_equals_never_stopping(stop: int, tmp_path: Path) -> None:
    whole = finished(_run(targets=1, features=_flat))
    path = tmp_path / "rows"
    first = _run(targets=1, features=_flat, path=path)

    def told(progress: Progress) -> bool:
        return progress.done < stop

    part = finished(first, told)
    assert len(part.rows) == stop and not part.complete
    assert part.rows == whole.rows[:stop]
    assert f"{stop} of 15" in str(part)
    assert _same(finished(first), whole)
    path.unlink()
    finished(_run(targets=1, features=_flat, path=path), told)
    maker = Paint()
    second = _run(targets=1, features=_flat, path=path, maker=maker)
    assert second.done == stop
    assert _same(finished(second), whole)
    assert len(maker.asked) == 15 - stop


def test_a_failure_keeps_what_was_done(tmp_path: Path) -> None:
    class Broken(Paint):
        def make(self, image: torch.Tensor, region: torch.Tensor, question: Any) -> Any:
            if question.image == 2:
                raise KeyboardInterrupt
            return super().make(image, region, question)

    with pytest.raises(KeyboardInterrupt):
        finished(_run(targets=1, maker=Broken(), path=tmp_path / "rows"))
    assert _run(targets=1, path=tmp_path / "rows").done == 6


def test_a_file_of_another_evaluation_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    finished(_run(targets=1, path=path))
    with pytest.raises(SavedRunError, match="other images, settings or models"):
        _run(targets=2, path=path)
    assert _run(targets=2, path=path, resume=False).done == 0
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(SavedRunError):
        _run(targets=1, path=path)


def test_a_region_is_found_once_an_image() -> None:
    maker = Paint()
    finished(_run(maker=maker, targets="each other"))
    assert maker.regions == 5 and len(maker.asked) == 5 * 2 * 3


def test_tables(tmp_path: Path) -> None:
    found = finished(_run(targets=1, features=_flat))
    with found.to_csv(tmp_path / "rows.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 15 and tuple(rows[0]) == COLUMNS
    assert rows[0]["control"] == "none" and rows[0]["lpips"] == ""
    assert float(rows[4]["l2"]) == found.rows[4].l2
    with found.to_csv(tmp_path / "means.csv", of="means").open(encoding="utf-8") as file:
        means = list(csv.DictReader(file))
    assert [row["control"] for row in means] == ["none", "inverse", "random"]
    assert float(means[0]["flip_rate"]) == 0.5 and means[0]["fid ±"] == ""
    text = found.to_markdown()
    assert text.splitlines()[0] == "| region | own | inverse | random |"
    assert "| flip_rate | 0.500 ± 0.000 | 0.000 ± 0.000 |" in text
    assert len({line.count("|") for line in text.splitlines()}) == 1
    assert str(found).splitlines()[0].split() == ["region", "own", "inverse", "random"]


def test_targets() -> None:
    probabilities = np.array([0.2, 0.5, 0.3])
    assert targets_of("each other", 0, 2, probabilities) == [0, 2]
    assert targets_of("second", 0, 2, probabilities) == [2]
    assert targets_of(1, 0, 2, probabilities) == []
    assert targets_of([0, [2, 1, 2]], 1, 2, probabilities) == [2]
    for wrong, words in (("all", "each other"), ([0], "1 entries for 2"), (3, "0 to 2")):
        with pytest.raises(SettingsError, match=words):
            targets_of(wrong, 0, 2, probabilities)  # type: ignore[arg-type]


def test_pictures() -> None:
    grey = np.arange(2 * 4 * 5, dtype=np.uint8).reshape(2, 4, 5)
    assert pictures_of(grey).shape == (2, 1, 4, 5)
    assert pictures_of(np.zeros((2, 4, 5, 3))).shape == (2, 3, 4, 5)
    assert pictures_of(torch.zeros(2, 3, 4, 5)).dtype == torch.float32
    for wrong in (np.zeros((4, 5)), np.full((1, 4, 4), 2.0), np.zeros((1, 2, 4, 5))):
        with pytest.raises(InputError):
            pictures_of(wrong)


def test_bad_questions_are_refused() -> None:
    with pytest.raises(SettingsError, match="controls"):
        _run(controls=("none", "mirror"))
    with pytest.raises(SettingsError, match="has the class"):
        _run(targets=0)
    with pytest.raises(ModelError, match="logits"):
        EvaluationRun(IMAGES, Paint(), Judges(answers_of(lambda x: 5 * x[:, 0, 0])))
    with pytest.raises(ModelError, match="expected a torch module"):
        answers_of(3)
