"""Names of a package that are imported when they are first asked for (PEP 562).

Importing the library costs what reading a message takes; who also writes, or keeps
track, pays for that when it is used.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["importer"]


def importer(package: str, places: Mapping[str, str], /) -> Callable[[str], object]:
    """Return the ``__getattr__`` of a package.

    Args:
        package: Its name.
        places: The module of the package that holds a name, for each such name.

    Returns:
        A function that returns what a name stands for, or raises AttributeError.

    >>> importer("xep0184", {"JID": "jid"})("JID").__name__
    'JID'
    """

    def resolve(name: str) -> object:
        if name not in places:
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message)
        value: object = getattr(import_module(f"{package}.{places[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return resolve
