"""Ten bugs that were seen in the wild, each a small change of the codec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .codec import RECEIPTS, Codec

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


class AcksAnAck(Codec):
    """A message with both elements is acknowledged."""

    def is_ack(self, message: Element) -> bool:
        return super().is_ack(message) and not self.asks(message)


class AcksAnError(Codec):
    """An error that copies a request is acknowledged."""

    unanswered = frozenset({"groupchat"})


class AcksWithoutId(Codec):
    """A message without an id is acknowledged with an empty one."""

    def acknowledge(self, message: Element) -> dict[str, str] | None:
        asks = self.asks(message) and not self.is_wrapper(message)
        is_answered = asks and self.is_answered(message)
        return {"id": message.get("id", "")} if is_answered else None


class LooksDeeper(Codec):
    """Elements inside other elements are found."""

    def named(self, message: Element, name: str) -> list[Element]:
        return [*message.iter(RECEIPTS + name)]


class IgnoresNamespaces(Codec):
    """An element is known by its local name."""

    def named(self, message: Element, name: str) -> list[Element]:
        return [it for it in message if it.tag.rpartition("}")[2] == name]


class ReadsOneReceipt(Codec):
    """Of several receipts only the first is read."""

    def receipts(self, message: Element) -> list[str | None]:
        return super().receipts(message)[:1]


class TrimsIds(Codec):
    """Blanks around the id of a message are removed."""

    def id(self, message: Element) -> str | None:
        id_ = message.get("id")
        return id_ and id_.strip()


class BelievesAnybody(Codec):
    """A receipt is matched by the id alone."""

    def confirmations(self, message: Element) -> set[tuple[str, str]]:
        ids = self.receipts(message)
        return {(to, id_) for to, id_ in self._sent if id_ in ids}


class BelievesErrors(Codec):
    """An error that copies a receipt confirms the message."""

    def counts(self, message: Element) -> bool:
        return message.get("type") != "groupchat"


class BelievesAnyCarbon(Codec):
    """The sender of a carbon is not checked."""

    def is_own(self, wrapper: Element) -> bool:
        return wrapper.get("from") != ""


BUGS: dict[type[Codec], str] = {
    AcksAnAck: "reading",
    AcksAnError: "reading",
    AcksWithoutId: "reading",
    LooksDeeper: "reading",
    IgnoresNamespaces: "reading",
    ReadsOneReceipt: "reading",
    TrimsIds: "reading",
    BelievesAnybody: "conversing",
    BelievesErrors: "conversing",
    BelievesAnyCarbon: "carbons",
}
"""Each bug, and the law of `by_strategies` that it breaks."""
