"""The disco#info answers of a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xep0184 import disco, ns
from xep0184.errors import FormatError

if TYPE_CHECKING:
    from xep0184.disco import Answer
    from xep0184.stream import Stanza

__all__ = ["answer_in"]


def answer_in(stanza: Stanza, /) -> Answer | None:
    """Return the disco#info answer in a stanza.

    Args:
        stanza: An iq, or the query of one.

    Returns:
        The answer, an error only if it copies the query; None if there is none.
    """
    element, lang = stanza.element, stanza.language
    if element.tag == ns.QUERY_TAG:
        return disco.answer_of(element, lang=lang)
    if element.find(ns.QUERY_TAG) is None:
        return None
    try:
        answer = disco.from_element(element, namespaces=ns.CONTENT, lang=lang)
    except FormatError:
        return None
    return answer if answer.type in {"result", "error"} else None
