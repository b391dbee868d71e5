"""A value for every setting that is not its default, as it is written after its flag."""

from __future__ import annotations

from rex_widgets.flags import Flag

VALUES: dict[str, str] = {
    "target": "1",
    "strategy": "spatial",
    "minimum_confidence_threshold": "0.5",
    "seed": "7",
    "mask_value": "mean",
    "batch_size": "8",
    "minimise_budget": "10",
    "ranking": "responsibility",
    "chunk_size": "4",
    "search_limit": "50",
    "concentrate": "depth",
    "queue_len": "all",
    "queue_style": "dc",
    "distribution": "adaptive",
    "distribution_args": "0.5",
    "blend": "0.5",
    "confidence_filter": "0.5",
    "responsibility_style": "multiplicative",
    "context": "dark.png",
    "noise": "2",
    "bounding_box": "0,8,0,8",
    "region": "mask.png",
    "outside": "visible",
    "spatial_initial_radius": "9",
    "spatial_radius_eta": "0.7",
    "spotlight_eta": "0.7",
    "spotlight_objective_function": "max",
    "permitted_overlap": "0.5",
    "mode": "L",
    "array": "x",
    "row": "1",
    "volume": "1",
    "feature_names": "names.txt",
    "axis_name": "wavenumber",
    "axis_unit": "1/cm",
    "axis_positions": "positions.npy",
    "sample_rate": "8000",
    "start": "0.5",
    "mean": "0.5",
    "std": "0.5",
    "scale": "1",
    "labels": "labels.txt",
    "activation": "none",
    "runtime": "eager",
    "input_shape": "3,16,16",
    "binary_threshold": "0.5",
    "gpu": "false",
    "ort_logger": "4",
    "interpolation": "nearest",
    "crop": "0.5",
    "channel_order": "BGR",
    "colour": "10",
    "alpha": "0.7",
    "grid": "3,4",
    "resize": "20,20",
    "heatmap_colours": "viridis",
    "info": "false",
    "dpi": "90",
    "multi_style": "separate",
    "progress_bar": "false",
    "normalise_curves": "false",
    "curve_order": "map",
}
WITH = {"distribution_args": ["--distribution", "binom"], "noise": ["--context", "dark.png"]}
"""What else has to be said with a value."""


def value_of(flag: Flag) -> str:
    """Return a value that is not the flag's default."""
    if flag.key in VALUES:
        return VALUES[flag.key]
    return "true" if flag.switch else "3"
