"""disco#info: the vectors for every function, properties, and recorded answers."""

from __future__ import annotations

from contextlib import suppress
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from xep0184 import conformance, disco, jid, ns, stream
from xep0184.disco import (
    Answer,
    Condition,
    DataForm,
    Field,
    Identity,
    Info,
    Match,
    Oddity,
    Query,
)
from xep0184.errors import BuildCode, BuildError, RemoteError, XMLCode, XMLError
from xep0184.strategies import texts
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lxml.etree import _Element as LxmlElement

    from xep0184.conformance import Vector
    from xep0184.jid import Part

ME = "northumberland@shakespeare.lit/westminster"
EXAMPLES = Path(__file__).parent.parent / "examples"
VECTORS = conformance.vectors("disco")
BUILT = ("reply_to", "refuse")


def chosen(test: Callable[[Vector], object]) -> pytest.MarkDecorator:
    """Parametrise a test with the vectors that it is for."""
    vectors = [vector for vector in VECTORS if test(vector)]
    return pytest.mark.parametrize("vector", vectors, ids=attrgetter("name"))


def is_built(vector: Vector) -> bool:
    """Whether the vector is about writing."""
    return vector.name.startswith("build-")


def form_from(plain: Mapping[str, Any]) -> DataForm:
    """Make a form out of a vector."""
    fields = tuple(
        Field(
            var=field.get("var"),
            values=tuple(field.get("values", ())),
            type=field.get("type"),
        )
        for field in plain.get("fields", ())
    )
    return DataForm(
        fields=fields, type=plain.get("type"), tabular=plain.get("tabular", False)
    )


def info_from(plain: Mapping[str, Any]) -> Info:
    """Make an answer out of a vector."""
    return Info(
        identities=tuple(Identity(**each) for each in plain.get("identities", ())),
        features=tuple(plain.get("features", ())),
        forms=tuple(map(form_from, plain.get("forms", ()))),
        lang=plain.get("lang"),
        extensions=tuple(plain.get("extensions", ())),
    )


def query_from(plain: Mapping[str, Any]) -> Query:
    """Make a query out of a vector."""
    return Query(
        to=plain.get("to"),
        id=plain.get("id"),
        node=plain.get("node"),
        from_=plain.get("from"),
    )


DOORS: dict[str, Callable[..., Answer]] = {
    "octets": lambda xml, **options: disco.parse(xml.encode(), **options),
    "text": disco.parse,
    "lxml": lambda xml, **options: disco.from_element(
        etree.fromstring(xml.encode()), **options
    ),
    "stdlib": lambda xml, **options: disco.from_element(
        ET.fromstring(xml),  # noqa: S314  # xml is a vector
        **options,
    ),
}

# Reading


@pytest.mark.parametrize("door", DOORS)
@chosen(lambda vector: vector.ask == "disco-read" and vector.expect)
def test_reading(vector: Vector, door: str) -> None:
    """Each way of reading gives the facts and oddities of the vector."""
    answer = DOORS[door](vector.given["xml"], lang=vector.given.get("lang"))
    expect = vector.expect
    assert disco.support(answer.info).value == expect["support"]
    assert list(answer.oddities) == expect["oddities"]
    for fact in ("from", "to", "id", "type", "node", "condition"):
        name = "from_" if fact == "from" else fact
        assert getattr(answer, name) == expect.get(fact)
    if "info" in expect:
        assert answer.info == info_from(expect["info"])


@pytest.mark.parametrize("door", ["octets", "text"])
@chosen(lambda vector: vector.error and not is_built(vector))
def test_refusing(vector: Vector, door: str) -> None:
    """Anything but an iq is refused with an error code."""
    with pytest.raises(RemoteError) as caught:
        DOORS[door](vector.given["xml"])
    assert getattr(caught.value, "code", None) in vector.error


@chosen(lambda vector: "info" in (vector.expect or {}))
def test_reading_the_query_alone(vector: Vector) -> None:
    """The query element alone gives the same answer."""
    whole = etree.fromstring(vector.given["xml"])
    expected = disco.from_element(whole, lang=vector.given.get("lang"))
    (query, *_) = whole.iterfind(ns.QUERY_TAG)
    alone = disco.answer_of(query, lang=vector.given.get("lang"))
    assert (alone.type, alone.node) == ("result", expected.node)
    assert alone.info == expected.info
    assert set(expected.oddities) - set(alone.oddities) <= {Oddity.MULTIPLE_QUERY}


