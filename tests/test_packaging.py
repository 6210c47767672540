"""The wheel, the sdist and an installed copy have what they need."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

import pytest

import xep0184

ROOT = Path(__file__).parent.parent
CACHE = re.compile(r"/(\.|__pycache__/)")
SCHEMAS = {path.name for path in (ROOT / "schema").glob("*.xsd")}

checkout = pytest.mark.skipif(
    not (ROOT / "xep0184").is_dir(), reason="only a checkout can be built"
)


class Built(NamedTuple):
    """The two archives of a release."""

    wheel: Path
    sdist: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build both archives without network access."""
    place = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(place)]
    subprocess.run(command, cwd=ROOT, check=True)
    return Built(next(place.glob("*.whl")), next(place.glob("*.tar.gz")))


def test_version_agrees() -> None:
    """The version in the source is that of the installed distribution."""
    assert metadata.version("xep0184") == xep0184.__version__


@pytest.mark.parametrize("revision", ["1.0", "1.2", "1.4.0"])
def test_schemas_are_found_from_anywhere(revision: str, tmp_path: Path) -> None:
    """The current directory does not matter."""
    code = f"""if True:
        from lxml import etree
        from xep0184 import schema
        request = etree.fromstring("<request xmlns='urn:xmpp:receipts'/>")
        print(schema.is_valid(request, revision={revision!r}))
    """
    command = [sys.executable, "-I", "-c", code]
    run = subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.PIPE)
    assert run.stdout.split() == [b"True"]


@pytest.mark.usefixtures("unmeasured")
@checkout
def test_wheel_carries_the_package_and_the_schemas(built: Built) -> None:
    """The wheel has all schemas and ``py.typed``, and no tests."""
    files = (path for path in (ROOT / "xep0184").rglob("*.*") if path.is_file())
    paths = {path.relative_to(ROOT).as_posix() for path in files}
    package = {path for path in paths if not CACHE.search(path)}
    schemas = {f"xep0184/_schema/{name}" for name in SCHEMAS}
    names = set(ZipFile(built.wheel).namelist())
    assert {name for name in names if name.startswith("xep0184/")} == package | schemas
    assert {"xep0184/_schema/receipts.xsd", "xep0184/py.typed"} <= names
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"xep0184", f"xep0184-{xep0184.__version__}.dist-info"}


@checkout
def test_wheel_needs_nothing_but_python(built: Built) -> None:
    """All other dependencies are extras."""
    with ZipFile(built.wheel) as archive:
        (path,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        headers = HeaderParser().parsestr(archive.read(path).decode())
    needs = [need for need in headers.get_all("Requires-Dist", []) if ";" not in need]
    assert needs == []
    assert headers["Requires-Python"] == ">=3.11"


@checkout
def test_sdist_can_be_tested(built: Built) -> None:
    """The sdist has the tests and the files they read."""
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    expected = {f"schema/{name}" for name in SCHEMAS} | {
        "README.md",
        "examples/desk-received.xml",
        "pyproject.toml",
        "tests/test_packaging.py",
        "xep0184/__init__.py",
    }
    assert expected <= names
