"""Training the world of digits: ``python -m rex_widgets.bridge.train --data FOLDER``."""
