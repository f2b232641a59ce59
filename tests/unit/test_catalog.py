"""The catalogue: each entry is whole, consistent with its adapter, and says where its facts stand."""

from __future__ import annotations

import importlib
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from pytest_asrbench.model_adapters import granite, phi4

from pytest_asrbench.errors import UsageError
from pytest_asrbench.machine.devices import KINDS
from pytest_asrbench.models import catalog
from pytest_asrbench.models.catalog import CatalogFacts, HubSource
from pytest_asrbench.models.registry import ModelEntry, Registry, adapters
from pytest_asrbench.models.weights import is_pickle

REGISTRY = Registry()
MODELS = {name: REGISTRY.chained(entry) for name, entry in REGISTRY.models.items()}
CORE = ("moonshine-base", "whisper-large-v3-turbo", "granite-2b", "granite-8b", "distil-large-v3", "phi-4", "voxtral")
LICENCES = {"MIT", "Apache-2.0", "BSD-2-Clause", "CC-BY-4.0", "CC-BY-NC-4.0", "Gemma", "Nyra non-commercial"}
LICENCES |= {"Qwen Research", "Llama 3.2", "Tongyi Qianwen", "Baichuan-Omni-1.5 community"}
_CODES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo "
    "es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka "
    "kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng "
    "nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su "
    "sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
ISO_639_1 = set(_CODES.split())
ISO_639_3 = {"haw", "fil", "yue"}  # languages that have no code of two letters


@pytest.fixture(params=list(MODELS))
def entry(request: pytest.FixtureRequest) -> ModelEntry:
    return MODELS[request.param]


def test_the_core_models_are_there() -> None:
    assert set(CORE) <= set(MODELS)
    assert MODELS["phi-4"].experimental
    assert not any(MODELS[name].experimental for name in CORE if name != "phi-4")
    assert MODELS["whisper-large-v3-turbo"].adapter == "whisper-cpp"


def test_the_adapter_exists(entry: ModelEntry) -> None:
    for one in entry.parts:
        module, _, attribute = adapters()[one.adapter].partition(":")
        assert hasattr(importlib.import_module(module), attribute)


def test_a_pipeline_is_called_like_its_models(entry: ModelEntry) -> None:
    assert ("+" in entry.name) == bool(entry.chain)
    if entry.chain:
        assert entry.name == "+".join(MODELS[one.name].name for one in entry.chain)
        assert entry.languages == entry.chain[0].languages
        assert entry.facts.parameters == sum(one.facts.parameters or 0 for one in entry.chain)
        assert Registry().resolve(f"{entry.name}[resident=false]").description == entry.description


def test_a_licence_for_research_alone_is_shown() -> None:
    assert MODELS["qwen2.5-3b-instruct"].licence == "Qwen Research"
    assert MODELS["faster-whisper-large-v3+qwen2.5-3b-instruct"].licence == "MIT + Qwen Research"


def test_description_and_licence(entry: ModelEntry) -> None:
    assert 20 < len(entry.description) < 120
    assert set(entry.licence.split(" + ")) <= LICENCES


def test_languages_are_iso_codes_and_those_of_the_adapter(entry: ModelEntry) -> None:
    assert set(entry.languages) <= ISO_639_1 | ISO_639_3
    assert len(set(entry.languages)) == len(entry.languages)
    module, _, attribute = adapters()[entry.parts[0].adapter].partition(":")
    known = getattr(getattr(importlib.import_module(module), attribute), "languages", None)
    if known:
        assert set(entry.languages) == set(known)


def test_weights_come_from_a_repository_by_name_and_hold_no_code(entry: ModelEntry) -> None:
    if entry.hub is None:
        assert entry.adapter in ("pocketsphinx", "stub", "pipeline", "omnilingual")
        return
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", entry.hub.repo)
    assert entry.hub.files
    assert entry.hub.revision
    assert not any(is_pickle(file) for file in entry.hub.files)
    assert not any(fnmatchcase("pytorch_model.bin", file) for file in entry.hub.files)
    if entry.hub.path:
        assert all(file == entry.hub.path or file.startswith(f"{entry.hub.path}/") for file in entry.hub.files)


