"""What a stanza is, and everything that is odd about it.

Joins the verdicts on one element without mixing them: its form (what a lenient
reader passed over), its schema, and the rules of the XEP. The first verdict,
whether it is XML at all, was given before there was an element.
"""

from __future__ import annotations

from xep0184.findings.examining import examine, findings
from xep0184.findings.finding import Finding, FindingSource, Report, StanzaKind

__all__ = ["Finding", "FindingSource", "Report", "StanzaKind", "examine", "findings"]
