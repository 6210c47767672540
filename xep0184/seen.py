"""Recognises repeated messages by their ids, with bounded memory.

A sender repeats a message if its receipt was lost. To acknowledge the repetition
without showing the message twice, a client has to remember ids. A peer chooses
their number and their length; so this module keeps a digest of each, for a limited
time and up to a limited number.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, Final

from xep0184.errors import BuildCode, BuildError
from xep0184.recent import Recent

if TYPE_CHECKING:
    from xep0184.jid import JID

__all__ = ["SeenIds"]

_WEEK: Final = 604_800.0  # seconds


class SeenIds:
    """The messages that were received before (XEP-0184 §5.5).

    Memory is bounded: an entry takes about 180 octets, whatever the length of the
    id. One object is not safe for use from several threads at once; the functions of
    this library are.

    Args:
        max_entries: The maximum number of messages; one more displaces the oldest.
        max_age: For how many seconds a message is remembered; None for as long as
            there is room. A repetition that comes later looks like a new message.

    Raises:
        BuildError: LIMIT, if an argument is out of range.

    >>> from xep0184 import jid
    >>> seen = SeenIds()
    >>> sender = jid.parse("n@shakespeare.lit/x")
    >>> seen.check(sender, "a", now=0.0), seen.check(sender, "a", now=1.0)
    (False, True)
    """

    def __init__(
        self, *, max_entries: int = 4096, max_age: float | None = _WEEK
    ) -> None:
        if max_age is not None and not max_age >= 0:  # also refuses a NaN
            raise BuildError(BuildCode.LIMIT, "max_age")
        self._max_age = max_age
        self._times: Recent[bytes, float] = Recent(max_entries, "max_entries")
        self._time = -math.inf
        self._offset = 0.0

    def __len__(self) -> int:
        return len(self._times)

    def check(self, sender: JID, id: str, /, now: float) -> bool:  # noqa: A002
        """Check whether a message was seen before, and remember it.

        Args:
            sender: The full JID of the sender.
            id: The id of the message.
            now: The time in seconds, of any clock. If it goes backwards, messages
                are remembered longer.

        Returns:
            The value for `xep0184.deciding.Situation.repeat`.
        """
        # The time here never goes backwards.
        self._offset = max(self._offset, self._time - now)
        self._time = max(self._time, now + self._offset)
        self._remove_expired()
        text = f"{sender}\0{id}"  # no JID contains a NUL
        octets = text.encode("utf-8", "surrogatepass")
        key = hashlib.blake2b(octets, digest_size=16).digest()
        if self._times.peek(key) is not None:
            return True
        self._times.put(key, self._time)
        return False

    def _remove_expired(self) -> None:
        while self._max_age is not None and (oldest := self._times.oldest()):
            key, time = oldest
            if not self._time - time > self._max_age:
                return
            self._times.pop(key)
