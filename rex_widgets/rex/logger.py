"""ReX's logger. Nothing here writes to it; scripts may."""

from __future__ import annotations

import logging

logger = logging.getLogger("ReX")

_LEVELS = (logging.CRITICAL, logging.WARNING, logging.INFO)


def set_log_level(i: int, rex_logger: logging.Logger) -> None:
    """Set a logger's level: 0 only what is critical, 1 warnings, 2 information, 3 everything."""
    rex_logger.setLevel(_LEVELS[i] if 0 <= i < len(_LEVELS) else logging.DEBUG)
