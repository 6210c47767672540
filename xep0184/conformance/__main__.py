"""A Python function as a program: ``python -m xep0184.conformance module:function``."""

from __future__ import annotations

import sys
from importlib import import_module

from xep0184.conformance.programs import serve

if __name__ == "__main__":
    module, _, function = sys.argv[1].partition(":")
    serve(getattr(import_module(module), function))
