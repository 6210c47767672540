"""What validation is asked and what it says, as values.

Knows no engine and no file.
"""

from __future__ import annotations

from enum import StrEnum

from xep0184._value import value

__all__ = ["Problem", "Revision"]


class Revision(StrEnum):
    """A revision of XEP-0184 by the version that brought its schema (§11)."""

    V1_4_0 = "1.4.0"
    V1_2 = "1.2"
    V1_0 = "1.0"


@value(kw_only=True)
class Problem:
    """One way in which an element breaks its schema.

    Attributes:
        path: Where, from the element that was judged, as its ``find`` takes it.
        reason: What, in the words of the engine that found it; it begins with
            ``no-declaration`` if no schema declares the element, with ``limit`` if
            it is too large to be judged, with ``excerpt`` if it is too large to be
            explained in full; that one is no fault.
        element: The expanded name of the element at fault.
        line: The line it stands on; None where that was not kept.
    """

    path: str
    reason: str
    element: str
    line: int | None = None

    @property
    def is_note(self) -> bool:
        """Whether it only says that not all is explained."""
        return self.reason.startswith("excerpt")

    def __str__(self) -> str:
        place = "" if self.line is None else f"line {self.line}: "
        return f"{place}{self.path}: {self.reason}"
