"""From anything a person has to an `Encoder`: batches in, representations out."""

from rex_widgets.encoders.base import Encoder
from rex_widgets.encoders.embedding import Embedding
from rex_widgets.encoders.factory import as_encoder

__all__ = ["Embedding", "Encoder", "as_encoder"]
