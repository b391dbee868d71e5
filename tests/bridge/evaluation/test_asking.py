"""What an evaluation is given is neither changed nor aliased."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rex_widgets.bridge.evaluation.asking import answers_of, pictures_of


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_pictures_that_cannot_be_written_to_are_read_and_copied(kind: type) -> None:
    given = np.zeros((2, 4, 4), kind)
    given.flags.writeable = False
    read = pictures_of(given[:1])
    assert read.shape == (1, 1, 4, 4)
    read += 1
    assert not given.any()


def test_a_module_keeps_the_mode_of_each_of_its_parts() -> None:
    resting = torch.nn.Dropout(0.5).eval()
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 3), resting)
    module.training = True
    modes = [part.training for part in module.modules()]
    answers = answers_of(module)
    pictures = torch.rand(5, 1, 2, 2)
    assert torch.equal(answers(pictures), answers(pictures))
    assert [part.training for part in module.modules()] == modes == [True, True, True, False]
