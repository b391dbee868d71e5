"""Our ADM U-Net against guided-diffusion's own module.

The numbers were recorded once from openai/guided-diffusion at commit 22e0df8 (UNetModel, torch
2.13 on a processor, one thread), with the weights and the picture of `examples`; ours was equal to
the bit there.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
import torch

from rex_widgets.bridge.checkpoints import AdmLayout, AdmUNet
from rex_widgets.bridge.checkpoints.adm_blocks import AttentionBlock, time_embedding
from tests.bridge.checkpoints.examples import TINY, picture, seeded, tiny

TIMES = torch.tensor([0.1, 637.25])
PUBLISHED = AdmLayout(
    widths=(32, 32, 64),
    model_channels=32,
    num_res_blocks=2,
    attention_rates=(2, 4),
    num_head_channels=16,
)
CONVOLUTIONS = AdmLayout(
    widths=(32, 64),
    model_channels=32,
    num_res_blocks=1,
    attention_rates=(1,),
    in_channels=6,
    out_channels=3,
    num_head_channels=32,
    scale_shift=False,
    resblock_updown=False,
    new_attention_order=True,
)


@pytest.mark.parametrize(
    ("layout", "column", "row", "total", "mean_square"),
    [
        (
            PUBLISHED,
            [0.0127, -0.43174, 0.12105, -0.17014, -0.28363, 0.60087],
            [0.23222, 0.87773, 0.26812, 0.90987],
            43.1896,
            0.431031,
        ),
        (
            CONVOLUTIONS,
            [-0.296, -0.54925, 0.28636],
            [-0.00681, 0.05217, -0.36704, 0.16559],
            -25.0195,
            0.370877,
        ),
    ],
    ids=["as published", "convolutions, new order, x_1 seen"],
)
def test_answer_is_that_of_guided_diffusion(
    layout: AdmLayout, column: list[float], row: list[float], total: float, mean_square: float
) -> None:
    answer = tiny(layout)(picture(layout.in_channels), TIMES)
    assert answer[1, :, 5, 3].tolist() == pytest.approx(column, abs=3e-5)
    assert answer[0, 0, 0, :4].tolist() == pytest.approx(row, abs=3e-5)
    assert float(answer.double().sum()) == pytest.approx(total, abs=5e-3)
    assert float(answer.double().square().mean()) == pytest.approx(mean_square, abs=1e-5)


def test_answer_in_half_precision_is_that_of_guided_diffusion() -> None:
    answer = tiny().in_half_precision()(picture(), TIMES)
    assert answer.dtype == torch.float32
    assert answer[1, :, 5, 3].tolist() == pytest.approx([-0.95121, -0.24872, 0.5684], abs=5e-3)
    assert float(answer.double().square().mean()) == pytest.approx(0.358767, abs=2e-3)
    whole = tiny()(picture(), TIMES)
    assert not torch.equal(answer, whole)
    assert torch.allclose(answer, whole, atol=2e-2)


@pytest.mark.parametrize(
    ("size", "weights", "digest"),
    [
        (128, 420_505_606, "7acf55e0663e978a"),
        (256, 552_814_086, "99b0f51e19c0f485"),
        (512, 557_973_638, "dc590e186e3c998e"),
    ],
)
def test_names_shapes_and_order_are_those_of_the_published_networks(
    size: int, weights: int, digest: str
) -> None:
    with torch.device("meta"):
        network = AdmUNet(AdmLayout.published(size))
    assert sum(weight.numel() for weight in network.parameters()) == weights
    lines = [f"{name} {tuple(weight.shape)}" for name, weight in network.state_dict().items()]
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest().startswith(digest)
    assert [name for name, _ in network.named_parameters()] == list(network.state_dict())


def test_the_two_orders_of_attention_are_a_permutation_of_weights() -> None:
    old = AttentionBlock(replace(TINY, num_head_channels=16), 64)
    new = AttentionBlock(replace(TINY, num_head_channels=16, new_attention_order=True), 64)
    seeded(old)
    state = old.state_dict()
    for kind in ("weight", "bias"):
        # heads, three, channels of a head -> three, heads, channels of a head
        name = f"qkv.{kind}"
        split = state[name].reshape(4, 3, 16, -1)
        state[name] = split.transpose(0, 1).reshape(state[name].shape)
    new.load_state_dict(state)
    x = picture(64, 4)
    time = torch.zeros(2, 128)
    assert torch.allclose(old(x, time), new(x, time), atol=1e-6)
    assert not torch.allclose(old(x, time), seeded(new)(x, time), atol=1e-2)


def test_attention_over_equal_places_gives_each_its_own_value() -> None:
    block = AttentionBlock(replace(TINY, new_attention_order=True), 32)
    seeded(block)
    x = torch.zeros(1, 32, 2, 2)
    # normalised zeros are the norm's bias, the same everywhere, so every weight is a quarter
    value = block.qkv.weight[64:, :, 0] @ block.norm.bias + block.qkv.bias[64:]
    expected = block.proj_out.weight[:, :, 0] @ value + block.proj_out.bias
    assert torch.allclose(block(x, x)[0, :, 1, 0], expected, atol=1e-5)


def test_time_is_embedded_as_written_down() -> None:
    layout = replace(TINY, model_channels=4)
    # frequencies 1 and 10000^(-1/2)
    cosines, sines = torch.cos(torch.tensor([2.0, 0.02])), torch.sin(torch.tensor([2.0, 0.02]))
    found = time_embedding(torch.tensor([2.0]), layout)[0]
    assert torch.allclose(found, torch.cat([cosines, sines]))
    turned = time_embedding(torch.tensor([2.0]), replace(layout, sine_first=True, time_shift=1))[0]
    assert turned.tolist() == pytest.approx([0.9092974, 0.0002, -0.4161468, 1.0], abs=1e-6)


def test_recomputing_changes_nothing_in_answer_and_gradient() -> None:
    network = tiny()
    answers = []
    for recompute in (False, True):
        network.recompute = recompute
        x = picture().requires_grad_()
        answer = network(x, TIMES)
        (gradient,) = torch.autograd.grad(answer.square().sum(), x)
        answers.append((answer.detach(), gradient))
    assert torch.equal(answers[0][0], answers[1][0])
    assert torch.equal(answers[0][1], answers[1][1])
    assert float(answers[0][1].abs().min()) > 0
