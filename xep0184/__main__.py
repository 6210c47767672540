"""The command ``xep0184``, also as ``python -m xep0184``."""

from __future__ import annotations

import sys

from xep0184.errors import MissingExtraError

__all__ = ["main"]


def main() -> None:
    """Run the command line; say in one line which extra is missing, if one is."""
    try:
        from xep0184.cli import command  # click may not be installed
    except MissingExtraError as error:
        sys.exit(f"xep0184: {error}")
    command()


if __name__ == "__main__":
    main()
