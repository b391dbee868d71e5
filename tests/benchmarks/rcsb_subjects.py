"""Problems for the questions about RCSB: a network, a classifier, a picture and a region."""

from __future__ import annotations

import numpy as np
import torch

from rex_widgets.bridge.network import BridgeNetwork
from rex_widgets.bridge.problem import Problem

ADM_SIDE = 64
ADM_WIDTHS = (32, 64, 96)


class SmallClassifier(torch.nn.Module):
    """Ten classes of colour pictures, untrained: what it says does not matter here."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Conv2d(3, 16, 3, 2, 1),
            torch.nn.SiLU(),
            torch.nn.Conv2d(16, 32, 3, 2, 1),
            torch.nn.SiLU(),
            torch.nn.AdaptiveAvgPool2d(2),
            torch.nn.Flatten(),
            torch.nn.Linear(128, 10),
        )

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Logits."""
        logits: torch.Tensor = self.layers(pictures)
        return logits


def adm_network() -> BridgeNetwork:
    """An untrained U-Net laid out as the published ones, of reduced width, for 64 × 64."""
    from rex_widgets.bridge.checkpoints.adm import AdmUNet
    from rex_widgets.bridge.checkpoints.adm_layout import AdmLayout
    from rex_widgets.bridge.checkpoints.opening import open_network

    layout = AdmLayout(
        widths=ADM_WIDTHS, model_channels=32, attention_rates=(4,), num_head_channels=32
    )
    return open_network(AdmUNet(layout).eval())


def problem_of(subject: str) -> Problem:
    """A problem by name: "digits", or "adm" (random weights, seed 0)."""
    torch.manual_seed(0)
    if subject == "digits":
        from rex_widgets.bridge.digits import load_digits

        world = load_digits()
        image = 2 * torch.from_numpy(world.digits[:1].copy()).float() / 255 - 1
        return _problem(image, world.network, world.classifier)
    random = np.random.default_rng(0).random((3, 8, 8), np.float32)
    small = torch.from_numpy(2 * random - 1)[None]
    image = torch.nn.functional.interpolate(small, (ADM_SIDE, ADM_SIDE), mode="bilinear")[0]
    return _problem(image, adm_network(), SmallClassifier().eval())


def _problem(image: torch.Tensor, network: BridgeNetwork, classifier: torch.nn.Module) -> Problem:
    side = image.shape[1]
    region = torch.zeros(side, side, dtype=torch.bool)
    region[side // 4 : 3 * side // 4, side // 4 : 3 * side // 4 + 2] = True
    with torch.no_grad():
        source = int(classifier((image[None] + 1) / 2).argmax())

    def log_probabilities(pictures: torch.Tensor) -> torch.Tensor:
        return torch.log_softmax(classifier(pictures), 1)

    return Problem(
        image=image,
        region=region,
        target=(source + 1) % 10,
        source=source,
        log_probabilities=log_probabilities,
        network=network,
        modules=(classifier,),
    )
