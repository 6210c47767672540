"""How commands end: full disks, closed pipes, Ctrl-C, and the death of a process."""

from __future__ import annotations

import json
import multiprocessing
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from select import select
from typing import TYPE_CHECKING, Any, cast
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from xep0184.cli import command, jobs
from xep0184.cli.files import Reader
from xep0184.cli.item import item_of
from xep0184.cli.jobs import work_apart
from xep0184.cli.reporter import Reporter
from xep0184.cli.style import OutputFormat, Style
from xep0184.cli.tally import Tally
from xep0184.recordings import Redactor

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

EXAMPLES = Path(__file__).parent.parent / "examples"
# Nothing in these breaks the schema; to explain that, xmlschema is loaded.
FILES = [str(EXAMPLES / f"{name}.xml") for name in ("desk-sent", "phone-received")]
COMMAND = (sys.executable, "-m", "xep0184")
STANZA = (
    "<message xmlns='jabber:client' from='{}@example.org/{}' id='{}'>"
    "<body>hi</body><request xmlns='urn:xmpp:receipts'/></message>\n"
)


# What is told of it is more than a pipe holds.
LARGE = 1_500 * STANZA.format("n", "r", "x" * 1_000)


@pytest.fixture(autouse=True)
def _interrupts() -> Iterator[None]:
    """Let SIGINT end what is started, also where pytest was told to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def long(tmp_path: Path) -> str:
    """Write a recording of which much is told."""
    file = tmp_path / "long.log"
    file.write_text(LARGE)
    return str(file)


def run(
    *arguments: str,
    **options: Any,  # noqa: ANN401
) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own."""
    return subprocess.run(
        [*COMMAND, *arguments],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        **options,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", *FILES),
        ("check", "--format=sarif", *FILES),
        ("check", "--jobs=2", *FILES),
        ("caps", *FILES),
        ("disco", *FILES),
        ("rules",),
        ("request", "--to=a@b", "--body=x"),
        ("--help",),
        ("check", "--help"),
    ],
)
def test_a_full_disk_is_said_in_one_line(arguments: tuple[str, ...]) -> None:
    """The exit code is not that of findings."""
    with Path("/dev/full").open("w") as full:
        found = run(*arguments, stdout=full)
    assert (found.returncode, found.stderr) == (
        74,
        "xep0184: standard output: No space left on device\n",
    )


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_closed_pipe_ends_it_in_silence(long: str, processes: str) -> None:
    """Its reader, such as head, has enough."""
    line = [*COMMAND, "check", "--jobs", processes, long, long]
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(long.encode())
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 74


@pytest.mark.parametrize("processes", ["1", "2"])
def test_an_interrupt_ends_it_at_once(
    long: str, processes: str, tmp_path: Path
) -> None:
    """With one line and the exit code of an interrupt; no process is left."""
    short = [str(tmp_path / "1.log"), str(tmp_path / "2.log")]  # one for each process
    for name in short:
        Path(name).write_text(STANZA)
    line = [*COMMAND, "check", "-v", "--jobs", processes, *short, *[long] * 8]
    with subprocess.Popen(
        line,
        stdout=subprocess.PIPE,  # which nobody reads
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        for name in short:  # what has read one is not just being started
            said_first = f"{name}: read as text with stanzas in it\n"
            assert process.stderr.readline().endswith(said_first)
        time.sleep(0.5)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        said = process.stderr.read().splitlines()
        assert (process.wait(), said[-1]) == (130, "xep0184: interrupted")
        assert "Traceback" not in "".join(said)
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)


