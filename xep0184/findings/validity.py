"""Findings made of what the parser and the schema say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184 import ns, schema
from xep0184.errors import MissingExtraError, XMLCode
from xep0184.findings.finding import Finding, FindingSource
from xep0184.findings.form import STANZA_NAMES
from xep0184.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xep0184.errors import XMLError
    from xep0184.xml import ElementLike

__all__ = ["schema_findings", "xml_finding"]

_SECTIONS: Final[Mapping[str, str]] = {
    ns.RECEIPTS: "XEP-0184 §11",
    ns.DISCO_INFO: "XEP-0030 §11.1",
    ns.CAPS: "XEP-0115 §12",
    ns.CAPS2: "XEP-0390 §12",
    ns.HASHES: "XEP-0300 §10",
}
"""The schemas by their namespaces; those of stanzas state RFC 6120 §8."""


def xml_finding(error: XMLError, /) -> Finding:
    """Return the finding that says why something is not XMPP's XML.

    Args:
        error: What the parser raised.

    >>> from xep0184.errors import XMLError
    >>> print(xml_finding(XMLError(XMLCode.RESTRICTED)).level)
    MUST NOT
    """
    is_ours = error.code is XMLCode.LIMIT
    return Finding(
        source=FindingSource.XML,
        code=error.code,
        level=Level.DECISION if is_ours else Level.MUST_NOT,
        section="decision D34" if is_ours else "RFC 6120 §11",
        text=error.detail,
        line=error.line,
    )


def schema_findings(element: ElementLike, revision: str, /) -> Iterator[Finding]:
    """Yield what is wrong with a stanza according to its schema.

    Args:
        element: Any element; one that is not a stanza, such as the features of a
            stream, has no schema here and no findings.
        revision: The revision of the receipts schema.

    Raises:
        BuildError: REVISION, if it is unknown.
    """
    if ns.split(element.tag)[1] not in STANZA_NAMES or schema.is_valid(
        element, revision=revision
    ):
        return
    try:
        for problem in schema.problems(element, revision=revision):
            yield _schema_finding(
                problem.element,
                problem.reason,
                where=problem.path,
                line=problem.line,
                is_note=problem.is_note,
            )
    except MissingExtraError as error:
        yield _schema_finding(element.tag, f"invalid; to see why: {error}")


def _schema_finding(
    name: str,
    text: str,
    *,
    where: str = "",
    line: int | None = None,
    is_note: bool = False,
) -> Finding:
    return Finding(
        source=FindingSource.SCHEMA,
        code="excerpt" if is_note else "schema",
        level=Level.NOTE if is_note else Level.STATED,
        section=_SECTIONS.get(ns.split(name)[0], "RFC 6120 §8"),
        text=text,
        where=where,
        line=line,
    )
