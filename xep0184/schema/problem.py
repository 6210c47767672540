"""Values of validation: which revision is asked for, and what is wrong."""

from __future__ import annotations

from enum import StrEnum

from xep0184._value import value

__all__ = ["Problem", "Revision"]


class Revision(StrEnum):
    """A revision of XEP-0184, named by the version that brought its schema (§11)."""

    V1_4_0 = "1.4.0"
    V1_2 = "1.2"
    V1_0 = "1.0"


@value(kw_only=True)
class Problem:
    """One way in which an element breaks its schema.

    Attributes:
        path: Where, as a path that the element's ``find`` takes.
        reason: What is wrong, in the words of the engine that found it. It begins
            with ``no-declaration`` if no schema declares the element, with ``limit``
            if the element is too large to be validated.
        element: The expanded name of the faulty element.
        line: The line of that element; None if unknown.
    """

    path: str
    reason: str
    element: str
    line: int | None = None

    def __str__(self) -> str:
        place = "" if self.line is None else f"line {self.line}: "
        return f"{place}{self.path}: {self.reason}"
