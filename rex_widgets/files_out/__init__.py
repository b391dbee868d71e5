"""Results as files for other programs: numbers as JSON, arrays as .npz, .npy and NIfTI."""

from __future__ import annotations

from rex_widgets.files_out.saving import (
    explanation_document,
    is_explained,
    save_arrays,
    save_json,
)
from rex_widgets.files_out.values import json_text
from rex_widgets.files_out.writing import check_array_file, write_text

__all__ = [
    "check_array_file",
    "explanation_document",
    "is_explained",
    "json_text",
    "save_arrays",
    "save_json",
    "write_text",
]
