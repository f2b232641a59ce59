"""llama.cpp in the model's own process: one GGUF file of any language model, on the CPU, without PyTorch.

On a GPU it is better served: `llama-server` and the adapter `openai-chat`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Decoding, Loaded, Passage, Transcript
from pytest_asrbench.errors import DeviceError, MissingDependencyError, UnsuitedError, WeightsError

from . import chats, gguf_file
from .cpu import physical_cores
from .kinds import refuse_other_kinds
from .options import parse_options

TEMPLATE, TOKENS = "tokenizer.chat_template", "tokenizer.ggml.tokens"
ENDS = ("tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id")
# Names of tokens that llama.cpp takes for an end whatever the file says.
KNOWN_ENDS = (
    "<|im_end|>",
    "<end_of_turn>",
    "<|eot_id|>",
    "<|end|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "</s>",
    "<eos>",
)
TOO_LONG = "exceed_context_size_error"


class LlamaCpp:
    """A GGUF file of a language model. Decoding is greedy, and nothing is kept from one text to the next.

    A file without a chat template is sent the prompt and the text as they are: llama.cpp itself would take a template
    that the model has never seen.

    Options: `system` (false; true sends the prompt as a system message), `context` (4096 tokens for prompt, text and
    answer together), `threads` (by default as many as there are physical cores).
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="llama.cpp",
        packages=("xllamacpp",),
        modules=("xllamacpp",),
        extra="llama-cpp",
        tasks=("instruct",),
        follows=chats.FOLLOWS,
        modes=("text",),
        options={**chats.OPTIONS, "context": 4096, "threads": 0},
    )

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self.source = source
        self.options = {**self.info.options, **parse_options("llama-cpp", options, self.info.options)}
        self.server: Any = None
        self.template = ""
        self.ends: tuple[str, ...] = ()

    def load(self, device: str, dtype: str) -> Loaded:
        """Load the file; see `Loadable.load`."""
        path = _file(self.source)
        precision = gguf_file.inspect(path).precision
        if device != "cpu" or dtype not in ("auto", precision):
            raise DeviceError(
                f"{path} runs on the cpu in {precision}, not on {device} in {dtype}: take another file, or serve it by "
                "llama-server and name that as openai-chat:http://HOST:PORT/v1"
            )
        self._read(path)
        threads = self.options["threads"] or physical_cores()
        self.server = _server(path, self.options["context"], threads, self.info.extra)
        details = {"template": chats.template_digest(self.template), "system": self.options["system"]}
        return Loaded("cpu", precision, {**details, "context": self.options["context"], "threads": threads})

    def rewrite(self, batch: Sequence[Passage], decoding: Decoding) -> list[Transcript]:
        """Ask for one passage after the other; see `TextAdapter.rewrite`."""
        return [self._answer(passage, decoding) for passage in batch]

    def close(self) -> None:
        """Drop the model."""
        self.server = None

    def _read(self, path: Path) -> None:
        """Take the chat template, and what ends an answer, from the file's head."""
        head = gguf_file.metadata(path, {TEMPLATE, TOKENS, *ENDS})
        tokens = head.get(TOKENS) or []
        self.template = head.get(TEMPLATE) or ""
        named = [tokens[head[end]] for end in ENDS if end in head and head[end] < len(tokens)]
        self.ends = tuple(dict.fromkeys((*named, *KNOWN_ENDS)))

    def _answer(self, passage: Passage, decoding: Decoding) -> Transcript:
        most = chats.limit(decoding, passage)
        greedy = {"temperature": 0.0, "cache_prompt": False}
        if self.template:
            chat = chats.messages(passage, system=self.options["system"])
            answer = self.server.handle_chat_completions({"messages": chat, "max_tokens": most, **greedy})
        else:
            answer = self.server.handle_completions(
                {"prompt": f"{chats.words(passage)}\n\n", "n_predict": most, "max_tokens": most, **greedy}
            )
        if error := answer.get("error"):
            self._refuse(error)
        found = chats.transcript(answer, most, "llama.cpp")
        return (
            found if "stopped_by_token_limit" in found.details else Transcript(self._ended(found.text), found.details)
        )

    def _ended(self, text: str) -> str:
        """The text without the token that ended it; all others that the model wrote stay in it."""
        return text.removesuffix(next((end for end in self.ends if text.endswith(end)), ""))

    def _refuse(self, error: Mapping[str, Any]) -> None:
        if error.get("type") == TOO_LONG:
            raise UnsuitedError(
                f"prompt and text have {error.get('n_prompt_tokens')} tokens, more than the context of "
                f"{self.options['context']}: give it more, {self.source}[context=N]"
            )
        raise RuntimeError(f"llama.cpp: {error.get('message')}")


def _file(source: str | None) -> Path:
    """Return the GGUF file. Raises WeightsError for one that is not there, or of another kind."""
    if not source:
        raise WeightsError("llama-cpp needs a GGUF file: name it as llama-cpp:FILE.")
    path = Path(source)
    refuse_other_kinds(path, "llama-cpp")
    if not path.is_file():
        raise WeightsError(f"{path} is no file; llama-cpp needs a GGUF file of a language model.")
    return path


def _server(path: Path, context: int, threads: int, extra: str) -> Any:
    """Return llama.cpp with the model in it. What it answers is what the model said: thoughts and stray tokens, too.

    Raises MissingDependencyError, and WeightsError for a file that it cannot load.
    """
    try:
        import xllamacpp
    except (ImportError, OSError) as error:
        raise MissingDependencyError(f'{error}: pip install "pytest-asrbench[{extra}]"') from error
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_parallel, params.n_gpu_layers = context, 1, 0
    params.cpuparams.n_threads = threads
    params.special = True
    params.reasoning_format = xllamacpp.common_reasoning_format.COMMON_REASONING_FORMAT_NONE
    params.cache_prompt, params.cache_ram_mib, params.ui = False, 0, False
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise WeightsError(
            f"{path} ({path.stat().st_size} bytes) cannot be loaded by llama.cpp ({error}): it is damaged, newer than "
            "this xllamacpp, or no language model's; the log says more."
        ) from error
