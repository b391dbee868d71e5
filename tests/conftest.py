"""What every test runs under: no screen, no traces in the person's home, repeatable examples."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parents[1]

# No deadline: how long an example takes says something about the machine, not about the code.
# Without a database and derandomized, a failure in CI is the failure that a person sees at home.
settings.register_profile(
    "repeatable",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the root of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session", autouse=True)
def _own_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep IPython's, Jupyter's and matplotlib's files away from the person's own."""
    folder = tmp_path_factory.mktemp("surroundings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLBACKEND", os.environ.get("MPLBACKEND", "Agg"))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("JUPYTER_CONFIG_DIR", str(folder / "jupyter-config"))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "jupyter-runtime"))
        yield
        _let_shells_go()


def _let_shells_go() -> None:
    """Spare every test's shell its farewell, which collects all garbage of all tests each time."""
    shells = sys.modules.get("IPython.core.interactiveshell")
    if shells is not None:
        for one in gc.get_objects():
            # isinstance would wake what is imported only when it is looked at
            if issubclass(type(one), shells.InteractiveShell):
                atexit.unregister(one.atexit_operations)
