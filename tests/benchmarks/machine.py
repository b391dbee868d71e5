"""What the figures were measured on, and the pinning that both systems share."""

from __future__ import annotations

import os
import platform
import sys

from rex_widgets.versions import library_versions

CPUS = 2


def pin() -> int:
    """Keep this process and all it starts on the same two CPUs; how many they are."""
    chosen = sorted(os.sched_getaffinity(0))[:CPUS]
    os.sched_setaffinity(0, chosen)
    # numerical libraries count the machine's CPUs, not the allowed ones, unless they are told
    os.environ["OMP_NUM_THREADS"] = str(len(chosen))
    return len(chosen)


def description(cpus: int) -> str:
    """The machine in words that say nothing about whose it is."""
    return f"{platform.system()} {platform.machine()}, {cpus} cores, no accelerator"


def load_note() -> str:
    """A warning when others are using the machine; empty when it is quiet."""
    load = os.getloadavg()[0]
    if load < 0.5:
        return ""
    return (
        f"The machine is not quiet (load average {load:.1f}): both systems are slowed down, "
        "and times are not to be trusted."
    )


def versions(peer: dict[str, str]) -> list[tuple[str, str, str]]:
    """Rows (library, here, in the peer's environment)."""
    own = {"python": ".".join(map(str, sys.version_info[:3])), **library_versions()}
    names = [*own, *(name for name in peer if name not in own)]
    return [(name, own.get(name, "–"), peer.get(name, "–")) for name in names]