@chosen(lambda vector: vector.ask == "disco-match")
def test_matching(vector: Vector) -> None:
    """An answer matches its query by id, sender and node."""
    answer = disco.parse(vector.given["xml"])
    query = query_from(vector.given["query"])
    account = jid.parse(vector.given.get("account", ME))
    assert disco.match(query, answer, account=account) == vector.expect["match"]


def test_matching_uses_the_normaliser_of_the_account() -> None:
    """It decides which spellings of a JID are equal."""
    query = Query(to="a@b/ONE", id="1")
    answer = Answer(from_="a@b/one", id="1", type="error")

    def casefold(_: Part, text: str) -> str:
        return text.casefold()

    account, folded = jid.parse(ME), jid.parse(ME, normaliser=casefold)
    assert disco.match(query, answer, account=account) is Match.OTHER_SENDER
    assert disco.match(query, answer, account=folded) is Match.YES


@pytest.mark.parametrize("parser", [etree.fromstring, ET.fromstring])
@chosen(lambda vector: vector.ask == "disco-query")
def test_reading_queries(
    vector: Vector, parser: Callable[[str], LxmlElement | ET.Element]
) -> None:
    """A query is an iq of type get in a content namespace."""
    asked = vector.expect["asked"]
    expected = None if asked is None else query_from(asked)
    assert disco.query_of(parser(vector.given["xml"])) == expected


@pytest.mark.parametrize("door", [disco.from_element, disco.answer_of])
def test_elements_are_checked(door: Callable[[LxmlElement], Answer]) -> None:
    """A comment in an element of another parser is refused."""
    xml = f"<query xmlns='{ns.DISCO_INFO}'><feature var='a'><!-- --></feature></query>"
    with pytest.raises(XMLError) as caught:
        door(etree.fromstring(xml))
    assert caught.value.code is XMLCode.RESTRICTED


UNREADABLE = "&#xD800;"  # lxml in recover mode keeps it, and cannot decode it
QUERY_XML = "<query xmlns='http://jabber.org/protocol/disco#info' {}>{}</query>"
IQ_XML = "<iq xmlns='jabber:client' type='{}' id='1'>{}</iq>"
RECOVERED = [
    IQ_XML.format("result", QUERY_XML.format("", f"<feature var='{UNREADABLE}'/>")),
    IQ_XML.format("result", QUERY_XML.format(f"node='{UNREADABLE}'", "")),
    IQ_XML.format("result", QUERY_XML.format("", f"<x xmlns='{UNREADABLE}'/>")),
    IQ_XML.format("result", f"<x xml:lang='{UNREADABLE}'>{QUERY_XML}</x>"),
    IQ_XML.format("result", QUERY_XML.format("", "<:c/><a:b:c/><-x/><c xmlns='a}b'/>")),
    IQ_XML.format("get", QUERY_XML.format(f"node='{UNREADABLE}'", "")),
    IQ_XML.format("get", QUERY_XML.format("", "&undefined;<x y=1 z>")),
    IQ_XML.format(UNREADABLE, QUERY_XML.format("", "")),
    IQ_XML.format("get", f"<x xmlns='{UNREADABLE}'/>" + QUERY_XML.format("", "")),
    IQ_XML.replace("jabber:client", UNREADABLE).format("get", ""),
    IQ_XML.format("error", f"<error><x xmlns='{UNREADABLE}'/></error>"),
    IQ_XML.format("error", "<error><!-- --><?p?><x/></error>"),
]


@pytest.mark.parametrize("xml", RECOVERED)
def test_elements_of_a_recovering_parser(xml: str) -> None:
    """A query is read or is none; an answer is read or refused by our own errors."""
    root = etree.fromstring(xml, etree.XMLParser(recover=True))
    for element in root.iter():
        assert isinstance(disco.query_of(element), Query | None)
        for door in (disco.from_element, disco.answer_of):
            with suppress(RemoteError):
                assert isinstance(door(element), Answer)


@pytest.mark.skipif(etree.LIBXML_VERSION < (2, 14), reason="libxml2 is older than 2.14")
def test_text_that_is_not_utf8_is_not_well_formed() -> None:
    """The error says what was found."""
    parser = etree.XMLParser(recover=True)
    language = f"<stream xml:lang='{UNREADABLE}'>{IQ_XML}</stream>"
    inherited = etree.fromstring(
        language.format("result", QUERY_XML.format("", "")), parser
    )[0]
    own = etree.fromstring(RECOVERED[0], parser)
    for element in (inherited, own):
        with pytest.raises(XMLError, match=r"utf-8|not text") as caught:
            disco.from_element(element)
        assert caught.value.code is XMLCode.NOT_WELL_FORMED
        with pytest.raises(XMLError, match=r"utf-8|not text"):
            disco.answer_of(element[0])


