"""The slider as the kernel knows it."""

from __future__ import annotations

from rex_widgets.widgets.range_slider import RangeSlider


def test_a_value_stays_between_the_ends() -> None:
    slider = RangeSlider(min=1, max=20, value=50, label="Iterations")
    assert slider.value == 20
    slider.value = -3
    assert slider.value == 1
    slider.max = 100
    slider.value = 60
    assert slider.value == 60


def test_a_value_may_be_read_in_parts_of_one() -> None:
    slider = RangeSlider(min=0, max=100, value=15, per=10, label="Scale")
    assert (slider.value, slider.per) == (15, 10)
