"""Which messages came in before, within bounds.

A sender repeats a message whose receipt was lost. Whoever answers the repetition
and does not show it twice has to remember ids, and a peer decides how many there
are and how long; so a digest of each is kept, for a time, up to a number.

This module knows no clock: the time is an argument. Where it goes backwards,
something is remembered longer, never more.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from xep0184.jid import JID

__all__ = ["SeenIds"]

_WEEK: Final = 604_800.0  # seconds


class SeenIds:
    """Remembers which messages came in (XEP-0184 §5.5).

    Args:
        max_entries: How many messages are remembered; the oldest goes first.
        max_age: For how many seconds; None for as long as there is room. What is
            sent again later than that looks new, and is shown twice.

    Raises:
        BuildError: LIMIT, if nothing could be remembered.

    >>> from xep0184 import jid
    >>> seen = SeenIds()
    >>> sender = jid.parse("n@shakespeare.lit/x")
    >>> seen.check(sender, "a", now=0.0), seen.check(sender, "a", now=1.0)
    (False, True)
    """

    def __init__(
        self, *, max_entries: int = 4096, max_age: float | None = _WEEK
    ) -> None:
        if max_entries < 1:
            raise BuildError(BuildCode.LIMIT, "max_entries")
        if max_age is not None and not max_age >= 0:  # nor a NaN
            raise BuildError(BuildCode.LIMIT, "max_age")
        self._max_entries = max_entries
        self._max_age = max_age
        self._times: OrderedDict[bytes, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._times)

    def check(self, sender: JID, id: str, /, *, now: float) -> bool:  # noqa: A002
        """Say whether a message was seen before, and remember it.

        Args:
            sender: The full JID it came from.
            id: Its stanza id.
            now: The time in seconds, of any clock.

        Returns:
            What `xep0184.deciding.situation.Situation.repeat` wants to know.
        """
        if self._max_age is not None:
            self._forget(now, self._max_age)
        key = _digest(f"{sender}\0{id}")  # no JID holds a NUL
        seen = key in self._times
        self._times.setdefault(key, now)
        if len(self._times) > self._max_entries:
            self._times.popitem(last=False)
        return seen

    def _forget(self, now: float, max_age: float) -> None:
        while self._times:
            oldest = next(iter(self._times))
            # A clock that was set back makes it younger, not older than that.
            time = self._times[oldest] = min(self._times[oldest], now)
            if now - time <= max_age:
                return
            del self._times[oldest]


def _digest(text: str) -> bytes:
    return hashlib.blake2b(
        text.encode("utf-8", "surrogatepass"), digest_size=16
    ).digest()