def test_queries_made_by_hand() -> None:
    """Children without a name, or whose name is no str, are ignored."""
    iq = ET.Element("{jabber:client}iq", type="get", id="1")
    names: list[Any] = ["", "}", "{", ET.QName("jabber:client", "iq")]
    odd: list[Any] = [ET.Comment("c"), ET.ProcessingInstruction("p")]
    odd += map(ET.Element, names)
    iq.extend(odd)
    assert disco.query_of(iq) is None
    iq.append(ET.Element(ns.QUERY_TAG, node="n"))
    assert disco.query_of(iq) == Query(to=None, id="1", node="n")
    for element in odd:
        assert disco.query_of(element) is None


def test_language_comes_from_any_parent() -> None:
    """An element of lxml inherits the language of its parents (XEP-0390 §4.1)."""
    query = f"<query xmlns='{ns.DISCO_INFO}'/>"
    tree = etree.fromstring(
        f"<stream xml:lang='en'><iq xmlns='jabber:client' type='result'>{query}</iq>"
        f"<iq xmlns='jabber:client' type='result' xml:lang=''>{query}</iq></stream>"
    )
    languages = [disco.from_element(iq, lang="ru").info for iq in tree]
    assert [info.lang for info in languages if info] == ["en", ""]


# Writing


@chosen(is_built)
def test_writing(vector: Vector) -> None:
    """The octets, or the error code, are those of the vector."""
    written = written_by(vector)
    if vector.error:
        with pytest.raises(BuildError) as caught:
            written()
        assert (caught.value.code,) == vector.error
    else:
        assert written() == vector.expect["xml"].encode()


def written_by(vector: Vector) -> Callable[[], bytes]:
    """Return the call that writes the iq of a vector."""
    options = {key: vector.given[key] for key in ("namespace",) if key in vector.given}
    if "reply_to" in vector.given:
        query = query_from(vector.given["reply_to"])
        return lambda: disco.reply(query, info_from(vector.given["info"]), **options)
    if "refuse" in vector.given:
        condition = Condition(vector.given.get("condition", "item-not-found"))
        query = query_from(vector.given["refuse"])
        return lambda: disco.refuse(query, condition=condition, **options)
    asked = query_from(vector.given["query"])
    return lambda: disco.query(
        asked.to or "", asked.id or "", asked.node, from_=asked.from_, **options
    )


def test_components_name_themselves() -> None:
    """A component has no server that adds the sender."""
    query = Query(to="c.example", id="1", from_="a@b/c")
    info = Info(identities=(Identity(category="client", type="bot"),))
    for written in (
        disco.reply(query, info, from_="c.example", namespace=ns.COMPONENT),
        disco.refuse(query, from_="c.example", namespace=ns.COMPONENT),
    ):
        answer = disco.parse(written, namespaces=[ns.COMPONENT])
        assert (answer.from_, answer.to) == ("c.example", "a@b/c")


def test_what_cannot_be_hashed_is_told_where() -> None:
    """The error names the element and attribute."""
    with pytest.raises(BuildError) as caught:
        disco.complete(Info(identities=(Identity(category="", type="pc"),)))
    assert (caught.value.code, caught.value.field) == (
        BuildCode.EMPTY,
        "identity@category",
    )


# Laws

TEXT = texts(max_size=5)
NAME = st.builds("{}{}".format, st.sampled_from("a<&\"'\N{GRINNING FACE} "), TEXT)
IDENTITY = st.builds(
    Identity, category=NAME, type=NAME, lang=st.none() | TEXT, name=st.none() | TEXT
)
FIELD = st.builds(
    Field,
    var=st.none() | TEXT,
    values=st.lists(TEXT, max_size=3).map(tuple),
    type=st.none() | TEXT,
)
FORM = st.builds(
    DataForm, fields=st.lists(FIELD, max_size=3).map(tuple), type=st.none() | TEXT
)
INFO = st.builds(
    Info,
    identities=st.lists(IDENTITY, max_size=3).map(tuple),
    features=st.lists(NAME | st.just(ns.RECEIPTS), max_size=4).map(tuple),
    forms=st.lists(FORM, max_size=2).map(tuple),
    lang=st.none() | TEXT,
)
QUERY = st.builds(
    Query, to=NAME, id=NAME, node=st.none() | NAME, from_=st.none() | NAME
)


