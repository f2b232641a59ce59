"""Language models by transformers: any local folder of a causal model, with its own chat template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Decoding, Loaded, Passage, Transcript
from pytest_asrbench.errors import UnsuitedError, UsageError, WeightsError

from . import chats, forms
from .checkpoint_files import local_folder, read_json
from .options import parse_options
from .speech_llm import import_library
from .torch_support import (
    explain_load_errors,
    first_line,
    import_torch,
    load_model,
    synchronize,
    torch_device,
    torch_dtype,
)

NAME = "transformers-llm"
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "tekken.json")


class TransformersLLM:
    """A folder that AutoModelForCausalLM loads. Decoding is greedy, or a beam search.

    A tokenizer without a chat template is given the prompt and the text as they are.

    Options: `system` (false; true sends the prompt as a system message), `num_beams` (1), and those of `forms`:
    `quantization` ("4bit", "8bit") and `lora`.
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="transformers",
        packages=("transformers", "torch"),
        modules=("torch", "transformers"),
        extra="transformers",
        backend="torch",
        tasks=("instruct",),
        follows=(*chats.FOLLOWS, "num_beams"),
        modes=("text",),
        options={**chats.OPTIONS, "num_beams": 1, **forms.OPTIONS},
    )

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self.source = source
        self.options = {**self.info.options, **parse_options(NAME, options, self.info.options)}
        self.model: Any = None
        self.tokenizer: Any = None
        self.device: Any = None

    @classmethod
    def check_folder(cls, folder: Path, options: Mapping[str, Any]) -> None:
        """Raise WeightsError if the configuration in `folder` is that of no causal language model."""
        classes = read_json(folder / "config.json").get("architectures") or []
        if not any("CausalLM" in str(one) or "LMHead" in str(one) for one in classes):
            raise WeightsError(
                f"{folder / 'config.json'} names the class {', '.join(map(str, classes)) or 'none'}; {NAME} runs "
                "causal language models, whose classes end with ForCausalLM."
            )

    def load(self, device: str, dtype: str) -> Loaded:
        """Load model and tokenizer; see `Loadable.load`."""
        source, self.options["lora"] = forms.resolved(self.source, self.options["lora"])
        folder = local_folder(source, NAME)
        self.check_folder(folder, self.options)
        transformers = import_library(self.info.extra)
        self.device = torch_device(device)
        precision = torch_dtype(dtype, self.device)
        self.tokenizer = _tokenizer(transformers, folder)
        quantised = forms.quantised(self.options, dtype=precision, device=self.device)
        self.model = load_model(
            transformers.AutoModelForCausalLM, folder, dtype=precision, device=self.device, **quantised
        )
        details = {
            "class": type(self.model).__name__,
            "template": chats.template_digest(self.tokenizer.chat_template),
            "system": self.options["system"],
            **forms.tune(self.model, self.options),
        }
        if settings := getattr(self.model, "generation_config", None):  # releases name defaults of sampling
            settings.update(do_sample=False, temperature=None, top_p=None, top_k=None, max_length=None)
        return Loaded(device, forms.precision(self.model, self.options), details)

    def rewrite(self, batch: Sequence[Passage], decoding: Decoding) -> list[Transcript]:
        """Ask for one passage after the other; see `TextAdapter.rewrite`."""
        return [self._answer(passage, decoding) for passage in batch]

    def close(self) -> None:
        """Drop the model."""
        self.model = self.tokenizer = None

    def _answer(self, passage: Passage, decoding: Decoding) -> Transcript:
        torch = import_torch()
        inputs = self._encoded(passage).to(self.device)
        read = inputs["input_ids"].shape[1]
        most = self._room(read, chats.limit(decoding, passage))
        beams = decoding.num_beams or self.options["num_beams"]
        ends = self._ends()
        with torch.inference_mode():
            tokens = self.model.generate(
                **inputs, max_new_tokens=most, num_beams=beams, pad_token_id=next(iter(ends), None)
            )
        said = tokens[0, read:].tolist()
        synchronize(self.device)
        place = next((place for place, token in enumerate(said) if token in ends), None)
        details = {"max_new_tokens": most, "new_tokens": len(said), "prompt_tokens": read}
        if place is None and len(said) >= most:
            details["stopped_by_token_limit"] = 1
        # What the model wrote before its end is its answer, tokens that should not be in it included.
        text = self.tokenizer.decode(said[:place], skip_special_tokens=False, clean_up_tokenization_spaces=False)
        return Transcript(text, details)

    def _encoded(self, passage: Passage) -> Any:
        """The tokens of what is asked, by the chat template if there is one."""
        if not self.tokenizer.chat_template:
            return self.tokenizer(f"{chats.words(passage)}\n\n", return_tensors="pt")
        chat = chats.messages(passage, system=self.options["system"])
        try:
            text = self.tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        except Exception as error:  # whatever the template, a program of the release's, raises
            raise UsageError(
                f"the chat template of {self.source} cannot be filled in ({first_line(error)}): some take no system "
                "message, leave out system=true"
            ) from error
        return self.tokenizer(text, return_tensors="pt", add_special_tokens=False)

    def _room(self, read: int, most: int) -> int:
        """How many of `most` new tokens fit behind those that are read; raises UnsuitedError if none do."""
        longest = getattr(self.model.config, "max_position_embeddings", None) or read + most
        if read >= longest:
            raise UnsuitedError(f"prompt and text have {read} tokens, and {self.source} takes {longest}")
        return min(most, longest - read)

    def _ends(self) -> set[int]:
        named = self.model.generation_config.eos_token_id
        every = named if isinstance(named, list) else [named, self.tokenizer.eos_token_id]
        return {one for one in every if one is not None}


def _tokenizer(transformers: Any, folder: Path) -> Any:
    """Return the tokenizer of a folder. Raises WeightsError where it has no files, of which an empty one would come."""
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise WeightsError(f"{folder} holds no tokenizer ({', '.join(TOKENIZERS)}); download its files too.")
    with explain_load_errors(folder):
        return transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
