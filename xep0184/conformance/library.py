"""This library as an `Adapter`: an example for other implementations."""

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
    """Parses stanzas with `xep0184`.

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
        """Return the facts of a stanza, or the code of the error.

        Args:
            octets: The stanza.
            namespaces: The content namespaces to accept; '' for no namespace.
            limits: The limits that differ from the defaults.
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
    """Return the facts of a message, by their names in the vectors.

    Args:
        message: The message.

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
