"""Explanations in an SQLite file: saved whole or not at all, read as a pandas DataFrame."""

from rex_widgets.store.frames import tables_in, to_dataframe
from rex_widgets.store.saving import make_database, save_explanation, save_run

__all__ = ["make_database", "save_explanation", "save_run", "tables_in", "to_dataframe"]
