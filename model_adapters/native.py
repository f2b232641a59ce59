"""What the adapters share that run any family of `families`: how a checkpoint is loaded, and which languages it has."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import REMOTE_CODE, AdapterInfo
from pytest_asrbench.errors import UnsuitedError, WeightsError

from . import forms
from .checkpoint_files import local_folder, processor_folder, read_json
from .families import Family, family_of
from .optional_packages import hide_unusable
from .processors import any_processor
from .speech_llm import FOLLOWS, OPTIONS, SpeechLLM, import_library
from .torch_support import load_model, torch_device, torch_dtype

LONGEST = 30.0


class Native(SpeechLLM):
    """A folder of a class that transformers has; what is asked of it, and how, is its subclasses' part.

    Options: those of `SpeechLLM`; `languages`, if given, are checked, else those that the processor names, else any is
    accepted, because many checkpoints do not say what they speak.
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="transformers",
        packages=("transformers", "torch"),
        modules=("torch", "transformers"),
        extra="transformers",
        backend="torch",
        follows=FOLLOWS,
        max_seconds=LONGEST,
        options={**OPTIONS, "max_seconds": LONGEST, "languages": frozenset()},
    )
    name: ClassVar[str] = "transformers"
    family: Family

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        super().__init__(source, options)
        self._given = frozenset(options)

    def _load(self, device: str, dtype: str) -> Mapping[str, Any]:
        folder = local_folder(self.source, self.name)
        self.family = self._family(read_json(folder / "config.json"))
        own_code = self._own_code(folder)
        if "max_seconds" not in self._given:
            self.options["max_seconds"] = self.family.longest
        transformers = import_library(self.info.extra)
        hide_unusable("torchvision", "torchaudio")
        self.device = torch_device(device)
        precision = torch_dtype(dtype, self.device)
        remote = {REMOTE_CODE: True} if own_code else {}
        named = processor_folder(folder, self.options["processor"])
        self.processor = any_processor(transformers, named, **remote)
        if not hasattr(self.processor, "tokenizer"):
            raise WeightsError(f"{named} holds no tokenizer next to its feature extractor; download its files too.")
        self.model = load_model(
            getattr(transformers, self.family.model),
            folder,
            dtype=precision,
            device=self.device,
            **forms.quantised(self.options, dtype=precision, device=self.device),
            **remote,
        )
        self._settle()
        return {"class": type(self.model).__name__, **own_code}

    def _own_code(self, folder: Path) -> Mapping[str, str]:
        """Return what the record says of code of the checkpoint that will be run; nothing where transformers has it."""
        return {}

    def _family(self, config: Mapping[str, Any]) -> Family:
        """Return how a checkpoint is run; raises WeightsError for one that is not run here."""
        family = family_of(config)
        if family is None:
            kind = config.get("model_type")
            raise WeightsError(f"{self.source} is a {kind} checkpoint, which the adapter {self.name} cannot run.")
        return family

    def _settle(self) -> None:
        """Take the sample rate, the languages and the bound on answers from what has been loaded."""
        rate = getattr(self.processor.feature_extractor, "sampling_rate", self.info.sample_rate)
        vars(self)["info"] = replace(self.info, sample_rate=rate)  # of this model, and not of its class
        self.options["languages"] = self.options["languages"] or languages_of(self.processor)
        self.choices = self.family.choices
        self.tokens_per_second = self.family.tokens_per_second or self.tokens_per_second
        if settings := getattr(self.model, "generation_config", None):
            settings.max_length = None

    def _language(self, language: str | None) -> str | None:
        if language is None and self.family.must_be_told:
            raise UnsuitedError(f"{self.source} has to be told the language: name it by --asr-language.")
        return super()._language(language) if self.options["languages"] else language


def languages_of(processor: Any) -> frozenset[str]:
    """Return the codes of the languages that a processor's own module names; none if it names none."""
    module = vars(sys.modules[type(processor).__module__])
    named = module.get("LANGUAGE_CODE_TO_NAME") or module.get("LANGUAGES") or ()
    return frozenset(code for code in named if len(code) <= len("yue"))
