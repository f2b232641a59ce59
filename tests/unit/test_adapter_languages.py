"""Languages as requests name them against the codes that models have."""

from __future__ import annotations

import pytest
from pytest_asrbench.model_adapters.languages import base_code, code_for, iso_code, restricted

from pytest_asrbench.errors import UnsuitedError, UsageError

OPENAI = ("en", "de", "jw")


@pytest.mark.parametrize(("asked", "said"), [("jv", "jw"), ("jw", "jw"), ("de", "de"), (None, None)])
def test_javanese_has_two_codes(asked: str | None, said: str | None) -> None:
    assert code_for(asked, OPENAI, "m") == said


def test_a_fine_tune_with_the_iso_code_keeps_it() -> None:
    assert code_for("jv", ("en", "jv", "jw"), "m") == "jv"


@pytest.mark.parametrize(
    ("asked", "known", "message"),
    [
        ("xx", OPENAI, "m does not know the language 'xx'; it has de, en, jv."),
        ("jv", ("en", "de"), "m does not know the language 'jv'; it has de, en."),
        ("jv", ("en",), "m does not know the language 'jv'; it is English-only."),
    ],
)
def test_languages_that_a_model_lacks(asked: str, known: tuple[str, ...], message: str) -> None:
    with pytest.raises(UnsuitedError) as caught:
        code_for(asked, known, "m")
    assert str(caught.value) == message


def test_records_name_languages_by_iso() -> None:
    assert [iso_code(code) for code in OPENAI] == ["en", "de", "jv"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("en-US", "en"),
        ("pt_BR", "pt"),
        ("EN", "en"),
        ("zh-Hans-CN", "zh"),
        (" De ", "de"),
        ("cmn_hans_cn", "zh"),
        ("nb_no", "no"),
        ("fil_ph", "tl"),
        ("jv-ID", "jw"),
        ("yue", "yue"),
        ("zh-yue", "zh"),
    ],
)
def test_regions_scripts_and_capitals_mean_the_language_alone(asked: str, said: str) -> None:
    assert code_for(asked, ("en", "pt", "zh", "de", "no", "tl", "jw", "yue"), "m") == said


def test_a_model_with_a_code_for_the_whole_tag_keeps_it() -> None:
    assert code_for("pt-BR", ("pt", "pt-BR"), "m") == "pt-BR"
    assert code_for("PT-BR", ("pt", "pt-br"), "m") == "pt-br"


@pytest.mark.parametrize("asked", ["", "-", "english-US", "enx", "en.US", "e"])
def test_what_is_no_code_of_the_model_is_not_guessed(asked: str) -> None:
    with pytest.raises(UnsuitedError, match="does not know the language"):
        code_for(asked, ("en", "de"), "m")


def test_the_base_of_a_tag() -> None:
    assert [base_code(tag) for tag in ("en", "en-GB", "sr_Latn_RS", "YUE")] == ["en", "en", "sr", "yue"]


def test_a_checkpoint_may_be_made_for_some_of_its_languages() -> None:
    known = frozenset({"en", "de", "jw"})
    assert restricted(known, [], "m") == known
    assert restricted(known, ["en-US"], "m") == {"en"}
    assert restricted(known, ["jv", "de"], "m") == {"jw", "de"}
    with pytest.raises(UsageError, match="option languages: m does not know the language 'fr'"):
        restricted(known, ["fr"], "m")
