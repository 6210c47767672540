"""A function as a program: ``python -m xep0184.conformance.serving module:name``."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from importlib import import_module
from typing import TYPE_CHECKING

from xep0184.conformance.comparing import crash_of
from xep0184.conformance.loading import written_out
from xep0184.conformance.programs import encodable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184.conformance.running import Adapter

__all__ = ["serve"]


def serve(adapter: Adapter, /) -> None:
    """Answer the questions on standard input until it ends.

    What the implementation prints goes to standard error.

    Args:
        adapter: The implementation.
    """
    with redirect_stdout(sys.stderr):
        for answer in _answers(adapter):
            print(answer, file=sys.__stdout__, flush=True)


def _answers(adapter: Adapter) -> Iterator[str]:
    for line in sys.stdin.buffer:
        question = json.loads(line, object_hook=written_out)
        try:
            yield json.dumps(encodable(adapter(question["ask"], question["given"])))
        except Exception as error:  # noqa: BLE001  # it costs this vector alone
            yield json.dumps(encodable({"crash": crash_of(error)}))


def _serve_named() -> None:
    """Serve the function that the command line names, as ``module:function``."""
    module, _, name = sys.argv[1].partition(":")
    try:
        with redirect_stdout(sys.stderr):
            adapter = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        sys.exit(f"cannot load {sys.argv[1]}: {error}")
    serve(adapter)


if __name__ == "__main__":
    _serve_named()
