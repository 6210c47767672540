"""Makes a peer's text short and safe to print, for error messages and reports."""

from __future__ import annotations

__all__ = ["beginning", "printable", "shown"]


def beginning(text: str, /, *, width: int = 1_024) -> str:
    """Return a text, shortened if it is too long.

    Args:
        text: A text of any length.
        width: How many characters are kept.

    >>> beginning("to be or not to be", width=5)
    'to be…'
    """
    return text if len(text) <= width else text[:width] + "…"


def printable(text: str, /) -> str:
    r"""Return a text with every character escaped that a terminal may obey.

    Args:
        text: A text that may hold what a peer sent.

    >>> print(printable("no \x9b2J here"))
    no \x9b2J here
    """
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1]
        for character in text
    )


def shown(text: str, /, *, width: int = 80) -> str:
    r"""Return a peer's text so that it can be printed anywhere.

    Args:
        text: A text that a peer sent.
        width: How many characters are kept.

    Returns:
        The text in quotation marks, shortened if it is too long. Control characters
        are escaped, because a terminal may obey them.

    >>> print(shown("a\x9b2Jb"))
    'a\x9b2Jb'
    """
    return repr(beginning(text, width=width))
