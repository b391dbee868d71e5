"""A region from words: "the dog's collar".

METHODS §4 (d), after LangSAM: GroundingDINO finds boxes for a text, SAM cuts a mask out of each.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rex_widgets.bridge.areas.asked import ready_image
from rex_widgets.bridge.areas.cells import pixels_of
from rex_widgets.bridge.areas.found import AreaFound
from rex_widgets.bridge.areas.text_models import open_detector, open_segmenter
from rex_widgets.errors import InputError, ModelError, RexWidgetsError, SettingsError


def region_of_text(
    image: Any,
    prompt: str,
    *,
    area: float = 0.3,
    use_binary_masks: bool = False,
    detector: Any = None,
    segmenter: Any = None,
    box_threshold: float = 0.3,
) -> AreaFound:
    """Find the region that a text names, with GroundingDINO and SAM.

    Needs the extra: ``pip install "rex_widgets[text]"``. The models are given, never downloaded.
    With the published weights in two folders, as ``save_pretrained`` or a hub's own download
    leaves them (for example `grounding-dino-tiny`, 0.7 GB, and `sam-vit-base`, 0.4 GB; the files
    needed are config.json, model.safetensors, preprocessor_config.json and the tokenizer's)::

        found = region_of_text(
            image,
            "a collar. a leash.",
            detector="models/grounding-dino-tiny",
            segmenter="models/sam-vit-base",
        )

    or with models that are already in memory, also on a GPU::

        region_of_text(image, "a collar", detector=(dino, processor), segmenter=(sam, processor))

    A pair is faster when several pictures are asked about, since a folder is read every time.

    Parameters
    ----------
    image
        (C, H, W) in [0, 1] with 1 or 3 channels, tensor or array.
    prompt
        What to find; several things are parted by full stops.
    area
        Share of the picture that may change, in (0, 1). Not read with `use_binary_masks`.
    use_binary_masks
        The union of the masks as they are. Otherwise, if the union is larger than `area`, only
        its pixels with the highest logits are kept.
    detector
        Folder of a GroundingDINO model, or (model, processor or tokenizer).
    segmenter
        Folder of a SAM model, or (model, processor).
    box_threshold
        Least score of a box, in [0, 1).

    Returns
    -------
    AreaFound
        `map` has the highest logit of any mask; above 0 is inside.

    Raises
    ------
    InputError
        If the picture or the prompt cannot be used, a model is not given, or nothing is found.
    SettingsError
        If the area or the threshold is out of its range.
    ModelError
        If `transformers` is missing, or a model cannot be read or fails.
    """
    picture = ready_image(image, None)
    if picture.shape[1] not in (1, 3):
        raise InputError(
            f"The picture has {picture.shape[1]} channels; the models take 3, or 1 for grey."
        )
    picture = picture.expand(1, 3, *picture.shape[2:]).cpu()
    rows, columns = picture.shape[2:]
    asked = _phrases(prompt)
    if not 0 <= box_threshold < 1:
        raise SettingsError(
            f"box_threshold is {box_threshold}; give the least score of a box, from 0 to below 1."
        )
    budget = rows * columns if use_binary_masks else pixels_of(area, (rows, columns))
    finder, cutter = open_detector(detector), open_segmenter(segmenter)
    try:
        seen = finder.boxes(picture, asked, box_threshold)
        if len(seen.boxes) == 0:
            raise InputError(
                f"Nothing in the picture goes with {asked!r}: the surest box has a score of "
                f"{seen.surest:.3f}, and more than {box_threshold} is asked for. Say it "
                "otherwise, or give a lower box_threshold."
            )
        logits = cutter.logits(picture, seen.boxes).numpy()
    except RexWidgetsError:
        raise
    except Exception as error:
        raise ModelError(
            f"GroundingDINO and SAM failed on a picture of {rows} × {columns} "
            f"({type(error).__name__}: {error})."
        ) from error
    if not np.isfinite(logits).all():
        raise ModelError("SAM gave logits that are not finite; check its weights.")
    inside = logits > 0
    if not inside.any():
        raise InputError(
            f"{len(seen.boxes)} boxes go with {asked!r}, but the masks in them are empty. Draw the "
            "region, or say it otherwise."
        )
    found = int(inside.sum())
    if found == budget == inside.size:
        raise InputError(
            f"The masks of {asked!r} cover the whole picture, so that nothing of it would be kept. "
            "Say it otherwise, or give use_binary_masks=False: then only the surest pixels are "
            "taken, up to area."
        )
    if found > budget:
        # Of pixels with equal logits the upper and left ones are kept.
        order = np.argsort(-logits, axis=None, kind="stable")[:budget]
        inside = np.zeros(logits.shape, bool)
        inside.ravel()[order] = True
    note = f"{len(seen.boxes)} box{'' if len(seen.boxes) == 1 else 'es'} with scores from "
    note += f"{float(seen.scores[-1]):.2f} to {float(seen.scores[0]):.2f}; the masks cover "
    note += f"{found / inside.size:.1%} of the picture."
    return AreaFound(
        inside,
        logits.astype(np.float32),
        np.zeros((0, 4), np.int64),
        source=f"the text {prompt.strip()!r}",
        notes=(note,),
    )


def _phrases(prompt: str) -> str:
    """Write a prompt as GroundingDINO was trained: lower case, full stops after phrases."""
    text = " ".join(prompt.lower().split())
    if not text.strip(" ."):
        raise InputError("The prompt is empty; say what to find, for example 'a collar. a leash.'")
    if len(text) > 1000:
        raise InputError(f"The prompt has {len(text)} characters; give at most 1000.")
    return text if text.endswith(".") else text + "."
