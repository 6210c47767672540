"""What a stanza is to the engine: everything may be fed, little of it matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xep0184 import disco, ns
from xep0184.disco import Answer
from xep0184.errors import FormatError

if TYPE_CHECKING:
    from xep0184.jid import JID
    from xep0184.xml import ElementLike

__all__ = ["answer_in", "is_unavailable", "speaks_for_itself"]


def answer_in(stanza: ElementLike | Answer, /) -> Answer:
    """Return the answer in a stanza; an empty one, if it is no iq.

    Args:
        stanza: Any stanza, or an answer read before.

    Raises:
        XMLError: RESTRICTED or LIMIT, as far as an element still shows it.

    >>> answer_in(Answer(id="1")).id
    '1'
    """
    if isinstance(stanza, Answer):
        return stanza
    try:
        return disco.from_element(stanza, namespaces=ns.CONTENT)
    except FormatError:
        return Answer()


def is_unavailable(stanza: ElementLike, /) -> bool:
    """Say whether a stanza tells that its sender went offline.

    Args:
        stanza: Any stanza.

    >>> from xml.etree import ElementTree as etree
    >>> is_unavailable(etree.Element("{jabber:client}presence", type="unavailable"))
    True
    """
    is_presence = ns.is_stanza(str(stanza.tag), "presence")
    return is_presence and stanza.get("type") == "unavailable"


def speaks_for_itself(jid: JID, /) -> bool:
    """Say whether a JID is no account, behind which any client may be.

    Args:
        jid: Any JID. A server or a component has no local part.

    >>> from xep0184 import jid
    >>> [speaks_for_itself(jid.parse(text)) for text in ("a@b", "a@b/c", "b")]
    [False, True, True]
    """
    return jid.is_full or jid.local is None
