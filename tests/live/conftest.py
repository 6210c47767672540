"""Fixtures of the live tests; without XEP0184_LIVE nothing here is collected."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .scenario import Scenario
    from .servers import Server

if not os.environ.get("XEP0184_LIVE"):
    collect_ignore_glob = ["*.py"]


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker of what CI requires."""
    config.addinivalue_line("markers", "core: what CI requires, in two minutes")


@pytest.fixture(scope="session", params=["prosody", "ejabberd"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Give a server for all tests with it."""
    from .servers import SERVERS

    (kind,) = (it for it in SERVERS if it.name == request.param)
    server = kind(tmp_path_factory.mktemp(kind.name))
    try:
        server.start()
        yield server
    finally:
        server.end()


@pytest.fixture
def scenario(server: Server, tmp_path: Path) -> Iterator[Scenario]:
    """Give what makes accounts and clients."""
    from .scenario import Scenario

    with Scenario(server, tmp_path) as scenario:
        yield scenario
