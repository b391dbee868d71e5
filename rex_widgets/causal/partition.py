"""Splitting a box into four children at random coordinates, in one, two or three dimensions.

An interval gets three cuts, a rectangle one cut across its rows and one across
its columns, a cuboid one cut across each of two axes that are picked at random.
"""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.bounds import Bounds
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.errors import SettingsError
from rex_widgets.masks import Box, Shape, box_of, slices_of

CHILDREN = 4
"""Children of a box, whatever its dimensions."""

Children = tuple[Box, Box, Box, Box]


def area_of(box: Box) -> int:
    """Pixels, voxels or samples of a box."""
    return prod(box[i + 1] - box[i] for i in range(0, len(box), 2))


def root_box(shape: Shape, settings: CausalSettings, bounds: Bounds | None = None) -> Box:
    """The box that every tree begins with: ``bounding_box``, or the whole input.

    Of a region it is the smallest box around what it holds of it.

    Raises
    ------
    SettingsError
        ``bounding_box`` does not fit an input of this shape, or holds nothing
        of the region, or ``use_bounding_box`` is set and no box was given.
    """
    box = _asked_box(shape, settings)
    fitted = box if bounds is None else bounds.fitted(box)
    if fitted is None:
        raise SettingsError(
            f"bounding_box was {box}, which holds no place of the region; expected a box that "
            "holds some of it. Give another box or another region, or one of the two."
        )
    return fitted


def _asked_box(shape: Shape, settings: CausalSettings) -> Box:
    box = settings.bounding_box
    if box is None:
        if settings.use_bounding_box:
            raise SettingsError(
                "use_bounding_box was given, but there is no box: the model's prediction gives "
                "none. Give bounding_box, or leave use_bounding_box out."
            )
        return box_of(shape)
    inside = len(box) == 2 * len(shape) and all(
        end <= length for end, length in zip(box[1::2], shape, strict=True)
    )
    if not inside:
        raise SettingsError(
            f"bounding_box was {box}; expected a box inside {box_of(shape)}, the whole input at "
            "the model's resolution: for every axis its first place and the one after its last."
        )
    return box


def can_split(box: Box, depth: int, settings: CausalSettings, bounds: Bounds | None = None) -> bool:
    """Whether a box at ``depth`` of its tree may be split further.

    A box needs at least ``min_box_size`` pixels, voxels or samples, and room
    for cuts that leave no child empty: an interval four samples, a rectangle
    two rows and two columns, a cuboid two of its axes that are two long. A
    whole row or signal needs the room alone: a table may have few features.
    With ``bounds``, places outside the region do not count.
    """
    area = area_of(box) if bounds is None else bounds.places(box)
    if depth >= settings.tree_depth:
        return False
    if len(box) == 2:
        long = box[1] - box[0]
        return long >= CHILDREN and (depth == 0 or area >= settings.min_box_size)
    if area < settings.min_box_size:
        return False
    return len(_axes_with_room(box)) >= 2


def levels_worth_having(root: Box, settings: CausalSettings, bounds: Bounds | None = None) -> int:
    """Levels that a tree must have passed for its responsibility to count.

    Two, as long as the first level's boxes can on average be split again.
    """
    area = area_of(root) if bounds is None else bounds.places(root)
    again = area / CHILDREN >= max(settings.min_box_size, CHILDREN)
    return min(2 if again else 1, settings.tree_depth)


def split(
    box: Box,
    generator: np.random.Generator,
    settings: CausalSettings,
    weight: NDArray[np.float64] | None = None,
) -> Children:
    """Cut a box into four.

    Parameters
    ----------
    box
        A box that `can_split` allows.
    generator
        Source of the cuts. For a rectangle, one draw for the row, then one for
        the column; for an interval, three draws among the places that are still
        free; for a cuboid, one for the axis that is not cut (if all three have
        room), then one for each of the others, in order.
    settings
        ``distribution``, ``distribution_args`` and ``blend`` are read.
    weight
        For the adaptive distribution, the responsibility map so far, of the
        input's shape; cuts are drawn in proportion to its sum over the lines
        or planes of the box.

    Returns
    -------
    tuple
        Four boxes in the order of the input: of a rectangle top left, top
        right, bottom left, bottom right.
    """
    inside = None
    if settings.distribution == "adaptive" and weight is not None:
        inside = weight[slices_of(box)]
    if len(box) == 2:
        return _in_one_dimension(box, generator, settings, inside)
    first, second = _picked_axes(box, generator)
    cuts = [_one_cut(box, axis, generator, settings, inside) for axis in (first, second)]
    low, high = _halves(box, first, cuts[0])
    return *_halves(low, second, cuts[1]), *_halves(high, second, cuts[1])


def _in_one_dimension(
    box: Box,
    generator: np.random.Generator,
    settings: CausalSettings,
    inside: NDArray[np.float64] | None,
) -> Children:
    start, end = box
    free = np.arange(1, end - start)
    lines = None if inside is None else inside[1:]
    cuts = []
    for _ in range(CHILDREN - 1):
        place = _place(len(free), generator, settings, lines)
        cuts.append(start + int(free[place]))
        free = np.delete(free, place)
        lines = None if lines is None else np.delete(lines, place)
    first, second, third = sorted(cuts)
    return (start, first), (first, second), (second, third), (third, end)


def _axes_with_room(box: Box) -> list[int]:
    return [axis for axis in range(len(box) // 2) if box[2 * axis + 1] - box[2 * axis] >= 2]


def _picked_axes(box: Box, generator: np.random.Generator) -> tuple[int, int]:
    """The two axes that are cut, in order."""
    axes = _axes_with_room(box)
    if len(axes) > 2:
        del axes[int(generator.integers(len(axes)))]
    return axes[0], axes[1]


def _one_cut(
    box: Box,
    axis: int,
    generator: np.random.Generator,
    settings: CausalSettings,
    inside: NDArray[np.float64] | None,
) -> int:
    start, end = box[2 * axis], box[2 * axis + 1]
    lines = None
    if inside is not None:
        others = tuple(other for other in range(inside.ndim) if other != axis)
        lines = inside.sum(axis=others)[1:]
    return start + 1 + _place(end - start - 1, generator, settings, lines)


def _halves(box: Box, axis: int, cut: int) -> tuple[Box, Box]:
    start, end = 2 * axis, 2 * axis + 1
    return (*box[:end], cut, *box[end + 1 :]), (*box[:start], cut, *box[start + 1 :])


def _place(
    places: int,
    generator: np.random.Generator,
    settings: CausalSettings,
    weight: NDArray[np.float64] | None,
) -> int:
    """One of so many places for a cut, counted from 0."""
    match settings.distribution:
        case "binom":
            p = settings.distribution_args[0] if settings.distribution_args else 0.5
            return int(generator.binomial(places - 1, p))
        case "betabinom":
            assert settings.distribution_args is not None
            a, b = settings.distribution_args
            return int(generator.binomial(places - 1, generator.beta(a, b)))
        case "adaptive" if weight is not None and weight.sum() > 0:
            p = (1 - settings.blend) * weight / weight.sum() + settings.blend / places
            position = np.searchsorted(np.cumsum(p), generator.random() * p.sum(), side="right")
            return min(int(position), places - 1)
        case _:
            return int(generator.integers(places))
