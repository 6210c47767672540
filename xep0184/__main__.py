"""The command ``xep0184``, also as ``python -m xep0184``."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from xep0184.errors import MissingExtraError

__all__ = ["main"]


def main() -> None:
    """Run the command line; say in one line which extra is missing, if one is."""
    for module in ("click", "rich"):
        if find_spec(module) is None:
            sys.exit(f"xep0184: {MissingExtraError('cli', module)}")
    # A character that the terminal cannot show must not stop the program.
    stdout: Any = sys.stdout
    with suppress(AttributeError):
        stdout.reconfigure(errors="backslashreplace")
    try:
        from xep0184.cli import command
    except KeyboardInterrupt:
        sys.exit(130)
    command(prog_name="xep0184")


if __name__ == "__main__":
    main()
