"""Regions drawn on a picture: shapes in whole numbers, masks, and the files that hold masks.

Nothing here knows a screen. The front end has the same geometry (``js/src/region-*.ts``), equal
bit for bit.
"""

from rex_widgets.regions.coco import coco_of
from rex_widgets.regions.fill import flood, top_share
from rex_widgets.regions.given import as_mask
from rex_widgets.regions.morph import feathered
from rex_widgets.regions.raster import rasterise
from rex_widgets.regions.reading import read_mask
from rex_widgets.regions.region import Region
from rex_widgets.regions.runs import pixels_shape
from rex_widgets.regions.shapes import Shape, checked_shapes
from rex_widgets.regions.writing import mask_bytes, write_mask

__all__ = [
    "Region",
    "Shape",
    "as_mask",
    "checked_shapes",
    "coco_of",
    "feathered",
    "flood",
    "mask_bytes",
    "pixels_shape",
    "rasterise",
    "read_mask",
    "top_share",
    "write_mask",
]
