"""The questions, a module for each part of the library.

Importing them puts them on the lists.
"""

from __future__ import annotations

from benchmarks.questions import (
    checking,
    deciding,
    discovering,
    holding,
    importing,
    plugins,
    reading,
    streaming,
    tracking,
    validating,
    writing,
)
from benchmarks.registry import COUNTS, GROWTHS, QUESTIONS

__all__ = [
    "COUNTS",
    "GROWTHS",
    "QUESTIONS",
    "checking",
    "deciding",
    "discovering",
    "holding",
    "importing",
    "plugins",
    "reading",
    "streaming",
    "tracking",
    "validating",
    "writing",
]
