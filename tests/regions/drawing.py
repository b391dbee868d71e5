"""Random shapes, and the definition of each shape written out pixel by pixel."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

Shape = dict[str, Any]
OPS = ("add", "add", "subtract", "intersect")
FAR = 2**21
EDGES = (-FAR, FAR, 0, 128, 256, -1, 127, 129, 2**20)


def random_shape(random: Random, height: int, width: int) -> Shape:
    """One shape of any kind; often on the middles of pixels, sometimes far outside."""
    kind = random.choice(
        ["brush"] * 5 + ["box", "ellipse"] * 3 + ["polygon"] * 4 + ["pixels"] * 2
        + ["invert", "clear", "grow", "shrink"]
    )  # fmt: skip
    if kind in ("invert", "clear"):
        return {"kind": kind}
    if kind in ("grow", "shrink"):
        return {"kind": kind, "by": random.choice([0, 1, 2, 3, 5, 9, 40])}
    op = random.choice(OPS)
    if kind == "pixels":
        runs = random_runs(random, height * width)
        shape = {"kind": kind, "op": op, "runs": runs}
        if random.random() < 0.5:
            shape["at"] = [random.randint(-width - 2, width + 2), random.randint(-height, height)]
        return shape
    count = {"brush": random.choice([1, 1, 2, 3, 8]), "polygon": random.choice([1, 2, 3, 4, 5, 9])}
    points = []
    style = random.random()
    for _ in range(count.get(kind, 2)):
        points += random_point(random, style, height, width)
    if kind == "brush":
        size = random.choice([0, 1, 255, 256, 257, random.randint(0, 5000), 256 * 3, 2**20])
        return {"kind": kind, "op": op, "size": size, "points": points}
    if kind in ("box", "ellipse") and random.random() < 0.15:
        points[random.choice([2, 3])] = points[random.choice([0, 1])]
    return {"kind": kind, "op": op, "points": points}


def random_point(random: Random, style: float, height: int, width: int) -> list[int]:
    """A point; in three styles of equal weight on the grid of middles, anywhere near, anywhere."""
    if style < 0.35:
        return [128 + 256 * random.randint(-2, width + 1), 128 + 256 * random.randint(-2, height)]
    if style < 0.85:
        return [random.randint(-512, 256 * width + 512), random.randint(-512, 256 * height + 512)]
    return [
        random.choice([*EDGES, random.randint(-FAR, FAR), random.randint(0, 256 * width)]),
        random.choice([*EDGES, random.randint(-FAR, FAR), random.randint(0, 256 * height)]),
    ]


def random_runs(random: Random, pixels: int) -> list[int]:
    """Runs of just so many pixels; some are empty."""
    runs = []
    left = pixels
    while left:
        run = min(left, random.choice([0, 1, 2, 7, random.randint(0, pixels)]))
        runs.append(run)
        left -= run
    return runs


def slow_mask(shapes: list[Shape], height: int, width: int) -> NDArray[np.bool_]:
    """The mask of shapes by their definition: each pixel on its own, with whole numbers."""
    mask = np.zeros((height, width), np.bool_)
    for shape in shapes:
        kind = shape["kind"]
        if kind == "clear":
            mask = np.zeros_like(mask)
        elif kind == "invert":
            mask = ~mask
        elif kind == "grow":
            mask = _grown(mask, shape["by"])
        elif kind == "shrink":
            mask = ~_grown(~mask, shape["by"])
        else:
            inside = [
                [_inside(shape, c, r, height, width) for c in range(width)] for r in range(height)
            ]
            covered = np.array(inside, np.bool_)
            if shape["op"] == "add":
                mask = mask | covered
            elif shape["op"] == "subtract":
                mask = mask & ~covered
            else:
                mask = mask & covered
    return mask


def slow_soft(mask: NDArray[np.bool_], n: int) -> NDArray[np.float32]:
    """The soft mask by its definition: every pixel against every other."""
    soft = mask.astype(np.float32)
    if n == 0:
        return soft
    for place in np.ndindex(mask.shape):
        others = np.argwhere(mask != mask[place])
        if not len(others):
            continue
        squared = int(((others - place) ** 2).sum(axis=1).min())
        # floor(256 d), in whole numbers
        parts = next(
            q for q in range(256 * (n + 2)) if (q + 1) ** 2 > squared * 65536 or q >= 256 * n + 128
        )
        level = min(32768, (parts - 128) * 32768 // (256 * n))
        soft[place] = (32768 + (level if mask[place] else -level)) / 65536
    return soft


def _grown(mask: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    result = np.zeros_like(mask)
    places = np.argwhere(mask)
    for place in np.ndindex(mask.shape):
        result[place] = (
            len(places) > 0 and int(((places - place) ** 2).sum(axis=1).min()) <= by * by
        )
    return result


def _inside(shape: Shape, column: int, row: int, height: int, width: int) -> bool:
    x, y = 256 * column + 128, 256 * row + 128
    kind = shape["kind"]
    if kind == "pixels":
        across, down = shape.get("at", (0, 0))
        c, r = column - across, row - down
        if not (0 <= c < width and 0 <= r < height):
            return False
        place, end = r * width + c, 0
        for i, run in enumerate(shape["runs"]):
            end += run
            if place < end:
                return i % 2 == 1
        raise AssertionError("the runs are too short")
    flat = shape["points"]
    points = list(zip(flat[::2], flat[1::2], strict=True))
    if kind == "brush":
        size = max(256, shape["size"])
        under = any(px // 256 == column and py // 256 == row for px, py in points)
        pieces = zip(points, points[1:] or points, strict=False)
        return under or any(4 * _distance2(x, y, a, b) <= size * size for a, b in pieces)
    (ax, ay), (bx, by) = points[0], points[-1]
    if kind == "polygon":
        return _in_polygon(x, y, points)
    if not (min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by)):
        return False
    if kind == "box":
        return True
    w, h = abs(bx - ax), abs(by - ay)
    return ((2 * x - ax - bx) * h) ** 2 + ((2 * y - ay - by) * w) ** 2 <= (w * h) ** 2


def _distance2(x: int, y: int, a: tuple[int, int], b: tuple[int, int]) -> Fraction:
    dx, dy = b[0] - a[0], b[1] - a[1]
    px, py = x - a[0], y - a[1]
    length2 = dx * dx + dy * dy
    t = Fraction(px * dx + py * dy, length2) if length2 else Fraction(0)
    t = min(Fraction(1), max(Fraction(0), t))
    return (px - t * dx) ** 2 + (py - t * dy) ** 2


def _in_polygon(x: int, y: int, points: list[tuple[int, int]]) -> bool:
    crossings = 0
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1], strict=True):
        cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        level = min(ay, by) <= y <= max(ay, by) and min(ax, bx) <= x <= max(ax, bx)
        if cross == 0 and level:
            return True
        if (ay <= y) != (by <= y):
            crossings += ax + Fraction((y - ay) * (bx - ax), by - ay) < x
    return crossings % 2 == 1
