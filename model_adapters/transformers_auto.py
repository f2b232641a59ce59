"""Any local transformers folder: the class is chosen from the checkpoint's own config.json.

`transformers:./my-finetune` runs a fine-tune by the adapter of its family, and encoders with a CTC head and plain
encoder-decoders by the generic one. Another family is one line in `FAMILIES`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import SETTINGS, TASKS, Adapter, AdapterInfo, Decoding, Loaded, Transcript, Utterance
from pytest_asrbench.errors import UnsuitedError, WeightsError

from .checkpoint_files import local_folder, read_json
from .transformers_generic import CTC, ENCODER_DECODERS, architectures

GENERIC = "pytest_asrbench.model_adapters.transformers_generic:TransformersGeneric"
FAMILIES = {
    "whisper": "pytest_asrbench.model_adapters.whisper:Whisper",
    "granite_speech": "pytest_asrbench.model_adapters.granite:Granite",
    "granite_speech_plus": "pytest_asrbench.model_adapters.granite:Granite",
    "voxtral": "pytest_asrbench.model_adapters.voxtral:Voxtral",
    "phi4_multimodal": "pytest_asrbench.model_adapters.phi4:Phi4",
}


class TransformersAuto:
    """A folder of any class above; options, tasks and what is followed of a decoding are those of its adapter."""

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="transformers",
        packages=("transformers", "torch"),
        modules=("torch", "transformers"),
        extra="transformers",
        backend="torch",
        tasks=TASKS,
        follows=("prompt", *SETTINGS),
    )

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self.source = source
        self.options = options
        self.inner: Adapter | None = None

    @classmethod
    def check_folder(cls, folder: Path, options: Mapping[str, Any]) -> None:
        """Raise WeightsError if the configuration in `folder` is that of no speech model that runs here."""
        choose(folder, read_json(folder / "config.json"), options)

    def load(self, device: str, dtype: str) -> Loaded:
        """Choose the family's adapter and load by it; see `Adapter.load`. `details` names the adapter."""
        folder = local_folder(self.source, "transformers")
        target = choose(folder, read_json(folder / "config.json"), self.options)
        module, _, name = target.partition(":")
        inner: Adapter = getattr(importlib.import_module(module), name)(self.source, self.options)
        loaded = inner.load(device, dtype)
        self.inner = inner
        return Loaded(loaded.device, loaded.dtype, {"adapter": name, **loaded.details})

    def transcribe(self, batch: Sequence[Utterance], decoding: Decoding) -> Sequence[Transcript]:
        """Transcribe by the family's adapter; raises UnsuitedError for what that cannot be asked for."""
        assert self.inner is not None
        if refusal := self.inner.info.refusal([one.prompt for one in batch], decoding):
            raise UnsuitedError(refusal)
        return self.inner.transcribe(batch, decoding)

    def close(self) -> None:
        """Drop the model."""
        if self.inner is not None:
            self.inner.close()
            self.inner = None


def choose(folder: Path, config: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    """Return the "module:Class" of the adapter that runs this checkpoint.

    Raises WeightsError for a class that no adapter here runs, and for one that comes with code of its own unless the
    option `trust_remote_code` names the revision that was reviewed.
    """
    kind = str(config.get("model_type"))
    classes = architectures(config)
    if kind in FAMILIES:
        return FAMILIES[kind]
    if kind in ENCODER_DECODERS or (kind in CTC and (not classes or str(classes[0]).endswith("ForCTC"))):
        return GENERIC
    if "auto_map" in config:
        if options.get("trust_remote_code"):
            return GENERIC
        raise WeightsError(
            f"{folder} comes with code of its own ({', '.join(map(str, classes)) or kind}), which is not run unless "
            "the option trust_remote_code names the revision that you have reviewed."
        )
    known = ", ".join(sorted({*FAMILIES, *CTC, *ENCODER_DECODERS}))
    raise WeightsError(
        f"{folder / 'config.json'} names the class {', '.join(map(str, classes)) or 'none'} (model_type {kind}), which "
        f"the transformers adapter cannot run; it runs {known}."
    )