@pytest.mark.parametrize("style", ["text", "json", "github", "sarif"])
def test_several_processes_print_the_same_as_one(
    style: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The same octets in the same order, also what cannot be read."""
    if style != "text":
        request.getfixturevalue("unmeasured")
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(12):
        text = STANZA.format("a", number, "x") * (1 if number % 2 else 100)
        (folder / f"{number:02}.log").write_text(text)
    (folder / "README").write_text("What this is.")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "README").write_text("Nothing.")
    line = ["check", "-v", "--format", style, str(folder), *FILES, "missing"]
    line += [str(tmp_path / "empty"), "-"]
    one, several = (
        run(*line, f"--jobs={number}", input=STANZA, stdout=subprocess.PIPE)
        for number in (1, 3)
    )
    assert (one.returncode, one.stdout, one.stderr) == (
        several.returncode,
        several.stdout,
        several.stderr,
    )
    assert one.returncode == 3
    assert one.stderr.count("cannot be read") == 2
    assert one.stderr.count("left out") == 2


@contextmanager
def started(command: str, *files: str) -> Generator[subprocess.Popen[str]]:
    """Start a command with two other processes; none is left, whatever fails."""
    process = subprocess.Popen(
        [*COMMAND, command, "--jobs=2", "--format=json", *files],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def children_of(process: subprocess.Popen[str], *files: str) -> list[int]:
    """Wait until other processes of a command read these files, and return them."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until = time.monotonic() + 60
    while True:
        read = [(it, opened(int(it), files)) for it in children.read_text().split()]
        if [file for _, file in read if file] == [*files]:
            return [int(it) for it, file in read if file]
        assert time.monotonic() < until
        time.sleep(0.05)


def opened(process: int, files: tuple[str, ...]) -> str | None:
    """Return which of the files a process has opened."""
    with suppress(OSError):
        for it in Path(f"/proc/{process}/fd").iterdir():
            if (name := str(it.readlink())) in files:
                return name
    return None


def state_of(process: int) -> str:
    """Return the letter for what a process does; Z if it does nothing any more."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return "Z"
    return stat.rpartition(")")[2].split()[0]


def wait_until(process: int, state: str, times: int = 1) -> None:
    """Wait until a process is in a state, seen so many times one after another."""
    until, seen = time.monotonic() + 60, 0
    while seen < times:
        assert time.monotonic() < until
        seen = seen + 1 if state_of(process) == state else 0
        time.sleep(0.05)


class Pipe:
    """A named pipe that is open for writing."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.name = str(path)
        self._file = path.open("r+b", buffering=0)  # else it would wait for a reader

    def write_all(self, text: str) -> None:
        """Write a text, and end it."""
        octets = memoryview(text.encode())
        while octets:
            octets = octets[self._file.write(octets) :]
        self.close()

    def close(self) -> None:
        """End the text; nothing is read before that or a write."""
        self._file.close()


@pytest.fixture
def pipes(tmp_path: Path) -> Iterator[list[Pipe]]:
    """Make two named pipes; what reads one waits."""
    made = [Pipe(tmp_path / name) for name in ("one", "other")]
    yield made
    for it in made:
        it.close()


ON_LINUX = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="only Linux lists child processes"
)
DEATH = "a process ended before it was done"


@ON_LINUX
def test_the_death_of_a_process_is_said(pipes: list[Pipe]) -> None:
    """Its file is named and no other is lost; the exit code says it is unreadable."""
    first, second = pipes
    names = [first.name, second.name]
    with started("check", *names, *FILES) as process:
        os.kill(children_of(process, *names)[1], signal.SIGKILL)
        first.write_all(STANZA)
        out, said = process.communicate(timeout=120)
    assert process.returncode == 3
    assert said == f"xep0184: {second.name}: cannot be read: {DEATH}\n"
    told = [json.loads(it) for it in out.splitlines()]
    assert list(told[-1]["summary"]["inputs"]) == [first.name, *FILES]
    assert [it["file"] for it in told if "unreadable" in it] == [second.name]


@ON_LINUX
@pytest.mark.usefixtures("unmeasured")
def test_half_a_result_is_none(pipes: list[Pipe]) -> None:
    """It is not waited for, although another process is alive."""
    first, second = pipes
    with started("check", first.name, second.name) as process:
        writing, reading = children_of(process, first.name, second.name)
        os.kill(process.pid, signal.SIGSTOP)
        first.write_all(LARGE)
        wait_until(writing, "S", 10)  # as the pipe to the first process is full
        os.kill(writing, signal.SIGKILL)
        os.kill(process.pid, signal.SIGCONT)
        assert process.stdout is not None
        assert select([process.stdout], [], [], 60)[0]
        assert json.loads(process.stdout.readline())["unreadable"] == DEATH
        os.kill(reading, signal.SIGKILL)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said.count(DEATH)) == (3, 2)


ENDLESS = "/dev/zero"  # a text without any stanza


