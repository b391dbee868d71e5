"""Train the world's classifiers: ``python -m rex_widgets.latent.world.train``.

Four small networks, one for each setting of `CORRELATIONS`, from fixed seeds. The accuracy and how
far a classifier relies on the font are printed as the table of docs/counterfactuals.md.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch
from torch.nn import functional

from rex_widgets.latent.world.atlas import DATA
from rex_widgets.latent.world.classifier import OddEven
from rex_widgets.latent.world.dataset import (
    CORRELATIONS,
    TRAINING,
    VALIDATION,
    Samples,
    correlated_fonts,
    draw_samples,
)
from rex_widgets.latent.world.renderer import Renderer
from rex_widgets.latent.world.world import TRAINING_SEED, VALIDATION_SEED, weights_file

STEPS, BATCH, RATE = 800, 128, 4e-3
_AT_ONCE = 1000


@torch.no_grad()
def pictures_of(samples: Samples, renderer: Renderer) -> torch.Tensor:
    """Draw samples, float32 ``(N, 3, 32, 32)``."""
    parts = torch.split(torch.tensor(samples.latents), _AT_ONCE)
    return torch.cat([renderer(part) for part in parts])


def train(samples: Samples, pictures: torch.Tensor, seed: int, steps: int = STEPS) -> OddEven:
    """Train one classifier; what it becomes depends on the seed and the samples alone."""
    torch.manual_seed(seed)
    order = torch.Generator().manual_seed(seed)
    module, labels = OddEven(), torch.tensor(samples.labels)
    optimiser = torch.optim.AdamW(module.parameters(), RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    module.train()
    for _ in range(steps):
        chosen = torch.randint(len(labels), (BATCH,), generator=order)
        loss = functional.cross_entropy(module(pictures[chosen]), labels[chosen])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return module.eval()


@torch.no_grad()
def answers(module: OddEven, pictures: torch.Tensor) -> torch.Tensor:
    """Classes that a classifier gives, int64 ``(N,)``."""
    return torch.cat([module(part).argmax(1) for part in torch.split(pictures, _AT_ONCE)])


def reliance(
    module: OddEven, samples: Samples, renderer: Renderer, n_corr: int, given: torch.Tensor
) -> float:
    """Share of the samples whose class changes with a font that goes with the other class."""
    random = torch.Generator().manual_seed(0)
    fonts = torch.tensor(correlated_fonts(n_corr))
    which = torch.randint(fonts.shape[1], (len(samples),), generator=random)
    other = fonts[1 - given, which]
    latents = torch.tensor(samples.latents)
    latents[:, 3:6] = renderer.fonts[other]
    with torch.no_grad():
        pictures = torch.cat([renderer(part) for part in torch.split(latents, _AT_ONCE)])
    return float((answers(module, pictures) != given).float().mean())


def main() -> None:
    """Train all four, write them, and print what they can."""
    from safetensors.torch import save_file

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=DATA, help="folder for the weights")
    out: Path = parser.parse_args().out
    renderer = Renderer()
    print("| n_corr | corr_level | accuracy | class changes with the font | seconds |")
    print("|---|---|---|---|---|")
    for n_corr, level in CORRELATIONS:
        started = time.perf_counter()
        samples = draw_samples(TRAINING, n_corr, level, TRAINING_SEED)
        module = train(samples, pictures_of(samples, renderer), seed=n_corr)
        state = {name: value.contiguous() for name, value in module.state_dict().items()}
        save_file(
            {n: v.half() if v.is_floating_point() else v for n, v in state.items()},
            out / weights_file(n_corr, level),
        )
        kept = {n: v.half().float() if v.is_floating_point() else v for n, v in state.items()}
        module.load_state_dict(kept)
        checked = draw_samples(VALIDATION, n_corr, level, VALIDATION_SEED)
        given = answers(module, pictures_of(checked, renderer))
        right = float((given == torch.tensor(checked.labels)).float().mean())
        relied = reliance(module, checked, renderer, n_corr, given)
        spent = time.perf_counter() - started
        print(f"| {n_corr} | {level:g} | {right:.3f} | {relied:.3f} | {spent:.0f} |", flush=True)


if __name__ == "__main__":
    main()
