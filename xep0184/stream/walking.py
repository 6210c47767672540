"""From a start tag to the end tag that belongs to it, and no way twice.

A walk goes from tag to tag of one name and past what only looks like tags. What
comes next depends on where it is alone, so if it leads nowhere, any later walk
that comes by goes straight to where this one had to stop.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from xep0184.errors import XMLError
from xep0184.stream.learned import Step
from xep0184.stream.patterns import SKIPPED

if TYPE_CHECKING:
    from xep0184.stream.learned import Leaps
    from xep0184.stream.window import Window

__all__ = ["Walk"]

_DETAIL: Final = 64  # steps to remember, about, of each stretch twice as long
_LONGEST_SKIPPED: Final = max(map(len, SKIPPED))


class Walk:
    """Where a walk is, by its offset, and how many elements are open there."""

    def __init__(self, name: bytes, offset: int, window: Window, leaps: Leaps) -> None:
        self._name = name
        self._marks = re.compile(
            rb"<!\[CDATA\[|<!--|<\?|</?%b(?=[\s/>])" % re.escape(name)
        )
        self._offset = offset
        self._opened = self._least = 1
        self._window = window
        self._leaps = leaps
        self._steps: list[Step] = []

    def end(self) -> int:
        """Return the offset behind the end tag."""
        self._note()
        try:
            while self._opened:
                self._leap()
                self._step()
        except XMLError:
            self._note()
            self._leaps.learn(self._name, self._steps, self._window.position)
            raise
        return self._offset

    @property
    def _place(self) -> int:
        return self._window.position + self._offset

    def _leap(self) -> None:
        while leap := self._leaps.find(self._name, self._place, self._opened):
            self._note()
            self._least = self._opened - leap.least + 1
            self._offset = leap.place - self._window.position
            self._opened += leap.more
            self._note()
        since = self._place - self._steps[-1].place
        if since * _DETAIL >= self._place - self._steps[0].place:
            self._note()

    def _note(self) -> None:
        self._steps.append(Step(self._place, self._opened, self._least))
        self._least = self._opened

    def _step(self) -> None:
        """Go behind the next tag, or as near to it as can be told."""
        mark = self._next_mark()
        if mark in SKIPPED:
            begin = self._offset + len(mark)
            self._offset = self._window.after(SKIPPED[mark], begin)
        elif mark.startswith(b"</"):
            self._offset = self._window.after(b">", self._offset)
            self._opened -= 1
        else:
            tag = self._window.start_tag(self._offset)[0]
            self._offset += len(tag)
            self._opened += not tag.endswith(b"/>")
        self._least = min(self._least, self._opened)

    def _next_mark(self) -> bytes:
        window = self._window
        try:
            found, self._offset = window.look(self._marks.search, self._offset)
        except XMLError:
            longest = max(_LONGEST_SKIPPED, len(self._name) + len(b"</>"))
            nearest = window.reached - window.position - longest
            self._offset = max(self._offset, nearest)
            raise
        return found[0]
