"""Hypothesis strategies: receipts in all the spellings that XML allows.

Everything is made by construction, nothing is filtered, so a strategy costs no
discarded examples and shrinks well. With the extra ``testing`` installed,
Hypothesis finds `register` by itself and `hypothesis.strategies.from_type` knows
`Message`, `Received` and `JID`.

This module knows how stanzas are spelled, and leaves reading them to the reader
under test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xep0184 import ns
from xep0184.errors import MissingExtraError, XMLCode
from xep0184.message import Annotation, Message, MessageType, Received
from xep0184.strategies._hook import register

# By now `register` is there: Hypothesis asks for it while it is being imported.
try:
    from hypothesis import strategies as st
except ImportError:
    raise MissingExtraError(extra="testing", module="hypothesis") from None

from xep0184.strategies._breaches import BREACHES
from xep0184.strategies._capabilities import caps, infos
from xep0184.strategies._spelling import BLANK, stanza

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = [
    "acks",
    "broken_wire",
    "caps",
    "ids",
    "infos",
    "jids",
    "messages",
    "register",
    "streams",
    "wire",
]

# Every Char of XML 1.0 §2.2: what is left without these and the surrogates.
_NO_CHAR: Final = "".join(map(chr, {*range(32)} - {9, 10, 13})) + "\ufffe\uffff"
_CHARACTERS: Final = st.characters(
    exclude_categories=["Cs"], exclude_characters=_NO_CHAR
)
_TEXT: Final = st.text(_CHARACTERS, max_size=30)
_ODD_IDS: Final = (
    "richard2-4.1.247",
    " a ",
    "A",
    "a",
    "\u00e9",
    "e\u0301",
    "\t\n\r",
    "a\"b'c<>&",
    "]]>",
    "&lt;",
    "<!-- -->",
    "{urn:xmpp:receipts}request",
    "\U0001f4ec",
)
_LETTERS: Final = st.characters(categories=["Ll", "Lu", "Lo", "Nd"])
_PRINTABLE: Final = st.characters(
    exclude_categories=["Cc", "Cs"], exclude_characters=_NO_CHAR
)
_POLITE: Final = [type_ for type_ in MessageType if type_ is not MessageType.ERROR]


def ids() -> SearchStrategy[str]:
    """Generate ids of messages: any non-empty text that XML can carry.

    >>> from hypothesis import given
    >>> @given(ids())
    ... def an_id_is_never_empty(id_: str) -> None:
    ...     assert id_
    >>> an_id_is_never_empty()
    """
    return st.sampled_from(_ODD_IDS) | st.text(_CHARACTERS, min_size=1, max_size=30)


def jids() -> SearchStrategy[str]:
    """Generate the text of JIDs, bare and full, in any case and normal form.

    >>> from hypothesis import given
    >>> from xep0184 import jid
    >>> @given(jids())
    ... def a_jid_can_be_read(text: str) -> None:
    ...     assert jid.parse(text).domain
    >>> a_jid_can_be_read()
    """
    local = st.text(_LETTERS | st.sampled_from("._-+"), min_size=1, max_size=10)
    # With more letters the A-label may be longer than 63 octets.
    label = st.text(_LETTERS, min_size=1, max_size=8)
    domain = st.lists(label, min_size=1, max_size=3).map(".".join)
    resource = st.text(_PRINTABLE, min_size=1, max_size=20)
    return st.tuples(
        local.map("{}@".format) | st.just(""),
        domain,
        resource.map("/{}".format) | st.just(""),
    ).map("".join)


def messages() -> SearchStrategy[Message]:
    """Generate messages that can be written, with and without receipts.

    >>> from hypothesis import given
    >>> from xep0184 import parse, serialize
    >>> @given(messages())
    ... def what_is_written_reads_back(message: Message) -> None:
    ...     assert parse(serialize(message)) == message
    >>> what_is_written_reads_back()
    """
    plain = st.builds(
        Message,
        **_fields(),
        id=st.none() | ids() | st.just(""),
        type=st.sampled_from(MessageType),
    )
    requests = st.builds(
        Message,
        **_fields(),
        id=ids(),
        type=st.sampled_from(_POLITE),
        request=st.just(value=True),
    )
    return plain | requests | acks()


def acks() -> SearchStrategy[Message]:
    """Generate ack messages that can be written.

    >>> from hypothesis import given
    >>> @given(acks())
    ... def an_ack_asks_for_none(message: Message) -> None:
    ...     assert message.is_ack and not message.request
    >>> an_ack_asks_for_none()
    """
    return ids().flatmap(
        lambda id_: st.builds(
            Message,
            **_fields(),
            id=st.none() | ids().map(lambda own: own + "'" * (own == id_)),
            type=st.sampled_from(_POLITE),
            received=st.just((Received(id_),)),
        )
    )


def _fields() -> dict[str, SearchStrategy[Any]]:
    annotation = st.sampled_from(Annotation).map(lambda it: (it,))
    return {
        "to": st.none() | jids(),
        "from_": st.none() | jids(),
        "body": st.none() | _TEXT,
        "annotations": st.just(()) | annotation,
    }


@st.composite
def wire(draw: DrawFn, message: Message | None = None) -> bytes:
    """Generate the spellings of a message: what other stacks might send.

    Prefixes, quotes, white space, references, CDATA, the order of attributes and
    children, and children of other protocols: all vary, the receipt does not.

    Args:
        draw: Supplied by Hypothesis.
        message: What to spell; any if None. Its `extensions` are not spelled.

    >>> from hypothesis import given
    >>> from xep0184 import parse
    >>> @given(wire(Message(id="a", request=True)))
    ... def no_spelling_hides_the_request(octets: bytes) -> None:
    ...     assert parse(octets).request
    >>> no_spelling_hides_the_request()
    """
    value = draw(messages()) if message is None else message
    return draw(stanza(value)).encode()


@st.composite
def broken_wire(draw: DrawFn) -> tuple[bytes, XMLCode]:
    """Generate what is not XMPP's XML, and the code that refuses it.

    >>> from hypothesis import given
    >>> @given(broken_wire())
    ... def a_breach_has_its_code(case: tuple[bytes, XMLCode]) -> None:
    ...     octets, code = case
    ...     assert octets and code in XMLCode
    >>> a_breach_has_its_code()
    """
    value = draw(messages())
    breach = draw(st.sampled_from(BREACHES))
    octets = draw(stanza(value, breach.child)).encode(breach.encoding)
    return breach.before + octets + breach.after, breach.code


@st.composite
def streams(draw: DrawFn) -> tuple[bytes, tuple[Message, ...]]:
    """Generate whole streams, and the messages in them.

    Some begin with an XML declaration, some just end as a log does, some of
    their stanzas inherit the content namespace.

    >>> from hypothesis import given
    >>> @given(streams())
    ... def a_stream_has_a_root(case: tuple[bytes, tuple[Message, ...]]) -> None:
    ...     octets, messages = case
    ...     assert b"<stream:stream " in octets
    >>> a_stream_has_a_root()
    """
    values = draw(st.lists(messages(), max_size=5))
    start = f"<stream:stream xmlns='{ns.CLIENT}' xmlns:stream='{ns.STREAM}'>"
    parts = [draw(st.sampled_from(["", "<?xml version='1.0'?>"])), start]
    for value in values:
        inherits = draw(st.booleans())
        parts += draw(BLANK), draw(stanza(value, inherits=inherits))
    parts += draw(BLANK), draw(st.sampled_from(["</stream:stream>", ""]))
    return "".join(parts).encode(), tuple(values)
