"""Arrays that can be used as ReX's arrays and as its tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class ScriptArray(np.ndarray[Any, Any]):
    """A numpy array that also answers what scripts ask of a tensor on its way to numpy.

    Release 0.3 hands out arrays where 0.4 has tensors: ``exp.target_map.detach().cpu().numpy()``
    works as ``exp.target_map`` does.
    """

    def detach(self) -> ScriptArray:
        """The array."""
        return self

    def cpu(self) -> ScriptArray:
        """The array."""
        return self

    def numpy(self) -> NDArray[Any]:
        """The plain array."""
        return np.asarray(self)


def script_array(array: NDArray[Any]) -> ScriptArray:
    """A view of an array."""
    return np.asarray(array).view(ScriptArray)
