"""What axe-core has to say about a page: the standard checker, run inside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "js" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")

_RUN = """async selector => {
    const found = await axe.run(selector, { resultTypes: ['violations'] });
    return found.violations.map(v => ({
        id: v.id, impact: v.impact, help: v.help,
        nodes: v.nodes.map(n => n.html.slice(0, 200) + ' ' + (n.failureSummary ?? '')),
    }));
}"""


def grave_violations(page: Page, selector: str) -> list[str]:
    """Check what `selector` matches; return the serious and critical violations, one line each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(_RUN, selector)
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {node}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]
