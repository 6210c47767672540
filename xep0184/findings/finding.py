"""What is found out about a stanza, as frozen values."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184 import codec
from xep0184._value import value
from xep0184.rules import Level  # noqa: TC001  # for whoever reads annotations

if TYPE_CHECKING:
    from xep0184.message import Message

__all__ = ["Finding", "FindingSource", "Report", "StanzaKind"]


class StanzaKind(StrEnum):
    """What a stanza is, as far as receipts are concerned."""

    REQUEST = "request"
    ACK = "ack"
    BOTH = "both"
    CARBON = "carbon"
    ARCHIVED = "archived"
    FORWARDED = "forwarded"
    LOOK_ALIKE = "look-alike"
    NOTHING = "nothing"


class FindingSource(StrEnum):
    """Who found it."""

    XML = "xml"
    FORM = "form"
    SCHEMA = "schema"
    RULE = "rule"


@value(kw_only=True)
class Finding:
    """One odd thing about one stanza.

    Attributes:
        verdict: Who found it.
        code: What it is: the id of a rule, or ``schema``.
        level: How strongly its source forbids it.
        section: The source, as "XEP-0184 §7".
        text: What is demanded, or what is wrong.
        where: The expanded name or the path of the element; '' for the stanza.
        line: Where in the parsed octets; None if the element does not tell.
    """

    verdict: FindingSource
    code: str
    level: Level
    section: str
    text: str
    where: str = ""
    line: int | None = None


@value(kw_only=True)
class Report:
    """What was found out about one stanza.

    Attributes:
        name: The local name of its element.
        kind: What it is.
        message: The message; None if it is none.
        findings: Everything odd about it.
    """

    name: str
    kind: StanzaKind
    message: Message | None
    findings: tuple[Finding, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids that matter: of the message asked about, or acknowledged."""
        if self.message is None or self.kind not in _RECEIPTS:
            return ()
        own = (self.message.id,) if self.message.request else ()
        return (*filter(None, own), *codec.acknowledged_ids(self.message))


_RECEIPTS: Final = frozenset({StanzaKind.REQUEST, StanzaKind.ACK, StanzaKind.BOTH})
