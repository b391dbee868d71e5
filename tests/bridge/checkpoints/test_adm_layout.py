"""The layout read off names and shapes, for every layout that can be."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rex_widgets.bridge.checkpoints import AdmLayout, AdmUNet, infer_adm_layout
from rex_widgets.errors import ModelError, SettingsError
from tests.bridge.checkpoints.examples import TINY, tiny


def shapes_of(layout: AdmLayout) -> dict[str, tuple[int, ...]]:
    with torch.device("meta"):
        state = AdmUNet(layout).state_dict()
    return {name: tuple(weight.shape) for name, weight in state.items()}


@st.composite
def layouts(draw: st.DrawFn) -> AdmLayout:
    widths = tuple(draw(st.lists(st.sampled_from([32, 64, 96]), min_size=1, max_size=4)))
    rates = draw(st.sets(st.sampled_from([2**level for level in range(len(widths))])))
    return AdmLayout(
        widths=widths,
        model_channels=draw(st.sampled_from([32, 64])),
        num_res_blocks=draw(st.integers(1, 3)),
        attention_rates=tuple(sorted(rates)),
        in_channels=draw(st.sampled_from([1, 3, 6])),
        out_channels=draw(st.sampled_from([1, 3, 6])),
        num_head_channels=32,
        scale_shift=draw(st.booleans()),
        # with one level nothing is resized, and nothing tells how it would be
        resblock_updown=draw(st.booleans()) or len(widths) == 1,
        new_attention_order=draw(st.booleans()),
    )


@settings(max_examples=40, deadline=None)
@given(layouts())
def test_layout_is_read_back(layout: AdmLayout) -> None:
    order = layout.new_attention_order
    assert (
        infer_adm_layout(shapes_of(layout), num_head_channels=32, new_attention_order=order)
        == layout
    )


def test_published_network_is_read_with_the_defaults() -> None:
    layout = infer_adm_layout(shapes_of(AdmLayout.published()))
    assert layout == AdmLayout()
    assert (layout.trained_size, layout.multiple) == ((256, 256), 32)
    assert layout.attended_widths == (512, 1024, 1024, 1024)
    assert [layout.heads(width) for width in (512, 1024)] == [8, 16]


def test_published_takes_multipliers_and_sides() -> None:
    layout = AdmLayout.published(
        64,
        model_channels=64,
        channel_mult=(0.5, 1, 1.5),
        attention_resolutions=(32, 16),
        num_head_channels=32,
    )
    assert (layout.widths, layout.attention_rates) == ((32, 64, 96), (2, 4))
    assert layout.trained_size is None
    with pytest.raises(SettingsError, match=r"image_size=96: give channel_mult"):
        AdmLayout.published(96)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"widths": (32, 40)}, r"40 channels cannot be normalised in 32 groups"),
        ({"num_head_channels": 48}, r"num_head_channels=48: attention over 64 channels"),
        ({"num_head_channels": None, "num_heads": 7}, r"num_heads=7"),
        ({"widths": ()}, r"levels=0: 1 to 12"),
        ({"num_res_blocks": 0}, r"num_res_blocks=0"),
        ({"in_channels": 10**6}, r"in_channels=1000000"),
    ],
)
def test_impossible_layouts_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        AdmLayout(**{**vars(TINY), **change})  # type: ignore[arg-type]


def test_heads_that_the_weights_do_not_tell_are_asked_for() -> None:
    shapes = shapes_of(AdmLayout(**{**vars(TINY), "widths": (32, 96)}))  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=r"weights do not tell .* give num_head_channels"):
        infer_adm_layout(shapes)


def test_other_networks_are_refused() -> None:
    shapes = {name: tuple(weight.shape) for name, weight in tiny().state_dict().items()}
    with pytest.raises(ModelError, match=r"conditional on 1000 classes"):
        infer_adm_layout({**shapes, "label_emb.weight": (1000, 128)})
    with pytest.raises(ModelError, match=r"lack time_embed.0.weight"):
        infer_adm_layout({"conv_in.weight": (3, 3)})
    with pytest.raises(ModelError, match=r"no ADM U-Net has that"):
        infer_adm_layout({**shapes, "output_blocks.4.0.in_layers.2.weight": (32, 64, 3, 3)})
    with pytest.raises(ModelError, match=r"out.2.weight has shape \(3,\); expected 4"):
        infer_adm_layout({**shapes, "out.2.weight": (3,)})
