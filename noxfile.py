"""The checks of the project, one session each.

``.venv/bin/nox`` runs all but ``mutants`` and ``soak``, which take hours.

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
nox.options.sessions = [
    *("lint", "types", "coverage", "docs", "core", "tests", "stacks", "live"),
    *("fuzz", "nbxmpp", "wheel"),
]

ROOT = Path(__file__).parent
MODULE = (sys.executable, "-m")
CODE = [
    name
    for name in (
        "xep0184",
        "tests",
        "benchmarks",
        "examples",
        "docs",
        "noxfile.py",
        ".ci/installed.py",
    )
    if (ROOT / name).exists()
]
# The low ends that pyproject.toml promises.
OLDEST = (
    "click==8.2.*",
    "hypothesis==6.100.*",
    "idna==3.7.*",
    "lxml==5.3.*",
    "precis-i18n==1.1.0",
    "rich==13.0.*",
    "xmlschema==4.0.*",
)

# PyPI has nbxmpp as well, but no wheel of the PyGObject that it needs.
DEBIAN_PYTHON = "/usr/bin/python3"
DEBIAN_NBXMPP = Path("/usr/lib/python3/dist-packages/nbxmpp")
# aioxmpp asks for neither pytz nor pkg_resources, but imports both; lxml 4 has wheels
# up to Python 3.12. Those that can share an environment do.
STACKS = {
    "slixmpp twisted": ("slixmpp", "twisted"),
    "aioxmpp": ("aioxmpp", "lxml~=4.0", "pytz", "setuptools<81"),
    "dask": ("dask[distributed]",),
}
# The servers and clients of the live tests; `erl` runs ejabberd.
LIVE_PROGRAMS = ("prosody", "erl", "profanity", "mcabber")

_RUNNER = ("pytest>=9", "pytest-xdist")
_PARALLEL = ("--quiet", "--numprocesses=auto")
# The test files that need no extra but Hypothesis.
_CORE = (
    *("asking", "core", "plain", "receipts_journal", "recent", "record"),
    *("seen_ids", "stream", "tracker"),
)
# The README's command tries every property long; the matrix is about versions.
_BRIEF = {"HYPOTHESIS_PROFILE": "brief"}


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
    session.run(*MODULE, "coverage", "erase")
    env = {**_BRIEF, "COVERAGE_PROCESS_START": str(ROOT / "pyproject.toml")}
    session.run(*MODULE, "pytest", *_PARALLEL, env=env)
    session.run(*MODULE, "coverage", "combine", "--quiet")
    session.run(*MODULE, "coverage", "report")


@nox.session(python=False)
def docs(session: nox.Session) -> None:
    """Build the documentation into build/docs; a warning of Sphinx is an error."""
    strict = ("--quiet", "--fresh-env", "--fail-on-warning", "--keep-going")
    session.run(*MODULE, "sphinx", *strict, "docs", "build/docs")


@nox.session
def core(session: nox.Session) -> None:
    """Run what needs no extra where neither lxml nor xmlschema is installed."""
    session.install("-e", ".[testing]", "pytest>=9")
    extra = ("cli", "findings", "normalisers.py", "schema")
    ignored = [f"--ignore=xep0184/{name}" for name in extra]
    files = [f"tests/test_{name}.py" for name in _CORE]
    session.run("pytest", "--quiet", *ignored, "xep0184", *files, env=_BRIEF)


@nox.session(python=["3.11", "3.12", "3.13"])
@nox.parametrize("dependencies", ["oldest", "newest"])
def tests(session: nox.Session, dependencies: str) -> None:
    """Run the tests under one Python with one end of the range of dependencies."""
    pinned = OLDEST if dependencies == "oldest" else ()
    session.install("-e", ".[all]", "hatchling", "jsonschema", *_RUNNER, *pinned)
    arguments = (*_PARALLEL, "-m", "not heavy", *session.posargs)
    session.run("pytest", *arguments, env=_BRIEF)


@nox.session
@nox.parametrize("names", list(STACKS))
def stacks(session: nox.Session, names: str) -> None:
    """Try the examples in the stacks they are for.

    What is named is not skipped, however it fails to be imported.
    """
    if names == "aioxmpp" and sys.version_info >= (3, 13):
        session.skip("lxml 4 has no wheel for this Python")
    extras = "cli,testing" if names == "dask" else "testing"
    session.install("-e", f".[{extras}]", "pytest>=9", *STACKS[names])
    files = ["tests/test_examples.py", "tests/test_stacks.py"]
    if "slixmpp" in names:
        files += ["tests/test_slixmpp_plugin.py", "tests/test_component_example.py"]
    if names == "dask":
        files = ["tests/test_distributed_example.py"]
    session.run("pytest", "--quiet", *files, env={"XEP0184_STACKS": names})


@nox.session
def live(session: nox.Session) -> None:
    """Try the example for slixmpp with real servers and clients.

    ``nox -s live -- -m core`` is the part that CI requires.
    """
    missing = [name for name in LIVE_PROGRAMS if shutil.which(name) is None]
    if missing:
        session.skip(f"not installed: {', '.join(missing)}")
    session.install("-e", ".[cli,testing]", "pytest>=9", "slixmpp")
    arguments = ("--quiet", "tests/live", *session.posargs)
    session.run("pytest", *arguments, env={"XEP0184_LIVE": "1"})


@nox.session
def fuzz(session: nox.Session) -> None:
    """Fuzz every function that reads octets of a stranger, for half a minute.

    ``nox -s fuzz -- --runs 10000000 --corpus .fuzz`` goes on for hours, and keeps
    what it finds worth keeping.
    """
    if sys.version_info >= (3, 13):
        session.skip("atheris has no wheel for this Python")
    session.install("-e", ".[all]", "atheris")
    session.run("python", "-m", "tests.fuzz", *(session.posargs or ("--seconds", "30")))


@nox.session(python=False)
def mutants(session: nox.Session) -> None:
    """Change single places of the package; a test must fail for each.

    ``nox -s mutants -- --room xml`` takes all mutants of one room.
    """
    arguments = session.posargs or ("--sample", "1600")
    session.run(*MODULE, "tests.mutation", *arguments)


@nox.session(python=False)
def soak(session: nox.Session) -> None:
    """Try every property with 10,000 examples, which takes hours."""
    env = {"HYPOTHESIS_PROFILE": "soak"}
    arguments = ("-m", "hypothesis", "--durations=20", *_PARALLEL, *session.posargs)
    session.run(*MODULE, "pytest", "tests", *arguments, env=env)


@nox.session(python=DEBIAN_PYTHON, venv_params=["--system-site-packages"])
def nbxmpp(session: nox.Session) -> None:
    """Try the example for nbxmpp in Debian's copy of it."""
    if not DEBIAN_NBXMPP.is_dir():
        session.skip("python3-nbxmpp is not installed")
    session.install("-e", ".[testing]", "pytest>=9")
    env = {"XEP0184_STACKS": "nbxmpp"}
    files = ("tests/test_examples.py", "tests/test_stacks.py")
    session.run("python", "-m", "pytest", "--quiet", *files, env=env)


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
        # What the package holds as data is read by these; `tests` runs all others.
        names = ("core", "packaging", "schema", "vectors")
        files = [f"tests/test_{name}.py" for name in names]
        arguments = (*files, "README.md", "docs", "--pyargs", "xep0184")
        session.run("pytest", *_PARALLEL, *arguments, env=_BRIEF)

        # Here and not in `types`: pyright verifies no editable install.
        session.install("types-lxml")
        verify = ("--verifytypes", "xep0184", "--ignoreexternal")
        python = ("--pythonpath", f"{session.bin}/python")
        session.run(*MODULE, "pyright", *python, *verify, external=True)
