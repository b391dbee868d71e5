"""A form for the settings of any method, made from their dataclass."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import traitlets

from rex_widgets.errors import SettingsError
from rex_widgets.methods import METHODS
from rex_widgets.report.bundle import bundle_text
from rex_widgets.settings import Settings, build, options
from rex_widgets.settings.arranging import Group, Preset, arranged, preset_named
from rex_widgets.settings.describing import (
    SettingField,
    Written,
    changed,
    describe,
    held_words,
)
from rex_widgets.widgets._callbacks import Callbacks
from rex_widgets.widgets.live_widget import LiveWidget

# What the browser changes while a person types: an echo of an older value would jump back.
_IN_BROWSER = {"sync": True, "echo_update": False}
_NAMED = re.compile(r"\b[a-z][a-z0-9_]*\b")


class SettingsForm(LiveWidget):
    """Offer every setting of a method in the control that suits it.

    What is typed is a draft until "Apply" is pressed. Then the settings' own dataclass judges it:
    if it takes the draft, `settings` is another frozen value and the callbacks are told; if not,
    `settings` stays as it was and the reason stands beside the field. All methods may be called
    from any thread.

    Parameters
    ----------
    settings
        The settings in force, of any settings dataclass.
    presets
        Presets to choose from, or a mapping of them by name; those of the method that the
        settings belong to, if not given.
    scope
        Titles of groups and names of settings to be shown; all if not given. What is not shown
        stays as it is.
    groups
        How the settings are laid out; as the method has it, if not given.

    Attributes
    ----------
    draft : dict
        What is written and not applied yet, by name of the setting: text, or true and false.
    errors : dict
        What is wrong, by name of the setting; "" for what concerns several.
    note, error : str
        What is said beside the buttons, and a line about trouble.

    Raises
    ------
    SettingsError
        Scope or presets name what the settings do not have.

    Examples
    --------
    >>> from rex_widgets.causal.settings import CausalSettings
    >>> form = SettingsForm(CausalSettings(iters=50))                      # doctest: +SKIP
    >>> form.on_apply(lambda settings: print(settings.iters))              # doctest: +SKIP
    """

    _esm = bundle_text("settings-form")

    fields = traitlets.List(traitlets.Dict()).tag(sync=True)
    groups = traitlets.List(traitlets.Dict()).tag(sync=True)
    presets = traitlets.List(traitlets.Dict()).tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    held = traitlets.Dict().tag(sync=True)
    draft = traitlets.Dict().tag(**_IN_BROWSER)
    errors = traitlets.Dict().tag(**_IN_BROWSER)
    note = traitlets.Unicode("").tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        settings: Settings,
        *,
        presets: Iterable[Preset] | Mapping[str, Preset] | None = None,
        scope: Iterable[str] | None = None,
        groups: Iterable[Group] | None = None,
        **traits: Any,
    ) -> None:
        self._lock = threading.RLock()
        self._callbacks: Callbacks[[Settings]] = Callbacks()
        self._scope = scope if scope is None or isinstance(scope, str) else tuple(scope)
        self._fields: dict[str, SettingField] = {}
        self._settings = settings
        super().__init__(**traits)
        self._lay_out(settings, presets, groups, self._scope)
        self._show(settings)
        self.on_msg(self._receive)

    @property
    def settings(self) -> Settings:
        """The settings in force, a frozen dataclass."""
        return self._settings

    def changes(self) -> dict[str, Any]:
        """Return the settings in force that differ from their defaults, by name."""
        return changed(self._settings)

    def set_settings(self, settings: Settings) -> None:
        """Put other settings in force and forget the draft; does not call back.

        Parameters
        ----------
        settings
            Of the same dataclass, or of another method's: the form is made anew then, with that
            method's own groups and presets, all of them shown.
        """
        with self._lock:
            if type(settings) is not type(self._settings):
                self._lay_out(settings, None, None, None)
            self._settings = settings
            self._show(settings)

    def use_preset(self, name: str) -> None:
        """Fill the form with a preset, as choosing it does; "Apply" is still to be pressed.

        Raises
        ------
        SettingsError
            There is none of that name.
        """
        with self._lock:
            preset = preset_named(self._presets, name)
            written = self._written(preset.values(type(self._settings)))
            draft = {**self.draft, **written}
            self.draft = {n: text for n, text in draft.items() if text != self.values[n]}

    def apply(self) -> bool:
        """Apply the draft, as the button does; return whether the settings took it."""
        return self._apply(self.draft)

    def on_apply(self, callback: Callable[[Any], object], remove: bool = False) -> None:
        """Call back with the new settings whenever a draft was applied.

        Parameters
        ----------
        callback : callable
            Gets the settings. It may be called on any thread and should return soon.
        remove : bool
            Take the callback out again.
        """
        self._callbacks.register(callback, remove=remove)

    def close(self) -> None:
        """Take the form off the screen and drop the callbacks."""
        self._callbacks = Callbacks()
        super().close()

    def _lay_out(
        self,
        settings: Settings,
        presets: Iterable[Preset] | Mapping[str, Preset] | None,
        groups: Iterable[Group] | None,
        scope: Iterable[str] | None,
    ) -> None:
        cls = type(settings)
        if groups is None:
            groups = _of_method(cls, "GROUPS") or ()
        if presets is None:
            presets = _of_method(cls, "PRESETS") or ()
        given = presets.values() if isinstance(presets, Mapping) else presets
        shown = arranged(cls, groups, scope)
        names = {name for group in shown for name in group.names}
        self._fields = {field.name: field for field in describe(cls) if field.name in names}
        self._presets = {preset.name: preset for preset in given}
        # A preset that does not fit is told now, not when someone chooses it.
        documents = [
            {"name": p.name, "help": p.help, "values": self._written(p.values(cls))}
            for p in self._presets.values()
        ]
        with self.hold_sync():  # one message: the browser must not see half of it
            self.values = self.held = self.draft = self.errors = {}
            self.groups = [
                {"title": g.title, "names": list(g.names), "folded": g.folded} for g in shown
            ]
            self.presets = documents
            self.fields = [field.document() for field in self._fields.values()]

    def _written(self, values: Mapping[str, Any]) -> dict[str, Written]:
        written = {
            name: self._fields[name].write(value)
            for name, value in values.items()
            if name in self._fields
        }
        return {name: text for name, text in written.items() if text is not None}

    def _show(self, settings: Settings, draft: Mapping[str, Written] | None = None) -> None:
        held: dict[str, str] = {}
        values: dict[str, Written | None] = {}
        for name, field in self._fields.items():
            value = getattr(settings, name)
            values[name] = field.write(value)
            if values[name] is None:
                held[name] = held_words(value)
        with self.hold_sync():  # one message: the browser must not see half of it
            self.values, self.held = values, held
            self.draft, self.errors, self.error = dict(draft or {}), {}, ""

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not isinstance(content, dict) or content.get("type") != "apply":
            return
        applied = self._apply(content.get("draft"))
        # Only now: until the callbacks have run, the press is still waiting.
        self.send({"type": "ack", "applied": applied})

    def _apply(self, draft: Any) -> bool:
        with self._lock:
            if not isinstance(draft, Mapping):
                return False
            # First nothing: the same message again would not be sent, and the browser, which
            # takes a message away when its field is edited, would not show it.
            self.errors = {}
            values, errors = self._read(draft)
            if not errors:
                try:
                    made = build(type(self._settings), **(self._kept() | values))
                except SettingsError as problem:
                    errors = {self._place_of(str(problem), values): str(problem)}
            if errors:
                self.draft = self._checked(draft)
                self.errors = errors
                return False
            # What was typed while the press waited for a busy kernel is still to be applied.
            typed = {name: text for name, text in self.draft.items() if draft.get(name) != text}
            self._settings = made
            self._show(made, typed)
        self._callbacks(made)
        return True

    def _kept(self) -> dict[str, Any]:
        return {name: getattr(self._settings, name) for name in options(type(self._settings))}

    def _read(self, draft: Mapping[Any, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the values of a draft, and what is wrong with it."""
        values: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for name, given in draft.items():
            field = self._fields.get(name) if isinstance(name, str) else None
            if field is None:
                errors[""] = "A setting was sent that this form does not show; nothing was applied."
                continue
            if isinstance(given, str | bool) and given == self.values[name]:
                continue
            try:
                values[name] = field.read(given)
            except SettingsError as problem:
                errors[name] = str(problem)
        return values, errors

    def _place_of(self, message: str, written: Mapping[str, Any]) -> str:
        """Return the setting that a message speaks of first: one just written, or any shown."""
        words = _NAMED.findall(message)
        for known in (written, self._fields):
            for word in words:
                if word in known and word in self._fields:
                    return word
        return ""

    def _checked(self, draft: Mapping[Any, Any]) -> dict[str, Written]:
        return {
            name: given
            for name, given in draft.items()
            if isinstance(name, str) and name in self._fields and isinstance(given, str | bool)
        }

    @traitlets.validate("draft")
    def _no_strangers(self, proposal: Any) -> dict[str, Written]:
        # JSON from a browser may hold anything.
        return self._checked(proposal["value"])


def _of_method(cls: type, part: str) -> Any:
    """Return what the method with these settings offers under a name; ``None`` if nothing."""
    for method in METHODS.values():
        if method.settings is cls:
            try:
                return method.part(part)
            except AttributeError:
                return None
    return None
