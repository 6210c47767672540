"""The checks of the project, one session each: ``.venv/bin/nox`` runs them all.

Sessions that need no environment of their own run in the one nox runs in, which
``pip install -e '.[dev]'`` has made; that is quicker, and what a developer uses.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.error_on_missing_interpreters = False

ROOT = Path(__file__).parent
MODULE = (sys.executable, "-m")
CODE = [
    name
    for name in ("xep0184", "tests", "benchmarks", "noxfile.py", ".ci/installed.py")
    if (ROOT / name).exists()
]
# The low ends that pyproject.toml promises; lxml 4.9 has no wheel for Python 3.13,
# 5.3 is the oldest that has one.
OLDEST = ("click==8.2.*", "hypothesis==6.100.*", "rich==13.0.*", "xmlschema==4.0.*")
OLDEST_LXML = {"3.11": "lxml==4.9.*", "3.12": "lxml==4.9.*", "3.13": "lxml==5.3.*"}

_RUNNER = ("pytest>=9", "pytest-xdist")
_PARALLEL = ("--quiet", "--numprocesses=auto")
# The README's command tries every property long; the matrix is about versions.
_BRIEF = {"HYPOTHESIS_PROFILE": "dev"}


@nox.session(python=False)
def lint(session: nox.Session) -> None:
    """Check the style of every file and the formatting."""
    session.run(*MODULE, "ruff", "check")
    session.run(*MODULE, "ruff", "format", "--check")


@nox.session(python=False)
def types(session: nox.Session) -> None:
    """Check the types twice; whether any is missing, `wheel` asks."""
    session.run(*MODULE, "mypy", *CODE)
    session.run(*MODULE, "pyright", "--pythonpath", sys.executable)


@nox.session(python=False)
def coverage(session: nox.Session) -> None:
    """Run the tests and require every branch of the package."""
    session.run(*MODULE, "coverage", "run", "-m", "pytest", "--quiet", env=_BRIEF)
    session.run(*MODULE, "coverage", "report")


@nox.session(python=list(OLDEST_LXML))
@nox.parametrize("dependencies", ["oldest", "newest"])
def tests(session: nox.Session, dependencies: str) -> None:
    """Run the tests under one Python with one end of the range of dependencies."""
    oldest = (*OLDEST, OLDEST_LXML[str(session.python)])
    pinned = oldest if dependencies == "oldest" else ()
    session.install("-e", ".[all]", "hatchling", *_RUNNER, *pinned)
    session.run("pytest", *_PARALLEL, *session.posargs, env=_BRIEF)


@nox.session
def wheel(session: nox.Session) -> None:
    """Try the built wheel in an empty environment, then test it, then its types.

    The wheel is built from the sdist, and the tests are the sdist's own, with the
    package and the schemas taken away: what they find is what was installed.
    """
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        session.run(*MODULE, "build", "--outdir", name, external=True, silent=True)
        (built,) = place.glob("*.whl")
        (sdist,) = place.glob("*.tar.gz")
        shutil.unpack_archive(sdist, place)
        outside = place / sdist.name.removesuffix(".tar.gz")
        shutil.rmtree(outside / "xep0184")
        shutil.rmtree(outside / "schema")

        session.chdir(outside)
        session.install(f"{built}[cli,schema]")
        session.run("python", "-I", ROOT / ".ci" / "installed.py", "examples")
        session.install(f"{built}[all]", *_RUNNER)
        arguments = ("tests", "README.md", "--pyargs", "xep0184")
        session.run("pytest", *_PARALLEL, *arguments, env=_BRIEF)

        # Here and not in `types`: pyright verifies no editable install.
        session.install("types-lxml")
        verify = ("--verifytypes", "xep0184", "--ignoreexternal")
        python = ("--pythonpath", f"{session.bin}/python")
        session.run(*MODULE, "pyright", *python, *verify, external=True)
