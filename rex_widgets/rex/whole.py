"""`explanation`: a whole ReX run, from the arguments to the pictures and the database."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rex_widgets.rex.analysis import analyze
from rex_widgets.rex.args import CausalArgs
from rex_widgets.rex.database import RexDatabase, update_database
from rex_widgets.rex.enums import Strategy
from rex_widgets.rex.explaining import Explanation
from rex_widgets.rex.loading import (
    get_prediction_func_from_args,
    load_and_preprocess_data,
    predict_target,
)
from rex_widgets.rex.multi import MultiExplanation
from rex_widgets.rex.search import calculate_responsibility

if TYPE_CHECKING:
    import torch


def explanation(
    args: CausalArgs, device: str | torch.device, db: RexDatabase | None = None
) -> Explanation | list[Explanation]:
    """Explain ``args.path``, or every file in it and below it.

    Parameters
    ----------
    args
        With ``path``, and ``model`` or ``script``. Pictures are made as ``output``, ``heatmap``
        and ``surface`` say ("show" or a file; for a folder, the input's name is put before the
        file's), metrics if ``analyse`` is set.
    device
        Where tensors are kept.
    db
        Where the results are added.

    Raises
    ------
    InputError, ModelError, SettingsError, StoreError
        With what was given, what was expected, and what to do.
    """
    function, shape = get_prediction_func_from_args(args)
    path = Path(args.path)
    if not path.is_dir():
        return _one(args, shape, function, device, db)
    found: list[Explanation] = []
    for file in sorted(place for place in path.rglob("*") if place.is_file()):
        each = copy.copy(args)
        each.path = str(file)
        for picture in ("output", "heatmap", "surface"):
            setattr(each, picture, _named_after(file, getattr(args, picture)))
        found.append(_one(each, shape, function, device, db))
    return found


def _one(
    args: CausalArgs,
    shape: Sequence[int | str],
    function: Any,
    device: str | torch.device,
    db: RexDatabase | None,
) -> Explanation:
    data = load_and_preprocess_data(shape, device, args)
    data.set_mask_value(args.mask_value)
    data.target = predict_target(data, args, function)
    maps, statistics = calculate_responsibility(data, args, function)
    several = args.strategy == Strategy.MultiSpotlight
    kind = MultiExplanation if several else Explanation
    found = kind(maps, function, data, args, statistics)
    if args.no_extract:
        return found
    found.extract()
    results = analyze(found, data.mode) if args.analyse or args.analyze else None
    if results is not None:
        print(", ".join(f"{name} {value}" for name, value in results.items() if value is not None))
    if args.surface is not None:
        found.surface_plot(_file(args.surface))
    if args.heatmap is not None:
        found.heatmap_plot(_file(args.heatmap))
    if args.output == "show":
        found.show()
    elif args.output is not None:
        found.save(args.output)
    if db is not None:
        update_database(db, found, analysis_results=results)
    return found


def _file(picture: str) -> str | None:
    return None if picture == "show" else picture


def _named_after(file: Path, picture: str | None) -> str | None:
    if picture is None or picture == "show":
        return picture
    return str(Path(picture).with_name(f"{file.stem}_{Path(picture).name}"))
