"""Language models by transformers and by llama.cpp: a tiny one that has learnt two prompts, and what spoils it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pytest_asrbench.model_adapters.llama_cpp import LlamaCpp
from pytest_asrbench.model_adapters.transformers_llm import TransformersLLM

from pytest_asrbench.adapter import Decoding, Passage, Transcript
from pytest_asrbench.errors import DeviceError, UnsuitedError, UsageError, WeightsError
from tests.checkpoints.causal_lm import CLEAN, END, GGUF, PAD, VERBATIM, clean, spoken

pytest.importorskip("torch")  # the model is made with it
pytest.importorskip("transformers")
INSTRUCT = Decoding("instruct")
EVERY = range(8)
ADAPTERS: dict[str, Any] = {"transformers": TransformersLLM, "llama.cpp": LlamaCpp}


@pytest.fixture(params=ADAPTERS)
def name(request: pytest.FixtureRequest) -> str:
    if request.param == "llama.cpp":
        pytest.importorskip("xllamacpp")
    return str(request.param)


@contextmanager
def loaded(name: str, folder: Path, **options: Any) -> Iterator[Any]:
    made = ADAPTERS[name](str(folder / GGUF if name == "llama.cpp" else folder), options)
    try:
        made.told = made.load("cpu", "auto")
        yield made
    finally:
        made.close()


def ask(model: Any, *passages: Passage, decoding: Decoding = INSTRUCT) -> list[Transcript]:
    answers: list[Transcript] = model.rewrite(passages, decoding)
    return answers


@pytest.fixture
def folder(language_model: Path, tmp_path: Path) -> Path:
    """A copy for transformers that may be spoiled."""
    shutil.copytree(language_model, tmp_path / "model", ignore=shutil.ignore_patterns("*.gguf"))
    return tmp_path / "model"


def edit(path: Path, **values: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **values}), "utf-8")


def test_two_prompts_give_two_texts(name: str, language_model: Path) -> None:
    with loaded(name, language_model) as model:
        cleaned = [one.text for one in ask(model, *(Passage(spoken(n), CLEAN) for n in EVERY))]
        kept = [one.text for one in ask(model, *(Passage(spoken(n), VERBATIM) for n in EVERY))]
    assert cleaned == [clean(n) for n in EVERY]
    assert kept == [spoken(n) for n in EVERY]
    assert not set(cleaned) & set(kept)  # with the prompts swapped, none would be right


def test_the_text_is_that_of_the_library_called_directly(language_model: Path) -> None:
    """On texts that the model does not know, where it makes something up."""
    import transformers

    passages = [
        Passage("um go uh forward five meters", CLEAN),
        Passage("", VERBATIM),
        Passage("ten of um clubs", CLEAN),
    ]
    tokenizer = transformers.AutoTokenizer.from_pretrained(language_model)
    model = transformers.AutoModelForCausalLM.from_pretrained(language_model)
    direct = []
    for passage in passages:
        content = f"{passage.prompt}\n\n{passage.text}" if passage.text else passage.prompt
        chat = [{"role": "user", "content": content}]
        asked = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True)
        said = model.generate(**asked, max_new_tokens=64, do_sample=False)[0, asked["input_ids"].shape[1] :]
        direct.append(tokenizer.decode(said, skip_special_tokens=True))
    with loaded("transformers", language_model) as adapter:
        answers = ask(adapter, *passages, decoding=Decoding("instruct", max_new_tokens=64))
    assert [one.text for one in answers] == direct


def test_both_runtimes_say_what_they_were_given(language_model: Path) -> None:
    pytest.importorskip("xllamacpp")
    told = {}
    for name in ADAPTERS:
        with loaded(name, language_model) as model:
            told[name] = model.told, ask(model, Passage(spoken(0), CLEAN))[0].details
    (first, details), (second, others) = told["transformers"], told["llama.cpp"]
    assert first.details["template"] == second.details["template"]
    assert len(first.details["template"]) == 16
    assert details == others
    assert details["new_tokens"] < details["max_new_tokens"] == 64 + len(spoken(0)) // 2


def test_an_answer_at_the_limit_of_tokens_is_told(name: str, language_model: Path) -> None:
    with loaded(name, language_model) as model:
        passage = Passage(spoken(0), CLEAN)
        (cut,) = ask(model, passage, decoding=Decoding("instruct", max_new_tokens=3))
        (whole,) = ask(model, passage)
    assert (cut.details["stopped_by_token_limit"], cut.details["new_tokens"]) == (1, 3)
    assert whole.text.startswith(cut.text)
    assert len(whole.text) > len(cut.text)
    assert "stopped_by_token_limit" not in whole.details


def test_a_text_that_is_too_long_is_no_failure(name: str, language_model: Path) -> None:
    with (
        loaded(name, language_model, **({"context": 512} if name == "llama.cpp" else {})) as model,
        pytest.raises(UnsuitedError, match=r"prompt and text have \d+ tokens"),
    ):
        ask(model, Passage("um " * 600, CLEAN))


def test_without_a_template_the_words_alone_are_sent(folder: Path) -> None:
    (folder / "chat_template.jinja").unlink()
    with loaded("transformers", folder) as model:
        told, (answer,) = model.told, ask(model, Passage(spoken(0), CLEAN))
        words = model.tokenizer(f"{CLEAN}\n\n{spoken(0)}\n\n").input_ids
    assert told.details["template"] == "none"
    assert answer.details["prompt_tokens"] == len(words)


def test_without_a_template_llama_cpp_does_not_take_one_of_its_own(language_model: Path, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    spoiled = (language_model / GGUF).read_bytes().replace(b"tokenizer.chat_template", b"tokenizer.chat_nothing!")
    (tmp_path / GGUF).write_bytes(spoiled)
    with loaded("llama.cpp", tmp_path) as model:
        (answer,) = ask(model, Passage(spoken(0), CLEAN))
        assert model.told.details["template"] == "none"
    with loaded("llama.cpp", language_model) as model:
        (asked,) = ask(model, Passage(spoken(0), CLEAN))
    assert answer.details["prompt_tokens"] < asked.details["prompt_tokens"]


def test_tokens_that_should_not_be_in_an_answer_stay_in_it(folder: Path) -> None:
    """A release that does not know what ends its answers, which is common, shows that."""
    pad = json.loads((folder / "config.json").read_text("utf-8"))["pad_token_id"]
    edit(folder / "generation_config.json", eos_token_id=[pad])
    edit(folder / "tokenizer_config.json", eos_token=PAD)
    with loaded("transformers", folder) as model:
        (answer,) = ask(model, Passage(spoken(0), CLEAN))
    assert answer.text.startswith(f"{clean(0)}{END}")


def test_a_template_that_takes_no_system_message(folder: Path) -> None:
    refuses = "{{ raise_exception('System role not supported') if messages[0]['role'] == 'system' else 'x' }}"
    (folder / "chat_template.jinja").write_text(refuses, "utf-8")
    with loaded("transformers", folder, system=True) as model, pytest.raises(UsageError, match="leave out system=true"):
        ask(model, Passage("um yes", CLEAN))


def test_what_is_no_language_model(folder: Path, tmp_path: Path) -> None:
    edit(folder / "config.json", architectures=["WhisperForConditionalGeneration"])
    with pytest.raises(WeightsError, match=r"names the class WhisperForConditionalGeneration; .*ForCausalLM"):
        TransformersLLM(str(folder), {}).load("cpu", "auto")
    with pytest.raises(WeightsError, match="llama-cpp needs a GGUF file"):
        LlamaCpp(None, {}).load("cpu", "auto")
    with pytest.raises(WeightsError, match="a checkpoint for transformers, which the adapter llama-cpp cannot run"):
        LlamaCpp(str(folder), {}).load("cpu", "auto")
    with pytest.raises(WeightsError, match="is no file"):
        LlamaCpp(str(tmp_path / "none.gguf"), {}).load("cpu", "auto")


def test_without_its_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    with pytest.raises(WeightsError, match="holds no tokenizer"):
        TransformersLLM(str(folder), {}).load("cpu", "auto")


def test_a_file_that_is_cut_short(language_model: Path, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    content = (language_model / GGUF).read_bytes()
    for size, words in (
        (len(content) // 2, "cannot be loaded by llama.cpp"),
        (2_000, "cut short or damaged in its head"),
    ):
        (tmp_path / GGUF).write_bytes(content[:size])
        with pytest.raises(WeightsError, match=words):
            LlamaCpp(str(tmp_path / GGUF), {}).load("cpu", "auto")


@pytest.mark.parametrize(("device", "dtype"), [("cuda:0", "auto"), ("cpu", "float16")])
def test_a_gguf_file_runs_as_it_is(language_model: Path, device: str, dtype: str) -> None:
    with pytest.raises(DeviceError, match="runs on the cpu in float32"):
        LlamaCpp(str(language_model / GGUF), {}).load(device, dtype)
