"""The object that a stack holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from xep0184 import ns, xml
from xep0184.errors import BuildCode, BuildError
from xep0184.jid import JID
from xep0184.receipts.actions import ResendStanza, Send, SendReason
from xep0184.receipts.host import FACTS, ReceiptsPolicy
from xep0184.receipts.keys import MessageKey, read_key
from xep0184.receipts.mistakes import ReceiptsCode, ReceiptsError
from xep0184.receipts.passing import IncomingStanza, OutgoingStanza
from xep0184.receipts.routing import Router
from xep0184.receipts.saving import changes, dump_state, load_state, snapshot_of
from xep0184.receipts.session import Session
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from xep0184.envelope import Envelope
    from xep0184.journal import Change
    from xep0184.receipts.actions import Action, Token
    from xep0184.receipts.host import Host
    from xep0184.xml import Source

__all__ = ["Receipts"]

_YEAR: Final = 31_557_600.0  # seconds
_LATEST: Final = 1e15  # seconds
_LARGEST: Final = 2**63  # what a database takes as a number
_TO_SEND: Final = (Send, ResendStanza)
_QUERY: Final = SendReason.QUERY


class Receipts:
    """The receipts of one account: stanzas, facts and the time in, actions out.

    Pass it every stanza: `outgoing` before it is sent, `incoming` when it comes. Report
    each message by its key when it was processed: shown, stored, decrypted. Then carry
    out the `actions`. Call `handle_timer` at `next_deadline`.

    It is not safe to use one object from several threads at once. An argument that is
    refused changes nothing. If the host raises, or its answer is refused, nothing is
    lost, and the call may be made again.

    A new object counts as connected if it has a full JID, or belongs to a component.

    Args:
        host: What only the stack knows.
        account: The JID of the account, bare until the server has bound a resource; of
            a component, the address of a local user.
        policy: What the user wants.
        namespace: The content namespace of the stream, for the stanzas it writes.
        journal: Whether to note what changes, for `changes`.

    Raises:
        BuildError: NAMESPACE.
        ReceiptsError: BAD_JID; HOST, if it lacks a method; POLICY, if a time in it is
            no positive number.
        TrackError: LIMIT, TIME or RESEND, if a number of the policy is out of range.

    >>> from xep0184 import jid
    >>> class Everybody:
    ...     def enabled(self, contact): return True
    ...     def authorized(self, contact): return True
    ...     def may_query(self, contact): return False
    ...     def first_sight(self, archived): return False
    >>> receipts = Receipts(Everybody(), jid.parse("k@royalty.lit/throne"))
    >>> with receipts.incoming(
    ...     "<message xmlns='jabber:client' from='n@shakespeare.lit/x' id='a'>"
    ...     "<body>My lord</body><request xmlns='urn:xmpp:receipts'/></message>", 0.0
    ... ) as incoming:
    ...     print(incoming.message.body)
    My lord
    >>> [action.reason.value for action in receipts.actions()]
    ['ack']
    """

    __slots__ = ("_now", "_router", "_session")

    def __init__(
        self,
        host: Host,
        account: JID,
        policy: ReceiptsPolicy = ReceiptsPolicy(),  # noqa: B008  # a frozen value
        *,
        namespace: str = ns.CLIENT,
        journal: bool = False,
    ) -> None:
        _ensure_jid(account, "account")
        for fact in FACTS:
            if not callable(getattr(host, fact, None)):
                raise ReceiptsError(ReceiptsCode.HOST, fact)
        if namespace not in ns.CONTENT:
            raise BuildError(BuildCode.NAMESPACE, "namespace")
        for name in ("hold", "query_timeout"):
            if not _is_time(getattr(policy, name), 0.0):
                raise ReceiptsError(ReceiptsCode.POLICY, name)
        self._session = Session(host, account, policy, namespace, journal=journal)
        self._router = Router(self._session)
        self._now = -math.inf

    def incoming(self, stanza: Source | Envelope, now: float) -> IncomingStanza:
        """Process a stanza that came: a message, a presence or an iq.

        Args:
            stanza: Its element, which is not changed, or its octets. A stack that
                unwraps carbons and archive results itself passes the envelope; then a
                repetition cannot be recognised.
            now: The time in seconds.

        Returns:
            The stanza, with the key to report it as processed by. What cannot be read
            has none.

        Raises:
            ReceiptsError: CLOCK.
        """
        self._advance(now)
        routed = self._router.incoming(stanza, now)
        return IncomingStanza(self, now, routed)

    def outgoing(
        self, stanza: Source, now: float, *, token: Token | None = None
    ) -> OutgoingStanza:
        """Process a stanza before it is sent; ask for a receipt where that is allowed.

        A message that is to be sent again is passed again, too; nothing changes then.

        Args:
            stanza: An element, which may get an id and a request; or octets. If its id
                belongs to another message to the same contact, its request is removed.
            now: The time in seconds.
            token: What the stack finds the stanza by when it is to be sent again. A
                message without a token is not sent again.

        Returns:
            The stanza to send. An element that `xep0184.xml.check` refuses, for example
            because it is too large, is returned as it is.

        Raises:
            ReceiptsError: CLOCK, TOKEN.
            XMLError: Octets that are not XMPP's XML.
            BuildError: The stanza has an id that is not text.
        """
        if not (token is None or _is_token(token)):
            raise ReceiptsError(ReceiptsCode.TOKEN, "token")
        element = xml.unchecked_element_of(stanza)
        self._advance(now)
        return self._router.outgoing(element, now, token)

    def stop_resending(self, token: Token) -> None:
        """Stop resending a message, for example because it was deleted.

        Its receipt still counts, and so does the timeout. An unknown token is ignored.

        Args:
            token: What was given to `outgoing` with the stanza.

        Raises:
            ReceiptsError: TOKEN.
        """
        if not _is_token(token):
            raise ReceiptsError(ReceiptsCode.TOKEN, "token")
        self._router.outbox.stop_resending(token)

    def processed(self, key: str | MessageKey | None, now: float) -> None:
        """Report a message as processed: only now it counts as seen and is answered.

        Args:
            key: The key of the message; with None nothing happens.
            now: The time in seconds.

        Raises:
            ReceiptsError: KEY, PROCESSED, CLOCK.
        """
        read = self._read(key)
        self._advance(now)
        if read is not None:
            self._router.inbox.processed(read, now)

    def failed(self, key: str | MessageKey | None) -> None:
        """Report a message as not processed: no answer, and a repetition is new.

        Args:
            key: The key of the message; with None nothing happens.

        Raises:
            ReceiptsError: KEY.
        """
        # Nothing is kept between `incoming` and `processed`: nothing is to be undone.
        self._read(key)

    def bound(self, account: JID, now: float) -> None:
        """Report that the server has bound a resource on a new stream.

        The support and the rooms that are known from earlier presences are discarded.

        Args:
            account: The full JID that the server has bound.
            now: The time in seconds.

        Raises:
            ReceiptsError: ACCOUNT, BAD_JID, CLOCK.
        """
        account = self._parsed(account, "account")
        if account.bare != self._session.account.bare:
            raise ReceiptsError(ReceiptsCode.ACCOUNT, "account")
        self._advance(now)
        self._session.account = account
        self._session.left_rooms()
        self._session.queue.drop(
            lambda it: isinstance(it, Send) and it.reason == _QUERY
        )
        self._session.queue.retry(lambda it: isinstance(it, _TO_SEND))
        self._router.bound()
        self._connected(now)

    def disconnected(self, now: float) -> None:
        """Report that the connection is lost.

        Until `bound` or `resumed`, stanzas to send are kept back, and no message and no
        query times out.

        Args:
            now: The time in seconds.

        Raises:
            ReceiptsError: CLOCK.
        """
        self._advance(now)
        self._session.is_connected = False

    def resumed(self, now: float) -> None:
        """Report that the same stream goes on (XEP-0198 §5).

        Args:
            now: The time in seconds.

        Raises:
            ReceiptsError: CLOCK.
        """
        self._advance(now)
        self._connected(now)

    def learned(self, contact: JID, support: Support) -> None:
        """Record what the stack knows of the support of a client.

        It counts until a presence says that the client is offline, or until `forget`.
        Of more than 1024 clients the last ones are kept.

        Args:
            contact: The full JID of the client.
            support: Whether it supports receipts.

        Raises:
            ReceiptsError: BAD_JID, SUPPORT.
        """
        contact = self._parsed(contact, "contact")
        if support not in list(Support):
            raise ReceiptsError(ReceiptsCode.SUPPORT, "support")
        self._router.clients.learned(contact, Support(support))

    def joined(self, occupant: JID) -> None:
        """Record that the account is an occupant of a room.

        A later call replaces the occupant JID of that room. It is known without this if
        the presences pass `outgoing` and `incoming`.

        Args:
            occupant: The account's own occupant JID.

        Raises:
            ReceiptsError: BAD_JID.
        """
        occupant = self._parsed(occupant, "occupant")
        self._session.rooms.join(occupant)

    def roster_ready(self, now: float) -> None:
        """Report that the roster is there: the answers that wait for it are decided.

        Args:
            now: The time in seconds.

        Raises:
            ReceiptsError: CLOCK.
        """
        self._advance(now)
        self._router.inbox.roster_ready(now)

    def forget(self, contact: JID, now: float) -> None:
        """Remove what is kept of a contact and all its clients.

        Reports that wait, such as `Delivered`, are not removed.

        Args:
            contact: Its JID; a full JID stands for its account.
            now: The time in seconds.

        Raises:
            ReceiptsError: BAD_JID, CLOCK.
        """
        contact = self._parsed(contact, "contact")
        self._advance(now)
        self._router.inbox.forget(contact.bare)
        self._router.clients.forget(contact.bare, now)
        self._router.outbox.forget(contact.bare)
        address = self._session.address
        self._session.queue.drop(
            lambda it: (
                isinstance(it, _TO_SEND)
                and (to := address(it.to)) is not None
                and to.is_of(contact)
            )
        )

    def actions(self) -> Iterator[Action]:
        """Yield what is to be done now.

        An action counts as carried out when the loop comes back for the next one, or
        when it was reported as `done`: one for which the loop breaks or raises is
        yielded again. While it is carried out, inner loops do not get it.

        Of those that only explain something (`NotAnswered`, `Repeated` and
        `UnprovenReceipt`), at most 4096 wait. While the account is disconnected, `Send`
        and `ResendStanza` are kept back. With a journal, so are those whose row
        `changes` has not yet returned.
        """
        session = self._session
        return session.queue.take(lambda: session.is_connected)

    def done(self, action: Action) -> None:
        """Report that an action was carried out: it is not yielded again.

        With a journal its row is removed then, and not before. An action that is not
        known any more is ignored.

        Args:
            action: What `actions` has yielded.
        """
        self._session.queue.done(action)

    @property
    def account(self) -> JID:
        """The JID of the account: the full one, once a resource was bound."""
        return self._session.account

    @property
    def next_deadline(self) -> float | None:
        """When `handle_timer` is to be called next; None if no deadline is set."""
        first: float | None = None
        for part in self._router.parts:
            deadline = part.next_deadline
            if deadline is not None and (first is None or deadline < first):
                first = deadline
        return first

    def handle_timer(self, now: float) -> None:
        """Process the deadlines that have come.

        Args:
            now: The time in seconds.

        Raises:
            ReceiptsError: CLOCK.
        """
        self._advance(now)
        for part in self._router.parts:
            part.handle_timer(now)

    def changes(self, now: float, posix: float) -> list[Change]:
        """Return the rows that have changed since the last call.

        Write them in the same transaction as the application's own data; then carry out
        the actions, and report each with `done`. If the transaction fails, make a new
        object and call `replay`.

        Args:
            now: The time in seconds.
            posix: The same time as `time.time` gives it.

        Raises:
            ReceiptsError: CLOCK.
        """
        _ensure_posix(posix)
        self._advance(now)
        return changes(self._session, self._router, posix - now)

    def replay(self, rows: Iterable[tuple[str, str]], now: float, posix: float) -> None:
        """Replace the state by that of a journal.

        Args:
            rows: The part and the text of each row of this account, in any order.
            now: The time in seconds, of any clock.
            posix: The same time as `time.time` gives it.

        Raises:
            ReceiptsError: CLOCK; SNAPSHOT, with the field that is wrong.
        """
        empty = dump_state(self._session, Router(self._session), 0.0)
        snapshot = snapshot_of(list(rows), empty)
        self._restore(snapshot, now, posix, written=True)

    def snapshot(self, now: float, posix: float) -> dict[str, Any]:
        """Return the state as plain data that JSON can represent.

        It holds what waits for receipts, what was processed, the answers that wait, the
        actions that were not carried out and the verified hashes; no text of a message.

        Args:
            now: The time in seconds.
            posix: The same time as `time.time` gives it.

        Raises:
            ReceiptsError: CLOCK.
        """
        _ensure_posix(posix)
        self._advance(now)
        return dump_state(self._session, self._router, posix - now)

    def restore(self, snapshot: Mapping[str, Any], now: float, posix: float) -> None:
        """Replace the state by that of a snapshot.

        Args:
            snapshot: What `snapshot` returned for the same account, possibly
                converted to JSON and back.
            now: The time in seconds, of any clock.
            posix: The same time as `time.time` gives it.

        Raises:
            ReceiptsError: CLOCK; SNAPSHOT, with the field that is wrong.
        """
        self._restore(snapshot, now, posix, written=False)

    def _restore(
        self, snapshot: Mapping[str, Any], now: float, posix: float, *, written: bool
    ) -> None:
        self._ensure_time(now)
        _ensure_posix(posix)
        session = self._session.renewed()
        router = Router(session)
        load_state(snapshot, session, router, now, posix, written=written)
        self._session, self._router = session, router
        self._advance(now)

    def _parsed(self, value: object, field: str) -> JID:
        """Return a JID of the stack with the normaliser of the account."""
        address = _ensure_jid(value, field)
        return self._session.address(str(address)) or address

    def _read(self, key: str | MessageKey | None) -> MessageKey | None:
        if key is None or isinstance(key, MessageKey):
            return key
        read = read_key(key)
        if self._session.address(read.account) != self._session.account.bare:
            raise ReceiptsError(ReceiptsCode.KEY, "account")
        return read

    def _connected(self, now: float) -> None:
        self._session.is_connected = True
        self._router.connected(now)

    def _advance(self, now: float) -> None:
        self._ensure_time(now)
        self._now = max(self._now, now)

    def _ensure_time(self, now: float) -> None:
        if not _is_time(now, self._now - _YEAR):
            raise ReceiptsError(ReceiptsCode.CLOCK, "now")


def _ensure_jid(value: object, field: str) -> JID:
    if not isinstance(value, JID):
        raise ReceiptsError(ReceiptsCode.BAD_JID, field)
    return value


def _ensure_posix(posix: object) -> None:
    if not _is_time(posix, -_LATEST):
        raise ReceiptsError(ReceiptsCode.CLOCK, "posix")


def _is_time(now: object, least: float) -> bool:
    return isinstance(now, int | float) and least < now < _LATEST


def _is_token(token: object) -> bool:
    if isinstance(token, int) and not isinstance(token, bool):
        return -_LARGEST <= token < _LARGEST
    return isinstance(token, str)
