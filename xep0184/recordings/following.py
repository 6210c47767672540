"""Follows the accounts of several recordings.

At most 32 recordings are open together: those that hold one direction only are then
read in the right order. At most 256 accounts are followed together; the one that was
seen least recently is closed for another.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from xep0184.recent import Recent
from xep0184.recordings.conversation import Conversation
from xep0184.recordings.directions import Direction
from xep0184.recordings.origins import TracedFile, sort_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from xep0184.jid import JID
    from xep0184.recordings.conversation import Told
    from xep0184.recordings.entry import Entry
    from xep0184.recordings.traced import Counts

__all__ = ["Following"]

_TOGETHER: Final = 32
_ACCOUNTS: Final = 256


class Following:
    """The conversations of several accounts.

    Args:
        counts: Where to count what is found in all accounts, and how many stanzas do
            not tell which account they belong to, or belong to another than the given
            one.
        account: The account to follow; None for all that the recordings tell.
        watched: As for `Conversation`.

    >>> from collections import Counter, defaultdict
    >>> following = Following(defaultdict(Counter))
    >>> [*following.follow([], iter)]
    []
    """

    def __init__(
        self, counts: Counts, account: JID | None = None, *, watched: str | None = None
    ) -> None:
        self._counts = counts
        self._account, self._watched = account, watched
        self._conversations: Recent[JID, Conversation] = Recent(_ACCOUNTS, "accounts")

    def follow(
        self, files: Iterable[str], entries_of: Callable[[str], Iterable[Entry]], /
    ) -> Iterator[TracedFile | Told]:
        """Follow all recordings; yield what is to be told of them.

        Args:
            files: The names of the recordings.
            entries_of: Reads one.

        Yields:
            Each recording when it is known whose it is, and what happened in it, with
            the account.

        Raises:
            RecordingError: NO_ACCOUNT, if nothing tells which account recorded.
        """
        names = iter(files)
        while found := [
            TracedFile(it, entries_of(it), self._account)
            for it in islice(names, _TOGETHER)
        ]:
            sort_out(found)
            # What was sent comes first: a receipt then finds its message.
            found.sort(key=lambda it: it.direction is not Direction.SENT)
            for each in found:
                if not each.is_empty:
                    yield each
                yield from self._read(each)
        for conversation in self._conversations.values():
            yield from conversation.close()

    def _read(self, recording: TracedFile) -> Iterator[Told]:
        for entry, element, direction, account in recording.stanzas():
            if account is None:
                self._counts["unassigned"]["stanzas"] += 1
                continue
            conversation = self._conversations.get(account.bare)
            if conversation is None:
                conversation = Conversation(
                    account, self._counts, watched=self._watched
                )
                displaced = self._conversations.put(account.bare, conversation)
                if displaced is not None:
                    yield from displaced[1].close()
            conversation.follow(entry, element, direction)
            yield from conversation.done()