@given(INFO)
def test_what_is_written_is_read_again(info: Info) -> None:
    """A query element keeps the value, whatever characters are in it."""
    assert disco.answer_of(etree.fromstring(disco.serialize(info))).info == info


@given(QUERY)
def test_queries_are_read_again(query: Query) -> None:
    """A written query is read as the same value."""
    written = disco.query(query.to or "", query.id or "", query.node, from_=query.from_)
    assert disco.query_of(etree.fromstring(written)) == query


@given(QUERY, INFO)
def test_replies_answer_their_query(query: Query, info: Info) -> None:
    """A reply has the given answer, recipient, id and node, or is refused."""
    try:
        answer = disco.parse(disco.reply(query, info))
    except BuildError as error:
        assert error.code is not BuildCode.ILLEGAL_CHARACTER  # noqa: PT017
        return
    assert answer.info == disco.complete(info)
    assert (answer.to, answer.id, answer.node) == (query.from_, query.id, query.node)
    assert not {Oddity.NO_IDENTITY, Oddity.NO_DISCO_FEATURE}.intersection(
        answer.oddities
    )


@given(INFO)
def test_completing_is_done_once(info: Info) -> None:
    """Completing twice changes nothing, and nothing but disco#info is added."""
    try:
        complete = disco.complete(info)
    except BuildError:
        assert disco.answer_of(etree.fromstring(disco.serialize(info))).oddities
        return
    assert disco.complete(complete) == complete
    assert set(complete.features) - set(info.features) <= {ns.DISCO_INFO}


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_anything_is_read_or_refused(data: bytes | str) -> None:
    """No other error is raised."""
    with pytest.raises(RemoteError):
        disco.parse(data)


# Recorded answers


def answers_in(name: str) -> dict[str, Answer]:
    """Read the disco#info answers of a recording, by who sent them."""
    with (EXAMPLES / name).open("rb") as file:
        stanzas = [it for it in stream.read(file) if isinstance(it, stream.Stanza)]
    iqs = [
        disco.from_element(it.element, lang=it.language)
        for it in stanzas
        if it.element.tag == "{jabber:client}iq"
    ]
    return {iq.from_ or "": iq for iq in iqs if iq.info is not None}


@pytest.mark.parametrize(
    ("recording", "account"),
    [("desk-received.xml", {"alice@localhost"}), ("phone-received.xml", set())],
)
def test_recorded_answers(recording: str, account: set[str]) -> None:
    """Profanity and mcabber support receipts, Finch and the server do not."""
    answers = answers_in(recording)
    support = {sender: disco.support(it.info) for sender, it in answers.items()}
    no = {"erin@localhost/finch", "localhost", *account}
    yes = {"bob@localhost/profanity.3gkN", "carol@localhost/mcab"}
    assert {it for it in support if support[it] is Support.YES} == yes
    assert {it for it in support if support[it] is Support.NO} == no


def test_recorded_oddities() -> None:
    """Only the answer of the account is odd: it does not list disco#info."""
    odd = {
        sender: list(answer.oddities)
        for sender, answer in answers_in("desk-received.xml").items()
        if answer.oddities
    }
    assert odd == {"alice@localhost": [Oddity.NO_DISCO_FEATURE]}


def test_recorded_numbers() -> None:
    """Every feature is read: counted in the recording by hand."""
    answers = answers_in("desk-received.xml")
    counted = {
        sender: (len(it.info.identities), len(it.info.features))
        for sender, it in answers.items()
        if it.info
    }
    assert counted == {
        "alice@localhost": (1, 3),
        "bob@localhost/profanity.3gkN": (1, 14),
        "carol@localhost/mcab": (1, 12),
        "erin@localhost/finch": (1, 30),
        "localhost": (1, 9),
    }
    assert {it.info.lang for it in answers.values() if it.info} == {"en"}


def test_every_row_has_a_vector() -> None:
    """Every row of the table has a vector. V10 is tested with `Discovery`."""
    rows = {"V1", "V2", "V4", "V6", "V8", "V9", "V11", "D17", "D25"}
    assert rows <= {vector.row for vector in VECTORS}


def test_every_oddity_has_a_vector_and_a_text() -> None:
    """Every oddity occurs in a vector and has a text with its source."""
    shown = {
        oddity
        for vector in VECTORS
        for oddity in (vector.expect or {}).get("oddities", ())
    }
    assert shown == set(Oddity) == set(disco.ODDITIES)
    assert all(text.endswith(").") for text in disco.ODDITIES.values())