def test_files_of_safetensors_models_include_config_and_weights(entry: ModelEntry) -> None:
    if entry.hub is None or entry.hub.path or entry.adapter in ("faster-whisper", "whisperx", "onnx-asr"):
        return
    for needed in ("config.json", "preprocessor_config.json"):
        assert any(fnmatchcase(needed, file) for file in (*entry.hub.files, *entry.hub.optional))
    weights = ("model.safetensors", "model-00001-of-00002.safetensors")
    assert any(fnmatchcase(name, file) for name in weights for file in entry.hub.files)


def test_files_of_faster_whisper_are_all_that_it_reads(entry: ModelEntry) -> None:
    """Without tokenizer.json it would take another's from the hub; models of 128 mel bands say so in a file."""
    if entry.hub is None or entry.adapter != "faster-whisper":
        return
    needed = ["config.json", "model.bin", "tokenizer.json", "vocabulary.txt", "vocabulary.json"]
    needed += ["preprocessor_config.json"] if "large-v3" in entry.name else []
    assert all(any(fnmatchcase(name, file) for file in entry.hub.files) for name in needed)


def test_only_what_is_needed_is_downloaded() -> None:
    patterns = (("voxtral", "consolidated.safetensors"), ("phi-4", "vision-lora/adapter_model.safetensors"))
    for name, surplus in patterns:
        hub = MODELS[name].hub
        assert hub is not None
        assert not any(fnmatchcase(surplus, file) for file in (*hub.files, *hub.optional))


def test_size_and_sources_are_stated(entry: ModelEntry) -> None:
    if entry.hub is None:
        return
    assert entry.facts.parameters is not None
    assert 10**7 < entry.facts.parameters < 10**11
    assert entry.facts.memory()
    assert entry.facts.sources
    assert all(source.startswith("https://") for source in entry.facts.sources)


def test_downloads_are_as_large_as_the_weights(entry: ModelEntry) -> None:
    if entry.hub is not None and entry.hub.bytes is not None:
        beside = 4_000_000  # tokenizer and vocabulary
        assert any(abs(entry.hub.bytes - size) < 0.02 * size + beside for size in entry.facts.memory().values())


def test_dtypes_are_given_for_known_kinds_of_device(entry: ModelEntry) -> None:
    assert set(entry.facts.dtype) <= set(KINDS)
    assert set(entry.facts.dtype.values()) <= set(entry.facts.memory())


def test_published_figures_are_fractions_with_a_source(entry: ModelEntry) -> None:
    published = entry.facts.published
    if entry.name in CORE:
        assert published is not None
    if published is not None:
        assert published.source
        assert published.wer is not None
        assert published.rtfx is not None
        assert 0.01 < published.wer < 0.2
        assert 50 < published.rtfx < 1_000
        assert all(0.01 < value < 0.2 for value in published.sets.values())


def test_names_and_aliases_are_unambiguous() -> None:
    names = [*MODELS, *(alias for entry in MODELS.values() for alias in entry.aliases)]
    assert len(set(names)) == len(names)
    for name in set(names) & set(adapters()):  # `voxtral` is a model, `voxtral:FOLDER` its adapter with other weights
        assert Registry().resolve(name).adapter == name


def test_prompts_are_those_of_the_adapters() -> None:
    assert MODELS["granite-2b"].prompt == MODELS["granite-8b"].prompt == granite.PROMPT
    assert MODELS["phi-4"].prompt == phi4.PROMPT
    assert MODELS["voxtral"].prompt is None  # its transcription mode has no words


