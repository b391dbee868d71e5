"""``python -m rex_widgets``: the command line."""

import sys

from rex_widgets.cli import main

if __name__ == "__main__":
    sys.exit(main())
