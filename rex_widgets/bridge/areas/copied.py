"""A copy of a classifier that attributions may hook into.

Methods that look into layers hang hooks on them, change weights for a while, and stumble over
operations in place and over modules that are used more than once. So they never see the user's
module: they get a copy, where nothing works in place and every use of a module has a module of
its own (sharing the weights), and whatever happens to it happens to nobody else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from rex_widgets.bridge.areas.registry import NEEDS_LAYERS
from rex_widgets.errors import ModelError, SettingsError

if TYPE_CHECKING:
    import torch

    Module = torch.nn.Module


@dataclass(frozen=True, eq=False)
class CopiedModel:
    """A copy to be attributed, and what one pass through it was seen to do.

    Attributes
    ----------
    root
        Answers (N, K) for (N, C, H, W); the copy is its only child, `root.inner`.
    called
        Names of the copy's modules in the order in which they were called, as in
        `named_modules` of the user's; a name stands here as often as it was called.
    shapes
        The shape of each one's last output, for those that gave a tensor.
    """

    root: Module
    called: tuple[str, ...]
    shapes: dict[str, tuple[int, ...]]

    @property
    def parts(self) -> dict[str, Module]:
        """The copy's modules by name."""
        inner: Any = self.root.inner
        return dict(inner.named_modules())

    def layer(self, name: str | None) -> tuple[str, Module]:
        """Return the layer for Grad-CAM: the one named, or the last convolution that was called.

        Raises
        ------
        SettingsError
            If there is no such layer, or it cannot serve; the message names those that can.
        ModelError
            If none was named and there is no convolution.
        """
        import torch

        parts = self.parts
        uses = Counter(self.called)
        able = [n for n in dict.fromkeys(self.called) if n and self._spatial(n) and uses[n] == 1]
        kinds = (torch.nn.Conv2d, torch.nn.ConvTranspose2d)
        if not name:
            convolutions = [n for n in able if isinstance(parts[n], kinds)]
            if not convolutions:
                raise ModelError(
                    "Grad-CAM looks at the last convolution, and this classifier has none that "
                    f"is called once and gives a picture. {_named(able)}"
                )
            # A layer of one pixel says nothing about where, so larger ones go before it.
            wide = [n for n in convolutions if self.shapes[n][2] * self.shapes[n][3] > 1]
            name = (wide or convolutions)[-1]
        elif name not in able:
            why = "there is no module of that name"
            if name in parts:
                why = f"it is called {uses[name]} times in one pass, not once"
                if uses[name] == 1:
                    why = f"its output has the shape {self.shapes.get(name, 'of no tensor')}"
            raise SettingsError(f"Grad-CAM cannot look at layer={name!r}: {why}. {_named(able)}")
        return name, parts[name]

    def _spatial(self, name: str) -> bool:
        return len(self.shapes.get(name, ())) == 4


def copied(classifier: Any, image: torch.Tensor, count: Callable[[int], None]) -> CopiedModel:
    """Copy a module and make the copy fit for hooks.

    Parameters
    ----------
    classifier
        torch.nn.Module, (N, C, H, W) -> (N, K).
    image
        (1, C, H, W), for the pass that is watched.
    count
        Told the number of pictures at every call of the copy.

    Raises
    ------
    ModelError
        If it is not a module, or cannot be copied.
    """
    import torch

    if not isinstance(classifier, torch.nn.Module):
        raise ModelError(
            f"The classifier is a {type(classifier).__name__}; {', '.join(NEEDS_LAYERS)} look "
            "into the layers of a torch.nn.Module. Give the module itself, or another attribution."
        )
    try:
        inner = deepcopy(classifier)
    except Exception as error:
        raise ModelError(
            f"Attributions that look into layers work on a copy, and this classifier cannot be "
            f"copied ({type(error).__name__}: {error}). Take integrated_gradients, saliency or "
            "input_x_gradient, which leave the layers alone."
        ) from error
    inner.eval()
    for parameter in inner.parameters():
        parameter.requires_grad_(False)
    for part in inner.modules():
        if getattr(part, "inplace", None) is True:
            part.inplace = False  # type: ignore[assignment]
    called, shapes = _watched(inner, image)
    turns = _untangled(inner, Counter(called))
    return CopiedModel(_root(inner, turns, count), called, shapes)


def _watched(
    inner: Module, image: torch.Tensor
) -> tuple[tuple[str, ...], dict[str, tuple[int, ...]]]:
    """Return who is called in one pass, in order, and the shapes of what they give."""
    import torch

    called: list[str] = []
    shapes: dict[str, tuple[int, ...]] = {}

    def heard(name: str, part: Module, given: Any, output: Any) -> None:
        called.append(name)
        if isinstance(output, torch.Tensor):
            shapes[name] = tuple(output.shape)

    handles = [
        part.register_forward_hook(partial(heard, name)) for name, part in inner.named_modules()
    ]
    try:
        with torch.no_grad():
            inner(image.clone())
    finally:
        for handle in handles:
            handle.remove()
    return tuple(called), shapes


def _untangled(inner: Module, uses: Counter[str]) -> list[Any]:
    """Make the copy a tree in which every module is called once; return what takes turns.

    A module that stands in several places gets one of its own in each, and one without parts
    that is called several times gets one for each call.
    """
    often = {id(part): uses[name] for name, part in inner.named_modules()}
    placed: dict[int, Module] = {}

    def visit(parent: Module) -> None:
        for name, child in list(parent._modules.items()):
            if child is None:
                continue
            if id(child) in placed:
                parent._modules[name] = _twin(placed[id(child)])
                continue
            if any(True for _ in child.children()):
                visit(child)
                placed[id(child)] = child
            else:
                alone = often[id(child)] <= 1
                placed[id(child)] = child if alone else _turns_class()(child, often[id(child)])
            parent._modules[name] = placed[id(child)]

    visit(inner)
    return [part for part in inner.modules() if isinstance(part, _turns_class())]


def _twin(part: Module) -> Module:
    """Copy a module, sharing its weights."""
    shared: dict[int, Any] = {id(weight): weight for weight in part.parameters()}
    shared.update({id(values): values for values in part.buffers()})
    return deepcopy(part, shared)


@cache
def _turns_class() -> Any:
    import torch

    class Turns(torch.nn.Module):
        """Gives every call in a pass to a copy of `part` of its own."""

        def __init__(self, part: Module, uses: int) -> None:
            super().__init__()
            self.copies = torch.nn.ModuleList([part, *(_twin(part) for _ in range(uses - 1))])
            self.turn = 0

        def __getattr__(self, name: str) -> Any:
            # Classifiers may read a module's weights or settings besides calling it.
            if name in ("copies", "rule"):
                return super().__getattr__(name)
            try:
                return super().__getattr__(name)
            except AttributeError:
                copies: Any = super().__getattr__("copies")
                return getattr(copies[0], name)

        def forward(self, *given: Any, **named: Any) -> Any:
            copy = self.copies[self.turn % len(self.copies)]
            self.turn += 1
            return copy(*given, **named)

    return Turns


def _root(inner: Module, turns: list[Any], count: Callable[[int], None]) -> Module:
    import torch

    class Root(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            count(len(batch))
            for turn in turns:
                turn.turn = 0
            scores: torch.Tensor = self.inner(batch.clone())
            return scores

    return Root().eval()


def _named(able: list[str]) -> str:
    if not able:
        return "No layer of it gives a picture (N, channels, rows, columns), so take another one."
    shown = ", ".join(able[-12:])
    return f"Name one in layer=; the last that can serve are: {shown}."
