"""Any local transformers folder: the class is chosen from the checkpoint's own config.json.

`transformers:./my-finetune` runs a fine-tune by the adapter of its family, and encoders with a CTC head and plain
encoder-decoders by the generic one. Another family is one line in `families`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import (
    REMOTE_CODE,
    SETTINGS,
    TASKS,
    Adapter,
    AdapterInfo,
    Decoding,
    Loaded,
    Transcript,
    Utterance,
)
from pytest_asrbench.errors import UnsuitedError, UsageError, WeightsError

from . import forms
from .checkpoint_files import local_folder, read_json
from .families import CTC, FAMILIES, GENERIC, family_of
from .native import LONGEST
from .remote_code import permitted


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
        max_seconds=LONGEST,
        own_code="may",
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
        source, tuned = forms.resolved(self.source, self.options.get("lora"))
        folder = local_folder(source, "transformers")
        target = choose(folder, read_json(folder / "config.json"), self.options)
        module, _, name = target.partition(":")
        options = {**self.options, "lora": tuned} if tuned else self.options
        inner: Adapter = getattr(importlib.import_module(module), name)(source, options)
        loaded = inner.load(device, dtype)
        self.inner = inner
        vars(self)["info"] = inner.info  # what this very model can be asked, and at which rate it listens
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

    Raises WeightsError for a class that no adapter here runs, and for one that comes with code of its own unless that
    is allowed; UsageError where it is allowed without need.
    """
    family, kind, classes = family_of(config), config.get("model_type"), architectures(config)
    known = family is not None and (family.model != CTC or not classes or str(classes[0]).endswith("ForCTC"))
    if options.get(REMOTE_CODE) and (known or "auto_map" not in config):
        raise UsageError(
            f"{folder} needs no code of its own to be run, so that there is nothing to allow: take "
            "--asr-trust-remote-code out."
        )
    if family is not None and known:
        return family.adapter
    if "auto_map" in config:
        permitted(folder, options)
        return GENERIC
    raise WeightsError(
        f"{folder / 'config.json'} names the class {', '.join(map(str, classes)) or 'none'} (model_type {kind}), which "
        f"the transformers adapter cannot run; it runs {', '.join(sorted(FAMILIES))}."
    )


def architectures(config: Mapping[str, Any]) -> list[Any]:
    """Return the classes that a checkpoint's config.json names; none where it has something else in that place."""
    classes = config.get("architectures")
    return classes if isinstance(classes, list) else []
