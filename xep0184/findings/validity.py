"""Makes findings of the errors of the parser and the problems with a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184 import ns
from xep0184.errors import MissingExtraError
from xep0184.findings.codes import CODES, SCHEMA
from xep0184.findings.finding import Finding, FindingSource
from xep0184.findings.form import STANZA_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from xep0184.errors import XMLError
    from xep0184.schema import Problem
    from xep0184.xml import Source

__all__ = ["schema_findings", "unexplained", "xml_finding"]

_SECTIONS: Final[Mapping[str, str]] = {
    ns.RECEIPTS: "XEP-0184 §11",
    ns.DISCO_INFO: "XEP-0030 §11.1",
    ns.CAPS: "XEP-0115 §12",
    ns.CAPS2: "XEP-0390 §12",
    ns.HASHES: "XEP-0300 §10",
}
"""The schemas by their namespaces; those of stanzas state RFC 6120 §8."""
_PAYLOADS: Final = frozenset(
    {ns.REQUEST_TAG, ns.RECEIVED_TAG, ns.QUERY_TAG, ns.CAPS_TAG, ns.CAPS2_TAG}
)
"""Payloads that are validated on their own."""
_EXPLAINING: Final[Mapping[str, str]] = {
    "missing-id": "'id'",
    "unexpected-attribute": "attribute",
    "unexpected-content": "",
    "unknown-type": "type",
}
"""Findings that say what a schema says as well, and a word of its reason."""
_PLACES: Final[Mapping[str, str]] = {"missing-id": ns.RECEIVED_TAG}


def xml_finding(error: XMLError, /) -> Finding:
    """Return the finding that says why something is not XMPP's XML.

    Args:
        error: What the parser raised.

    >>> from xep0184.errors import XMLCode, XMLError
    >>> print(xml_finding(XMLError(XMLCode.RESTRICTED)).level)
    MUST NOT
    """
    row = CODES[error.code]
    return Finding.of(row, FindingSource.XML, text=error.detail, line=error.line)


def unexplained(
    problems: Iterable[Finding], judged: Iterable[Finding], /
) -> Iterator[Finding]:
    """Yield the problems with a schema that no other finding explains.

    Args:
        problems: Findings whose source is SCHEMA.
        judged: The findings of the other checks of the same stanza.
    """
    words = {
        (it.where or _PLACES.get(it.code, "."), _EXPLAINING[it.code])
        for it in judged
        if it.code in _EXPLAINING
    }
    for problem in problems:
        if not any(
            problem.where.startswith(where) and word in problem.text
            for where, word in words
        ):
            yield problem


def schema_findings(
    source: Source, name: str, revision: str, /, *, within: bytes = b""
) -> Iterator[Finding]:
    """Yield what is wrong with a stanza according to its schema.

    Args:
        source: The stanza, or its octets, which libxml2 reads faster.
        name: The expanded name of the element. One that is neither a stanza nor a
            payload of these schemas, such as the features of a stream, has no findings.
        revision: The revision of the receipts schema.
        within: The start tag of the parent that the octets were parsed within.

    Raises:
        BuildError: REVISION, if it is unknown.
        MissingExtraError: lxml is not installed.
    """
    from xep0184.schema.problem import Problem  # both need the extra
    from xep0184.schema.validation import problems_of

    if ns.split(name)[1] not in STANZA_NAMES and name not in _PAYLOADS:
        return
    try:
        for problem in problems_of(source, revision, within=within):
            yield _schema_finding(problem)
    except MissingExtraError as error:
        reason = f"invalid; to see why: {error}"
        yield _schema_finding(Problem(path=".", reason=reason, element=name))


def _schema_finding(problem: Problem) -> Finding:
    return Finding(
        source=FindingSource.SCHEMA,
        code=SCHEMA,
        level=CODES[SCHEMA].level,
        section=_SECTIONS.get(ns.split(problem.element)[0], "RFC 6120 §8"),
        text=problem.reason,
        where=problem.path,
        line=problem.line,
    )
