"""Findings and reports about a stanza, as frozen values."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184 import codec
from xep0184._value import value
from xep0184.rules import Level  # noqa: TC001  # so that annotations can be resolved

if TYPE_CHECKING:
    from xep0184.message import Message
    from xep0184.rules import Rule

__all__ = ["Finding", "FindingSource", "Report", "StanzaKind"]


class StanzaKind(StrEnum):
    """What a stanza is, as far as receipts are concerned."""

    REQUEST = "request"
    """A message that asks for a receipt."""
    ACK = "ack"
    """An ack message: a message with a receipt."""
    BOTH = "both"
    """A message that asks for a receipt and holds one."""
    CARBON = "carbon"
    """A carbon: a copy of a message of another client of the account."""
    ARCHIVED = "archived"
    """A result from an archive, in any version of XEP-0313."""
    FORWARDED = "forwarded"
    """A forwarded message."""
    LOOK_ALIKE = "look-alike"
    """A message with an element that resembles a receipt but is none."""
    NOTHING = "nothing"
    """Anything else."""


class FindingSource(StrEnum):
    """Which check found something."""

    XML = "xml"
    """The parser."""
    FORM = "form"
    """The check of the form: mistakes that a lenient reader ignores."""
    SCHEMA = "schema"
    """The XML schema."""
    RULE = "rule"
    """The rules of the XEP."""


@value(kw_only=True)
class Finding:
    """One thing that is wrong or odd about one stanza.

    Attributes:
        source: Which check found it.
        code: What it is: the id of a rule, an `xep0184.errors.XMLCode`, or ``schema``.
        level: How the cited section says it.
        section: The section that says so, as "XEP-0184 §7". "decision D3" is a decision
            of this library: its text is `xep0184.rules.DECISIONS` ["D3"], and all are
            listed in docs/rules.md.
        text: What is wrong or odd, in one sentence.
        where: The expanded name or the path of the element; '' for the stanza.
        line: Its line in the parsed octets; None if it is not known.

    >>> from xep0184.findings import findings
    >>> [(it.source.value, it.code) for it in findings("<iq/>")]
    [('form', 'no-namespace')]
    """

    source: FindingSource
    code: str
    level: Level
    section: str
    text: str
    where: str = ""
    line: int | None = None

    @classmethod
    def of(
        cls,
        row: Rule,
        source: FindingSource,
        *,
        text: str | None = None,
        where: str = "",
        line: int | None = None,
    ) -> Finding:
        """Return the finding that a row of the table explains.

        Args:
            row: The row.
            source: Which check found it.
            text: What is wrong or odd, if the row does not say it well enough.
            where: The expanded name or the path of the element.
            line: Its line.
        """
        return cls(
            source=source,
            code=row.id,
            level=row.level,
            section=row.section,
            text=row.text if text is None else text,
            where=where,
            line=line,
        )


@value(kw_only=True)
class Report:
    """All that was found out about one stanza.

    Attributes:
        name: The local name of its element.
        kind: What it is.
        message: The message; None if the stanza is not one.
        findings: Everything wrong or odd about it.

    >>> Report(name="iq", kind=StanzaKind.NOTHING, message=None, findings=()).ids
    ()
    """

    name: str
    kind: StanzaKind
    message: Message | None
    findings: tuple[Finding, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids that a receipt is asked for, or given for."""
        if self.message is None or self.kind not in _RECEIPTS:
            return ()
        own = (self.message.id,) if self.message.request else ()
        return (*filter(None, own), *codec.acknowledged_ids(self.message))


_RECEIPTS: Final = frozenset({StanzaKind.REQUEST, StanzaKind.ACK, StanzaKind.BOTH})
