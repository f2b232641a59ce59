"""From words to models: specifications, the catalogue, projects' own models, adapters of other packages."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.errors import UnknownModelError, UsageError
from pytest_asrbench.models import registry
from pytest_asrbench.models.registry import ModelEntry, Registry, adapters, split
from pytest_asrbench.support import entry_points


def project(folder: Path, text: str, name: str = "asrbench.toml") -> Registry:
    """The registry of a project with this configuration."""
    (folder / name).write_text(text, encoding="utf-8")
    return Registry(folder)


def complaint(known: Registry, spec: str = "stub") -> str:
    with pytest.raises(UsageError) as caught:
        known.resolve(spec)
    return str(caught.value)


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another package that offers the adapter "parrot"."""
    ours = list(metadata.entry_points(group=registry.GROUP))

    parrot = metadata.EntryPoint("parrot", "parrot_asr.adapter:Parrot", registry.GROUP)
    monkeypatch.setattr(entry_points, "everything", lambda: metadata.EntryPoints([*ours, parrot]))
    adapters.cache_clear()
    yield
    adapters.cache_clear()


# Lists and options


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a", ["a"]),
        ("a,b", ["a", "b"]),
        (" a , ,b,", ["a", "b"]),
        ("", []),
        ("a[x=1,y=2],b", ["a[x=1,y=2]", "b"]),
        ("a[x=[1,2]],b[y={}]", ["a[x=[1,2]]", "b[y={}]"]),
        ('a[text="one, two]"],b', ['a[text="one, two]"]', "b"]),
        (r'a[text="say \"x, y\""],b', [r'a[text="say \"x, y\""]', "b"]),
        ("whisper:./it's.bin,b", ["whisper:./it's.bin", "b"]),
        ("a+b,c", ["a+b", "c"]),
    ],
)
def test_lists_are_split_at_their_own_commas(text: str, parts: list[str]) -> None:
    assert split(text) == parts


@pytest.mark.parametrize("text", ["a[x=1", "a]", "a]b[", 'a[text="x]', "a[x=[1]"])
def test_what_is_opened_must_be_closed(text: str) -> None:
    with pytest.raises(UsageError, match="unbalanced"):
        split(text)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2", 2),
        ("0.5", 0.5),
        ("true", True),
        ("null", None),
        ("[1,2]", [1, 2]),
        ('{"a": 1, "b": 2}', {"a": 1, "b": 2}),
        ('"a, b"', "a, b"),
        ("hello there", "hello there"),
        ("x=y", "x=y"),
        ("NaN", "NaN"),
        ("1" * 5_000, "1" * 5_000),
        ("", ""),
    ],
)
def test_options_are_json_where_they_can_be(written: str, value: Any) -> None:
    assert Registry().resolve(f"stub[text={written}]").options == {"text": value}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("stub[text]", "write text=true"),
        ("stub[=3]", "has no name"),
        ("stub[a=1", "end with a bracket"),
        ("stub[a=1]b", "end with a bracket"),
    ],
)
def test_options_without_value_name_or_end(spec: str, words: str) -> None:
    message = complaint(Registry(), spec)
    assert words in message
    assert spec in message


# The catalogue


def test_every_model_of_the_catalogue_has_an_adapter() -> None:
    known = Registry()
    assert {"pocketsphinx", "stub"} <= known.models.keys()
    for name, entry in known.models.items():
        assert entry.name == name
        assert entry.stages or entry.adapter in adapters()
        assert known.resolve(name) == known.chained(entry)


def test_the_name_of_a_model_is_its_specification() -> None:
    entry = Registry().resolve(" stub[seconds=0.2] ".strip())
    assert (entry.name, entry.adapter, entry.options) == ("stub[seconds=0.2]", "stub", {"seconds": 0.2})


def test_local_weights_are_named_by_adapter_and_path() -> None:
    entry = Registry().resolve("stub:./folder/script.json[text=x]")
    assert (entry.adapter, entry.source, entry.options) == ("stub", "./folder/script.json", {"text": "x"})
    assert Registry().resolve(r"stub:C:\models\a.json").source == r"C:\models\a.json"
    assert Registry().resolve("stub:").source is None


@pytest.mark.parametrize("wrong", ["pocketsphnix", "PocketSphinx"])
def test_an_unknown_model_is_met_with_the_likely_one(wrong: str) -> None:
    with pytest.raises(UnknownModelError, match="did you mean 'pocketsphinx'"):
        Registry().resolve(wrong)


def test_an_unknown_adapter_is_met_with_the_likely_one() -> None:
    with pytest.raises(UnknownModelError, match="unknown adapter 'stbu'; did you mean 'stub'"):
        Registry().resolve("stbu:./x")
    with pytest.raises(UnknownModelError, match=r"unknown model 'zzzzzz'; known are .*pocketsphinx"):
        Registry().resolve("zzzzzz")


# A project's own models


def test_a_project_defines_models(tmp_path: Path) -> None:
    known = project(
        tmp_path,
        """
        [models.mine]
        adapter = "stub"
        source = "./weights/a.json"
        aliases = ["m"]
        options = { text = "hello", seconds = 0.1 }
        experimental = true
        language = "de"
        max_wer = 0.2
        """,
    )
    entry = known.resolve("m[seconds=1]")
    assert entry.name == "m[seconds=1]"
    assert entry.options == {"text": "hello", "seconds": 1}
    assert entry.source is not None
    assert Path(entry.source) == tmp_path / "weights/a.json"
    assert (entry.experimental, entry.language, entry.limits) == (True, "de", {"max_wer": 0.2})


