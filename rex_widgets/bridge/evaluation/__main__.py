"""``python -m rex_widgets.bridge.evaluation``: the table of held-out digits or letters."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rex_widgets.bridge.areas.registry import BY_DEFAULT
from rex_widgets.bridge.evaluation.by_hand import by_hand
from rex_widgets.bridge.evaluation.digits import ASKED, DigitFeatures, digits_lpips, digits_set
from rex_widgets.bridge.evaluation.evaluating import CONTROLS, EvaluationRun, Progress, finished
from rex_widgets.bridge.evaluation.opening import start_evaluation
from rex_widgets.bridge.packaged import PACKAGED
from rex_widgets.bridge.settings import DIGITS, RcsbSettings
from rex_widgets.errors import RexWidgetsError
from rex_widgets.run_file import replacing

NOTE = """\
Shares and means are over pictures, ± their standard errors (of sfid: the deviation over splits).
Features (FID, sFID, S³) and LPIPS (uniform heads) are those of the second classifier, so
these four compare with each other and not with numbers of the literature."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate, print the means, write the rows, and return the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        run = _started(asked)
        found = finished(run, None if asked.silent else _told)
        if not asked.silent:
            print(file=sys.stderr)
        print(f"{found}\n{NOTE}")
        if asked.out:
            found.to_csv(asked.out)
        if asked.markdown:
            with replacing(Path(asked.markdown)) as file:
                file.write(found.to_markdown().encode())
    except RexWidgetsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _started(asked: argparse.Namespace) -> EvaluationRun:
    world = PACKAGED[asked.world].load()
    chosen = digits_set(world, asked.digits, asked.targets, asked.seed)
    features = DigitFeatures(world)
    settings = RcsbSettings(
        n_inpaints=asked.samples,
        nfe=asked.nfe,
        scale=asked.scale,
        start_step=asked.start_step,
        area=asked.area,
        attribution=asked.attribution,
        seed=asked.seed,
    )
    return start_evaluation(
        chosen.images,
        asked.world,
        targets=chosen.targets,
        settings=settings,
        controls=asked.controls,
        second=asked.world,
        regions=by_hand(asked.seed, asked.area) if asked.by_hand else None,
        encoder=features,
        features=features,
        lpips=digits_lpips(world),
        path=asked.keep,
    )


def _told(progress: Progress) -> None:
    row = progress.row
    print(
        f"\r{progress.done} of {progress.asked}: {row.source} to {row.target}, region "
        f"{row.control}: {row.reached} of {row.samples} reached, {row.seconds:.1f} s   ",
        end="",
        file=sys.stderr,
        flush=True,
    )


def _parser() -> argparse.ArgumentParser:
    standard = RcsbSettings()
    parser = argparse.ArgumentParser(
        prog="python -m rex_widgets.bridge.evaluation",
        description="Judge region-constrained counterfactuals of held-out pictures.",
    )
    add = parser.add_argument
    add("--world", choices=tuple(PACKAGED), default=DIGITS, help="default: %(default)s")
    add(
        "--pictures",
        "--digits",
        dest="digits",
        type=int,
        default=50,
        metavar="N",
        help="default: 50",
    )
    add(
        "--by-hand",
        action="store_true",
        help="boxes and strokes over the ink, as by hand, of --area, instead of regions found by "
        "--attribution",
    )
    add(
        "--targets",
        choices=ASKED,
        default=ASKED[0],
        help="classes asked for: one of the other nine, drawn (default); all nine; the second "
        "most probable",
    )
    add("--samples", type=int, default=standard.n_inpaints, help="of each; default: %(default)s")
    add("--nfe", type=int, default=standard.nfe, help="steps; default: %(default)s")
    add("--scale", type=float, default=standard.scale, help="of guidance; default: %(default)s")
    add("--start-step", type=int, default=standard.start_step, help="default: %(default)s")
    add("--area", type=float, default=standard.area, help="of the region; default: %(default)s")
    add("--attribution", default=BY_DEFAULT, help="default: %(default)s")
    add("--controls", nargs="+", choices=CONTROLS, default=list(CONTROLS), help="default: all")
    add("--seed", type=int, default=0, help="default: 0")
    add("--out", metavar="CSV", help="file for the rows, one for each question")
    add("--markdown", metavar="MD", help="file for the means")
    add("--keep", metavar="FILE", help="keep what is done in a file; the same call goes on from it")
    add("--silent", action="store_true", help="no progress")
    return parser


if __name__ == "__main__":
    sys.exit(main())