@ON_LINUX
@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("command", ["check", "trace"])
@pytest.mark.parametrize("is_dead", [False, True])
def test_an_interrupt_ends_what_would_never_end(
    command: str, *, is_dead: bool, pipes: list[Pipe]
) -> None:
    """Whatever the other processes wait for, and although one of them is dead."""
    name = pipes[0].name
    with started(command, ENDLESS, name, ENDLESS) as process:
        first, _ = children_of(process, ENDLESS, name)
        if is_dead:
            os.kill(first, signal.SIGKILL)
            wait_until(first, "Z")
            children_of(process, name, ENDLESS)
        os.kill(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert (process.returncode, said.splitlines()[-1]) == (
            130,
            "xep0184: interrupted",
        )
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)


@ON_LINUX
@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_without_its_parent(
    number: signal.Signals, pipes: list[Pipe]
) -> None:
    """The death of the first one ends the others."""
    with started("check", ENDLESS, pipes[0].name) as process:
        children = children_of(process, ENDLESS, pipes[0].name)
        os.kill(process.pid, number)
        assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == -number
        for child in children:
            wait_until(child, "Z")


def test_what_another_process_says_is_collected(tmp_path: Path) -> None:
    """In its order, with what it counted; a file of a folder may be empty."""
    style = Style(output_format=OutputFormat.TEXT, has_colour=False, width=None)
    reporter = Reporter(style, Tally())
    found, named = (
        Reader(reporter, paths, is_verbose=True) for paths in ([str(tmp_path)], [])
    )
    readme = tmp_path / "README"
    readme.write_text("What this is.")
    name = str(readme)
    lines, tally = work_apart(_shows_all, found, name)
    assert lines == [
        (True, f"{name}: read as text with stanzas in it"),
        (True, f"{name}: left out: it holds no stanza"),
    ]
    assert tally.unreadable == []
    readme.write_text("<iq/>")
    lines, tally = work_apart(_shows_all, named, name)
    assert lines[1:] == [(False, f"{name}:1:1: #1 stanza")]
    assert tally.inputs == {name: "text"}
    readme.unlink()
    lines, tally = work_apart(_shows_all, named, name)
    assert tally.unreadable == [name]
    assert [is_said for is_said, _ in lines] == [True]


def _shows_all(file: str, reader: Reader) -> None:
    for entry in reader.entries(file):
        reader.reporter.show(item_of(entry, "stanza"))


def test_a_process_serves_until_its_parent_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It leaves Ctrl-C to the parent, and returns what the work raises."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    got: list[Any] = []
    received: list[Any] = []
    ended: queue.Queue[int] = queue.Queue()

    def reciprocal(number: int) -> float:
        got.append(signal.getsignal(signal.SIGINT))
        return 1 / number

    def ask() -> None:
        received.extend(ours.recv() for _ in range(2))
        ours.close()

    parent = threading.Thread(target=ask)
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: parent)
    monkeypatch.setattr(os, "_exit", ended.put)
    before = signal.getsignal(signal.SIGINT)
    try:
        parent.start()
        files: Any = (1, "-", 0, 1)
        jobs._serve(theirs, cast("Any", reciprocal), files)  # noqa: SLF001
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.get(timeout=60) == 1
    assert received[0] == 1
    assert isinstance(received[1], ZeroDivisionError)
    assert got == [signal.SIG_IGN] * 3


def test_what_another_process_raises_is_raised_here() -> None:
    """At the turn of its file."""
    results = jobs.results(float, float, ["1", "x", "2"], 2)
    assert next(results) == 1.0
    with pytest.raises(ValueError, match="'x'"):
        next(results)


# Redaction

PRIVATE = """\
<message xmlns='jabber:client' from='juliet@capulet.lit/balcony' id='m1'
  to='romeo@montague.lit'><body>Wherefore &amp; why
art thou?</body><subject xml:lang='en'><![CDATA[Wherefore & why
art thou?]]></subject>
  <request xmlns='urn:xmpp:receipts'/></message>
<iq xmlns='jabber:client' to='juliet@capulet.lit/balcony' type='result' id='r1'>
  <query xmlns='jabber:iq:roster'><item jid='romeo@montague.lit' name='Mon amour'>
  <group>Friends</group></item></query></iq>
<presence xmlns='jabber:client' from='juliet@capulet.lit/balcony'><show>away</show>
  <priority>5</priority><status>In the garden</status></presence>
<message xmlns='jabber:client' from='juliet@@capulet.lit' id='m2'><body>x</body>
  <received xmlns='urn:xmpp:receipts'/></message>
"""


