"""A result as files: which numbers and arrays there are depends on its method."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.errors import InputError
from rex_widgets.files_out.causal import (
    causal_arrays,
    causal_companions,
    causal_document,
    causally_explained,
)
from rex_widgets.files_out.latent import (
    latent_arrays,
    latent_companions,
    latent_document,
    latent_explained,
)
from rex_widgets.files_out.rcsb import (
    rcsb_arrays,
    rcsb_companions,
    rcsb_document,
    rcsb_explained,
)
from rex_widgets.files_out.relax import relax_arrays, relax_companions, relax_document
from rex_widgets.files_out.values import json_text, plain
from rex_widgets.files_out.writing import (
    affine_of,
    check_array_file,
    ending_of,
    nifti_bytes,
    npy_bytes,
    write_bytes,
    write_text,
)
from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.results import Explanation, Result


def explanation_document(
    explanation: Result,
    *,
    analysis: Any = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return all numbers of a result as JSON values; what is not finite is ``None``.

    Parameters
    ----------
    explanation
        Any result, finished or not.
    analysis
        An `Analysis` to be put in.
    settings
        Further settings by heading ("model", "input", …), beside those of the method.

    Returns
    -------
    dict
        Arrays (maps, masks) are not in it; see `save_arrays`.
    """
    if isinstance(explanation, RelaxExplanation):
        document = relax_document(explanation)
    elif isinstance(explanation, Counterfactuals):
        document = latent_document(explanation)
    elif isinstance(explanation, RegionCounterfactuals):
        document = rcsb_document(explanation)
    else:
        document = causal_document(_causal(explanation))
    if settings is not None:
        document["other_settings"] = settings
    if analysis is not None:
        document["analysis"] = analysis.document()
    values: dict[str, Any] = plain(document)
    return values


def is_explained(explanation: Result) -> bool:
    """Whether there is an answer.

    A verified explanation, or the map where only that is asked; of a representation a map; of
    latents a counterfactual for every sample; of a region a sample of the class asked for.
    """
    if isinstance(explanation, RelaxExplanation):
        return explanation.masks > 0
    if isinstance(explanation, Counterfactuals):
        return latent_explained(explanation)
    if isinstance(explanation, RegionCounterfactuals):
        return rcsb_explained(explanation)
    return causally_explained(_causal(explanation))


def save_json(explanation: Result, path: str | Path, *, analysis: Any = None) -> Path:
    """Write all numbers of an explanation as a JSON file, whole or not at all.

    Parameters
    ----------
    explanation
        Any explanation.
    path
        The file; one that is there is replaced.
    analysis
        An `Analysis` to be put in.

    Returns
    -------
    Path
        Absolute.
    """
    document = explanation_document(explanation, analysis=analysis)
    return write_text(path, json_text(document) + "\n")


def save_arrays(explanation: Result, path: str | Path) -> tuple[Path, ...]:
    """Write a result's arrays, whole or not at all.

    Parameters
    ----------
    explanation
        Any result.
    path
        A file ending in .npz: of an `Explanation` ``map``, ``map_error``, ``mask``, ``region``,
        ``ranking``, ``picture``, ``values``, ``part_names``, ``part_masks``; of a
        `RelaxExplanation` ``importance``, ``uncertainty``, ``importance_error``,
        ``uncertainty_error``, ``uncertainty_released``, ``u_relax``, ``embedding``, ``picture``,
        ``values``, ``neighbour_names``, ``neighbour_similarities``, ``neighbour_importances``;
        of both ``affine`` and ``positions`` as far as they are known; of `Counterfactuals` its
        fields ``latents``, ``images``, ``counterfactuals``, ``pictures``, ``before``, ``after``,
        ``target``, ``changed``, ``margins``, ``distance``, ``nearest_miss``, ``verdict``,
        ``diagnosis``, ``coordinates``, ``labels``, ``sample_names``, ``mean``, ``std``,
        ``minimum``, ``maximum``; of `RegionCounterfactuals` its fields ``before``, ``after``,
        ``region``, ``region_map``, ``probabilities_before``, ``probabilities``, ``curve``,
        ``steps``, ``reached``, ``flipped``, ``l1``, ``l2``, ``ssim``, ``lpips``, ``forming``,
        ``forming_steps``, ``second``, ``second_probabilities``, ``labels``; of all ``document``,
        the text of `explanation_document`.

        Or one ending in .npy, or for a volume in .nii or .nii.gz (with the affine of the volume
        as it was explained: turned, and resampled where the model takes another size): the map,
        the importance, the counterfactuals' latents, or the samples of a region. What belongs to it
        stands beside it, in files whose names end in "_mask"; "_uncertainty", "_importance_error"
        and "_uncertainty_error"; "_latents", "_after" and "_pictures"; or "_before", "_region" and
        "_probabilities".

    Returns
    -------
    tuple of Path
        The files written, absolute.

    Raises
    ------
    InputError
        The ending is another, or NIfTI is asked for what is no volume.
    """
    target = check_array_file(path, explanation.kind)
    ending = ending_of(target)
    if ending == ".npz":
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **_arrays(explanation))
        return (write_bytes(target, buffer.getvalue()),)
    if isinstance(explanation, RelaxExplanation):
        files = relax_companions(explanation)
    elif isinstance(explanation, Counterfactuals):
        files = latent_companions(explanation)
    elif isinstance(explanation, RegionCounterfactuals):
        files = rcsb_companions(explanation)
    else:
        files = causal_companions(_causal(explanation))
    affine = affine_of(explanation.axes)
    stem = target.name[: -len(ending)]
    return tuple(
        write_bytes(
            target.with_name(f"{stem}{suffix}{ending}"),
            npy_bytes(values) if ending == ".npy" else nifti_bytes(values, affine, ending),
        )
        for suffix, values in files.items()
    )


def _arrays(found: Result) -> dict[str, Any]:
    if isinstance(found, RelaxExplanation):
        arrays = relax_arrays(found)
    elif isinstance(found, Counterfactuals):
        arrays = latent_arrays(found)
    elif isinstance(found, RegionCounterfactuals):
        arrays = rcsb_arrays(found)
    else:
        arrays = causal_arrays(_causal(found))
    if found.axes is not None:
        arrays |= found.axes.state()[1]
    arrays["document"] = np.array(json_text(explanation_document(found)))
    return {name: np.asarray(array) for name, array in arrays.items()}


def _causal(found: Result) -> Explanation:
    if not isinstance(found, Explanation):
        raise InputError(
            f"A {type(found).__name__} was given; expected an Explanation, a RelaxExplanation, "
            "Counterfactuals or RegionCounterfactuals."
        )
    return found
