"""What the strategies generate, where no door would notice that it is wrong."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given

from xep0184.strategies.texts import NOT_XML, texts

HERE = Path(__file__).parent
# Char, as XML 1.0 §2.2 has it.
CHAR = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def test_the_characters_of_xml_are_those_of_its_grammar() -> None:
    """U+FFFE is too rare in generated text for a law to find it in each run."""
    surrogates = set(map(chr, range(0xD800, 0xE000)))
    others = {c for c in map(chr, range(0x110000)) if not CHAR.fullmatch(c)}
    assert others == {*NOT_XML, *surrogates}


@given(texts())
def test_texts_are_made_of_characters_of_xml(text: str) -> None:
    """So every parser accepts them."""
    assert all(map(CHAR.fullmatch, text))


def test_text_of_xml_is_taken_from_the_strategies() -> None:
    """Several tests once listed the excluded characters themselves; one forgot two."""
    option = "exclude_" + "categories"
    files = HERE.glob("test_*.py")
    assert [it.name for it in files if option in it.read_text("utf-8")] == []
