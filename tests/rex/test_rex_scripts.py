"""Scripts for ``--script``, as both releases want them, and whole runs from the arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import rex_widgets as rw
from rex_widgets.classifiers import as_classifier
from rex_widgets.errors import ModelError
from rex_widgets.rex import (
    CausalArgs,
    Explanation,
    MultiExplanation,
    ReX,
    Strategy,
    db_to_pandas,
    get_prediction_func_from_args,
    initialise_rex_db,
    load_and_preprocess_data,
    load_script,
    predict_target,
)
from rex_widgets.rex.whole import explanation
from tests.rex.two_squares import SIDE, model, picture, prediction_function, saved

MODEL = """
import torch
class TwoSquares(torch.nn.Module):
    def forward(self, batch):
        means = [batch[:, :, a:b, a:b].mean((1, 2, 3)) for a, b in ((4, 12), (20, 28))]
        bright = torch.maximum(*means)
        return torch.stack((torch.full_like(bright, 2.0), 8 * bright), dim=1)
model = TwoSquares().eval()
"""

OLDER = (
    MODEL
    + """
import numpy as np
import torch.nn.functional as F
from PIL import Image
from rex_widgets.rex.input_data import Data
from rex_widgets.rex.prediction import from_pytorch_tensor

def preprocess(path, shape, device, mode) -> Data:
    with Image.open(path) as file:
        img = file.convert("RGB").resize((32, 32))
    data = Data(img, shape, device, mode="RGB", process=False)
    values = np.asarray(img, np.float32) / 255
    data.data = torch.from_numpy(values).permute(2, 0, 1).unsqueeze(0).to(device)
    return data

def prediction_function(mutants, target=None, raw=False, binary_threshold=None):
    with torch.no_grad():
        tensor = model(mutants)
        if raw:
            return F.softmax(tensor, dim=1)
        return from_pytorch_tensor(tensor)

def model_shape():
    return ["N", 3, 32, 32]
"""
)

NEWER = (
    MODEL
    + """
import numpy as np
from PIL import Image
from rex_widgets.rex.input.input_data import Data

def preprocess(path, shape, device) -> Data:
    with Image.open(path) as file:
        img = file.convert("RGB").resize((32, 32))
    data = Data(img, shape, device)
    values = np.asarray(img, np.float32) / 255
    data.data = torch.from_numpy(values).permute(2, 0, 1).unsqueeze(0).to(device)
    return data

model_shape = ["N", 3, 32, 32]
"""
)


@pytest.fixture(params=["older", "newer"])
def script(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"{request.param}.py"
    path.write_text(OLDER if request.param == "older" else NEWER)
    return path


def arguments(script: Path, folder: Path, **changes: Any) -> CausalArgs:
    args = CausalArgs()
    args.script, args.script_location = load_script(script), str(script)
    args.path, args.iters, args.seed, args.minimise_budget = saved(folder), 4, 1, 100
    args.spatial_initial_radius = args.spotlight_size = 6
    for name, value in changes.items():
        setattr(args, name, value)
    return args


def test_a_script_explains_a_file(script: Path, tmp_path: Path) -> None:
    found = explanation(arguments(script, tmp_path), "cpu")
    assert isinstance(found, Explanation)
    kept = torch.from_numpy(np.array(found.final_mask))
    assert prediction_function(torch.where(kept, found.data.data, 0.0))[0].classification == 1


def test_the_same_script_is_a_model_for_every_other_door(tmp_path: Path) -> None:
    path = tmp_path / "older.py"
    path.write_text(OLDER)
    result = rw.explain(
        saved(tmp_path), as_classifier(path), iters=4, seed=1, minimise_budget=50, progress=False
    )
    assert (result.target.index, result.verified) == (1, True)


def test_a_folder_pictures_metrics_and_a_database(
    script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "inputs" / "below"
    folder.mkdir(parents=True)
    saved(folder)
    picture().save(folder.parent / "other.png")
    args = arguments(
        script,
        tmp_path,
        path=str(tmp_path / "inputs"),
        output=str(tmp_path / "out.png"),
        heatmap=str(tmp_path / "heat.png"),
        surface=str(tmp_path / "surface.png"),
        analyse="print",
    )
    found = explanation(args, "cpu", initialise_rex_db(tmp_path / "rex.db"))
    assert isinstance(found, list)
    assert len(found) == 2
    for name in ("squares", "other"):
        for kind in ("out", "heat", "surface"):
            assert (tmp_path / f"{name}_{kind}.png").is_file()
    frame = db_to_pandas(tmp_path / "rex.db")
    assert len(frame) == 2
    assert frame["area"].notna().all()
    assert capsys.readouterr().out.count("insertion_curve") == 2


def test_other_strategies_and_the_map_alone(script: Path, tmp_path: Path) -> None:
    several = explanation(
        arguments(script, tmp_path, strategy=Strategy.MultiSpotlight, spotlights=2), "cpu"
    )
    assert isinstance(several, MultiExplanation)
    assert several.explanations
    only_map = explanation(arguments(script, tmp_path, no_extract=True), "cpu")
    assert isinstance(only_map, Explanation)
    assert only_map.result is None
    assert only_map.target_map.any()


def test_an_onnx_file_needs_no_script(tmp_path: Path) -> None:
    from rex_widgets.classifiers.export import onnx_bytes

    file = tmp_path / "squares.onnx"
    file.write_bytes(onnx_bytes(model, (3, SIDE, SIDE)))
    args = CausalArgs()
    args.model, args.path, args.gpu = str(file), saved(tmp_path), False
    function, shape = get_prediction_func_from_args(args)
    assert list(shape[1:]) == [3, SIDE, SIDE]
    data = load_and_preprocess_data(shape, "cpu", args)
    target = predict_target(data, args, function)
    assert target.classification == 1
    assert target.confidence == pytest.approx(
        prediction_function(data.data)[0].confidence, abs=1e-5
    )
    assert function(data.data, raw=True).shape == (1, 2)
    assert function(data.data, target)[0].target_confidence == pytest.approx(target.confidence)


def test_what_a_script_lacks_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not exist"):
        load_script(tmp_path / "missing.py")
    (tmp_path / "empty.py").write_text("model_shape = ['N', 3, 32, 32]\n")
    args = CausalArgs()
    with pytest.raises(ModelError, match="Neither"):
        get_prediction_func_from_args(args)
    args.script = load_script(tmp_path / "empty.py")
    with pytest.raises(ModelError, match="no prediction_function"):
        get_prediction_func_from_args(args)


def test_the_wrapper_of_release_0_4(tmp_path: Path) -> None:
    rex = ReX(model, ["N", 3, SIDE, SIDE], "cpu", "RGB")
    rex.args.iters, rex.args.seed, rex.args.minimise_budget = 4, 1, 100
    img = rex.set_rgb_image(saved(tmp_path))
    values = torch.from_numpy(np.asarray(img, np.float32) / 255)
    rex.set_transformed_data(values.permute(2, 0, 1).unsqueeze(0))
    rex.set_target().calculate_responsibility()
    rex.extract_sufficient_explanation()
    assert rex.explanation is not None
    small = int(np.asarray(rex.explanation.final_mask).sum())
    rex.extract_contrastive_explanation()
    assert int(np.asarray(rex.explanation.final_mask).sum()) > small
    rex.extract_complete_explanation()
    assert rex.explanation.complete_mask is not None
    assert rex.show().size == (SIDE, SIDE)
    assert rex.analyse()["area"] > 0
