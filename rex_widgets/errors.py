"""The errors a person can meet, each with a sentence that says what to do."""


class RexWidgetsError(ValueError):
    """Base of every error that the library raises on purpose."""


class InputError(RexWidgetsError):
    """The image, array or file to explain cannot be used as it is."""


class ModelError(RexWidgetsError):
    """The model cannot be used, or gave an answer that no classifier gives."""


class NotFiniteError(ModelError):
    """The model gave NaN or infinite scores."""


class SettingsError(RexWidgetsError):
    """A setting is unknown, of the wrong type, or out of range."""


class SavedRunError(RexWidgetsError):
    """A saved run cannot be read, or belongs to another model."""


class StoreError(RexWidgetsError):
    """A database of explanations cannot be read or written."""
