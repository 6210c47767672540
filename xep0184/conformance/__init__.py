"""Test vectors for implementations of XEP-0184, in any language.

A vector is a question and the expected answer, in JSON; `docs/conformance.md`
describes the format. `run` puts vectors to an implementation, which is a function or,
with `Program`, a program in any language. `check` does so in a test.

`xep0184.conformance.library` is the adapter of this library, an example for others.
"""

from __future__ import annotations

from xep0184.conformance.comparing import Answer, VectorResult, VectorStatus, judge
from xep0184.conformance.loading import (
    SUITES,
    VERSION,
    Ask,
    Requirement,
    Vector,
    VectorLevel,
    asks,
    octets_of,
    requirements,
    select,
    vectors,
)
from xep0184.conformance.processes import NoAnswerError
from xep0184.conformance.programs import Program, UnusableProgramError
from xep0184.conformance.reporting import (
    explanation,
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
    "NoAnswerError",
    "Program",
    "Requirement",
    "UnusableProgramError",
    "Vector",
    "VectorLevel",
    "VectorResult",
    "VectorStatus",
    "asks",
    "check",
    "explanation",
    "json_report",
    "judge",
    "junit_report",
    "octets_of",
    "put",
    "requirements",
    "run",
    "select",
    "text_report",
    "vectors",
]
