"""Reads why a stanza came back as an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xep0184 import ns

if TYPE_CHECKING:
    from xep0184.xml.elements import ElementLike

__all__ = ["error_condition"]


def error_condition(stanza: ElementLike, /) -> str | None:
    """Return the defined condition of a stanza error (RFC 6120 §8.3.2).

    Args:
        stanza: A stanza that `parse` has read or `check` has accepted.

    Returns:
        The condition, as "item-not-found"; None if there is none.

    >>> from xml.etree import ElementTree
    >>> error_condition(ElementTree.fromstring("<iq type='error'><error>"
    ...     "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"))
    'gone'
    """
    error_tag = stanza.tag[: stanza.tag.rfind("}") + 1] + "error"
    for error in stanza:
        if error.tag == error_tag:
            for child in error:
                namespace, name = ns.split(child.tag)
                if namespace == ns.STANZA_ERRORS and name != "text":
                    return name
    return None