def shown(number: int) -> str:
    """Return a stanza that is shown redacted."""
    line = ["check", "--redact", "--show", str(number), "-"]
    return CliRunner().invoke(command, line, input=PRIVATE.encode()).stdout


def redacted(key: bytes | None) -> str:
    """Return all stanzas as one redactor leaves them."""
    tree = ET.fromstring(f"<r>{PRIVATE}</r>")  # noqa: S314
    Redactor(key).replace_in(tree)
    return ET.tostring(tree, encoding="unicode")


def test_private_texts_are_replaced_consistently() -> None:
    """The same by the same within a run; ids, domains and names are kept."""
    stanza = redacted(b"key")
    for word in (
        *("juliet", "romeo", "balcony", "Wherefore", "thou", "amour", "Friends"),
        *("garden", "away"),
    ):
        assert word in redacted(None)
        assert word not in stanza
    for word in ("capulet.lit", "montague.lit", "m1", "r1", "roster", "result"):
        assert word in stanza
    assert len({*re.findall(r"local-\w+@capulet.lit/resource-\w+", stanza)}) == 1
    assert len({*re.findall(r"local-\w+@montague.lit", stanza)}) == 1
    body, subject = re.findall(r"(?:body|subject)[^<>]*>(text-\w+)<", stanza)[:2]
    assert body == subject


def test_another_run_replaces_by_something_else() -> None:
    """Otherwise names could be found out by trying."""
    assert shown(1) != shown(1)
    assert redacted(b"a") == redacted(b"a")
    assert redacted(b"a") != redacted(b"b")


def test_a_redacted_report_has_the_same_findings() -> None:
    """Nothing becomes invalid, and nothing valid."""
    line = ["check", "--format=json", "--all", "-"]
    plain, redacted = (
        CliRunner().invoke(command, [*line, *option], input=PRIVATE.encode()).stdout
        for option in ((), ("--redact",))
    )
    for text in (plain, redacted):
        lines = [json.loads(it) for it in text.splitlines()]
        codes = [[it["code"] for it in each["findings"]] for each in lines[:-1]]
        assert codes == [[], [], [], ["extra-in-ack", "missing-id", "bad-jid"]]
        assert [it["line"] for it in lines[:-1]] == [1, 6, 9, 11]
    assert "juliet" in plain
    assert "juliet" not in redacted


def test_what_is_shown_is_redacted_too() -> None:
    """Also the stanza itself."""
    assert 'id="m1"' in shown(1)
    assert "Wherefore" not in shown(1)
    assert "Mon amour" not in shown(2)


@pytest.mark.parametrize(
    ("address", "pattern"),
    [
        ("a@b.c/d", r"local-\w{8}@b\.c/resource-\w{8}"),
        ("b.c/d/e", r"b\.c/resource-\w{8}"),
        ("b.c", r"b\.c"),
        ("a b@@c", r"address-\w{8}"),
        ("", ""),
    ],
)
def test_an_address_loses_what_names_somebody(address: str, pattern: str) -> None:
    """One that is no JID is replaced as a whole."""
    assert re.fullmatch(pattern, Redactor(b"key").address(address))


def test_what_cannot_be_read_is_told_in_a_redacted_report() -> None:
    """No text of it is repeated."""
    text = f"<message><body>secret</x></message>{PRIVATE}"
    line = ["check", "--redact", "-"]
    result = CliRunner().invoke(command, line, input=text.encode())
    assert ("not-well-formed" in result.stdout, result.exit_code) == (True, 1)
    assert "secret" not in result.stdout


def test_caps_can_be_verified_in_a_redacted_recording() -> None:
    """Nothing that is hashed is replaced."""
    line = ["caps", "--verify", "--redact", str(EXAMPLES / "desk-received.xml")]
    result = CliRunner().invoke(command, line)
    assert (result.exit_code, "alice" in result.stdout) == (0, False)
    assert "verdicts: 4 ok" in result.stdout