def test_phi_4_is_taken_in_the_layout_of_the_native_class() -> None:
    hub = MODELS["phi-4"].hub
    assert hub is not None
    assert hub.revision == phi4.REVISION


def test_every_model_is_in_the_guide() -> None:
    guide = Path(__file__).parents[2].joinpath("docs/models.md").read_text("utf-8")
    for name in MODELS:
        assert f"`{name}`" in guide, f"docs/models.md does not name {name}"


# The schema


def test_memory_is_parameters_times_bytes_unless_the_file_says_more() -> None:
    assert CatalogFacts(parameters=1_000).memory() == {"float32": 4_000, "bfloat16": 2_000, "float16": 2_000}
    assert CatalogFacts(parameters=1_000, weights={"q5_0": 700}).memory() == {"q5_0": 700}
    assert CatalogFacts().memory() == {}


def test_a_projects_model_may_have_the_same_tables(tmp_path: Path) -> None:
    (tmp_path / "asrbench.toml").write_text(
        '[models.mine]\nadapter = "whisper"\n[models.mine.hub]\nrepo = "me/mine"\nfiles = ["*.json"]\n'
        '[models.mine.facts]\nparameters = 5\nsources = ["https://example.org"]\n'
        '[models.mine.facts.published]\nsource = "me"\nwer = 0.5\n',
        "utf-8",
    )
    mine = Registry(tmp_path).models["mine"]
    assert mine.hub == HubSource("me/mine", ("*.json",))
    assert mine.facts.sources == ("https://example.org",)
    assert mine.facts.published is not None
    assert mine.facts.published.wer == 0.5


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("hub = 3", "models.mine.hub is no table"),
        ('hub = {repo = "me/mine"}', "models.mine.hub needs repo"),
        ('hub = {repo = "me/mine", files = []}', "models.mine.hub needs repo"),
        ('hub = {repo = "me/mine", files = ["a"], revison = "x"}', "did you mean 'revision'?"),
        ("facts = {parameter = 3}", "did you mean 'parameters'?"),
        ("facts = {parameters = 'many'}", "models.mine.facts.parameters is 'many'; it should be a whole number"),
        ("facts = {weights = {float32 = 'big'}}", "models.mine.facts.weights is"),
        ("facts = {sources = 'https://x'}", "sources is 'https://x'; it should be a list of strings"),
        ("facts = {longest_seconds = -3}", "longest_seconds is -3; it should be a number of at least 0"),
        ("facts = {published = {source = 3}}", "models.mine.facts.published.source is 3; it should be a string"),
        ("hub = {repo = 'a/b', files = ['x', 3]}", "models.mine.hub.files is ['x', 3]; it should be a list of strings"),
        (
            "hub = {repo = 'a/b', files = ['x'], allow_pickle = 'no'}",
            "allow_pickle is 'no'; it should be true or false",
        ),
        ("hub = {repo = 'a/b', files = ['x'], revision = 1.0}", "revision is 1.0; it should be a string"),
        ("facts = {colour = 3}", "unknown key 'colour'; known are parameters"),
        ('facts = {published = {source = "x", wre = 3}}', "models.mine.facts.published has an unknown key 'wre'"),
    ],
)
def test_a_mistake_in_a_table_is_named_with_its_place(tmp_path: Path, table: str, said: str) -> None:
    file = tmp_path / "asrbench.toml"
    file.write_text(f'[models.mine]\nadapter = "stub"\n{table}\n', "utf-8")
    with pytest.raises(UsageError, match=re.escape(said)) as caught:
        _ = Registry(tmp_path).models
    assert str(file) in str(caught.value)


def test_a_list_of_languages_can_be_shared() -> None:
    text = '[languages]\nfew = ["en", "de"]\n[models.a]\nlanguages = "few"\n[models.b]\nlanguages = ["fr"]\n'
    tables = catalog.load(text)
    assert [tables[name]["languages"] for name in ("a", "b")] == [["en", "de"], ["fr"]]
