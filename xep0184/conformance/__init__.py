"""Test vectors for implementations of XEP-0184, in any language.

A vector is a question and the expected answer, in JSON; `docs/conformance.md`
describes the format. `run` puts vectors to an implementation, which is a function or,
with `Program`, a program in any language. `check` does so in a test.

`xep0184.conformance.library` is the adapter of this library, an example for others.
"""

from __future__ import annotations

from xep0184.conformance.judging import Answer, VectorResult, VectorStatus, judge
from xep0184.conformance.loading import (
    SUITES,
    VERSION,
    Ask,
    Level,
    Requirement,
    Vector,
    asks,
    octets_of,
    requirements,
    select,
    vectors,
)
from xep0184.conformance.programs import NoAnswerError, Program, serve
from xep0184.conformance.reporting import (
    explain,
    json_report,
    junit_report,
    text_report,
)
from xep0184.conformance.running import Adapter, check, put, run

__all__ = [
    "SUITES",
    "VERSION",
    "Adapter",
    "Answer",
    "Ask",
    "Level",
    "NoAnswerError",
    "Program",
    "Requirement",
    "Vector",
    "VectorResult",
    "VectorStatus",
    "asks",
    "check",
    "explain",
    "json_report",
    "judge",
    "junit_report",
    "octets_of",
    "put",
    "requirements",
    "run",
    "select",
    "serve",
    "text_report",
    "vectors",
]