def test_pyproject_serves_as_well_and_hooks_have_the_last_word(tmp_path: Path) -> None:
    project(tmp_path, '[models.a]\nadapter = "stub"\nsource = "/from/asrbench"\n[models.b]\nadapter = "stub"')
    project(tmp_path, '[tool.asrbench.models.a]\nadapter = "stub"\nsource = "/from/pyproject"', "pyproject.toml")
    assert Registry(tmp_path).resolve("a").source == "/from/pyproject"
    extra = {"a": {"adapter": "my_package.adapters:Mine", "aliases": ("x",)}}
    entry = Registry(tmp_path, extra).resolve("x")
    assert entry.adapter == "my_package.adapters:Mine"
    assert Registry(tmp_path, extra).adapter(entry.adapter) == "my_package.adapters:Mine"
    assert Registry(tmp_path, extra).resolve("b").adapter == "stub"


def test_a_project_may_replace_a_model_of_the_catalogue(tmp_path: Path) -> None:
    known = project(tmp_path, '[models.pocketsphinx]\nadapter = "stub"')
    assert known.resolve("pocketsphinx").adapter == "stub"


def test_a_project_without_configuration_has_the_catalogue(tmp_path: Path) -> None:
    assert Registry(tmp_path).models == Registry().models
    assert project(tmp_path, "[tool.ruff]\nline-length = 3", "pyproject.toml").models == Registry().models


BROKEN_MODELS = {
    "no adapter": ("[models.mine]\nsource = 'x'", 'needs at least adapter = "..."'),
    "adapter empty": ("[models.mine]\nadapter = ''", "adapter of the model 'mine' is ''"),
    "no table": ("[models]\nmine = 3", "needs at least adapter"),
    "unknown key": ("[models.mine]\nadapter = 'stub'\nsuorce = 'x'", "unknown key 'suorce'; did you mean 'source'?"),
    "a name as key": ("[models.mine]\nadapter = 'stub'\nname = 'x'", "unknown key 'name'"),
    "options a string": ("[models.mine]\nadapter = 'stub'\noptions = 'x'", "options of the model 'mine' is 'x'"),
    "aliases a string": ("[models.mine]\nadapter = 'stub'\naliases = 'abc'", "it should be a list of strings"),
    "experimental a string": ("[models.mine]\nadapter = 'stub'\nexperimental = 'no'", "it should be true or false"),
    "limit a string": ("[models.mine]\nadapter = 'stub'\nmax_wer = '10%'", "max_wer of the model 'mine' is '10%'"),
    "limit negative": ("[models.mine]\nadapter = 'stub'\nmax_rtf = -1", "max_rtf of the model 'mine' is -1"),
    "tokens zero": ("[models.mine]\nadapter = 'stub'\nmax_new_tokens = 0", "it should be a whole number above 0"),
    "source a number": ("[models.mine]\nadapter = 'stub'\nsource = 1", "source of the model 'mine' is 1"),
    "hub incomplete": ("[models.mine]\nadapter = 'stub'\nhub = {}", "models.mine.hub needs repo"),
    "a bracket in the name": ("[models.'mi[ne']\nadapter = 'stub'", "cannot be named so"),
    "models no table": ("models = 3", "models is 3; it should be a table"),
    "no TOML": ("[models.mine", "is no valid TOML"),
}


@pytest.mark.parametrize("kind", BROKEN_MODELS)
def test_a_broken_model_names_file_and_key(tmp_path: Path, kind: str) -> None:
    text, words = BROKEN_MODELS[kind]
    message = complaint(project(tmp_path, text))
    assert message.startswith(str(tmp_path / "asrbench.toml"))
    assert words in message


@pytest.mark.parametrize("text", ["tool = 3", "[tool]\nasrbench = []", "[tool.asrbench]\nmodels = 'x'"])
def test_a_broken_pyproject_names_the_section(tmp_path: Path, text: str) -> None:
    assert "it should be a table" in complaint(project(tmp_path, text, "pyproject.toml"))


def test_a_configuration_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "asrbench.toml").write_bytes("# café".encode("latin-1"))
    assert "is no valid TOML" in complaint(Registry(tmp_path))
    (tmp_path / "asrbench.toml").unlink()
    (tmp_path / "asrbench.toml").mkdir()
    assert "cannot be read" in complaint(Registry(tmp_path))


def test_a_model_of_a_hook_names_the_hook() -> None:
    extra: dict[str, Any] = {"mine": {"adapter": "stub", "max_wer": "low"}}
    assert complaint(Registry(None, extra)).startswith("hook pytest_asrbench_models: max_wer of the model 'mine'")


# Adapters of other packages


@pytest.mark.usefixtures("foreign")
def test_an_adapter_of_another_package_is_found_on_a_miss() -> None:
    known = Registry()
    assert known.adapter("parrot") == "parrot_asr.adapter:Parrot"
    assert known.resolve("parrot:./cage[loud=true]") == ModelEntry(
        "parrot:./cage[loud=true]", "parrot", "./cage", {"loud": True}
    )
    assert known.resolve("parrot[loud=true]").adapter == "parrot"
    with pytest.raises(UnknownModelError, match="did you mean 'parrot'"):
        known.resolve("parot")


@pytest.mark.usefixtures("foreign")
def test_adapters_are_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise AssertionError("entry points were searched")

    adapters()
    monkeypatch.setattr(entry_points, "everything", fail)
    assert Registry().adapter(Registry().resolve("stub[text=x]").adapter) == adapters()["stub"]
