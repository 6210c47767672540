"""This library as an adapter: the example to write one's own after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xep0184 import codec, xml
from xep0184.errors import FormatError, XMLError
from xep0184.findings import findings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xep0184.message import Message

__all__ = ["Library", "facts"]


class Library:
    """What `xep0184` says of a stanza.

    >>> print(Library().read(b"<message/>", namespaces=["jabber:client"]))
    not-a-stanza
    """

    def read(
        self,
        octets: bytes,
        /,
        *,
        namespaces: Sequence[str],
        limits: Mapping[str, int] | None = None,
        form: str = xml.SourceForm.DOCUMENT,
    ) -> Mapping[str, object] | str:
        """Return the facts a stanza states, or the code of the error.

        Args:
            octets: The stanza.
            namespaces: The content namespaces to accept; '' for none at all.
            limits: What differs from the default limits.
            form: A value of `xep0184.SourceForm`.
        """
        bounds = xml.Limits(**limits or {})
        try:
            element = xml.parse(octets, limits=bounds, form=xml.SourceForm(form))
            message = codec.from_element(element, namespaces=namespaces, limits=bounds)
        except (XMLError, FormatError) as error:
            return error.code
        codes = {finding.code for finding in findings(octets, limits=bounds)}
        return facts(message) | {"findings": sorted(codes)}


def facts(message: Message, /) -> dict[str, object]:
    """Return what a message states, by the names the vectors use.

    Args:
        message: What was read.

    >>> from xep0184 import Message
    >>> facts(Message(id="a"))["id"]
    'a'
    """
    return {
        "to": message.to,
        "from": message.from_,
        "id": message.id,
        "type": message.type,
        "raw_type": message.raw_type,
        "body": message.body,
        "request": message.request,
        "received": [receipt.id for receipt in message.received],
        "extensions": [*message.annotations, *message.extensions],
        "acknowledged": list(codec.acknowledged_ids(message)),
        "acknowledged_legacy": list(codec.acknowledged_ids(message, legacy=True)),
    }
