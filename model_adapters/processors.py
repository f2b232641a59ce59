"""Processors of any family, also where the parts of them cannot be loaded that serve images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .checkpoint_files import read_json
from .optional_packages import usable
from .torch_support import explain_load_errors, load_processor

CONFIGS = ("processor_config.json", "preprocessor_config.json", "tokenizer_config.json")
IMAGES = ("image_processor", "video_processor")


def any_processor(transformers: Any, folder: Path, **options: Any) -> Any:
    """Return the processor that a folder's files name, without its images where torchvision is missing."""
    cls = getattr(transformers, _named(folder), None)
    if cls is not None and not usable("torchvision") and set(IMAGES).intersection(cls.get_attributes()):
        return without_images(transformers, cls, folder)
    return load_processor(transformers.AutoProcessor, folder, **options)


def without_images(transformers: Any, cls: Any, folder: Path) -> Any:
    """Return a processor of class `cls`, of the files in a folder, that refuses images.

    Its image parts need torchvision, which PyPI has for CUDA only. Transcription has no images, so that the same
    processor is put together with parts that refuse them.
    """
    audio, tokenizer = transformers.AutoFeatureExtractor, transformers.AutoTokenizer
    parts = [
        no_images() if name in IMAGES else load_processor(tokenizer if name == "tokenizer" else audio, folder)
        for name in cls.get_attributes()
    ]
    with explain_load_errors(folder):
        settings, _ = cls.get_processor_dict(folder)
        return imageless(cls).from_args_and_dict(parts, settings)


def encoded(processor: Any, text: str, waves: Sequence[Any], rate: int) -> Any:
    """Return what a model takes of a batch of clips (samples at `rate` Hz), each with `text` around its audio."""
    inputs = processor(
        text=[text] * len(waves), audio=list(waves), sampling_rate=rate, padding=True, return_tensors="pt"
    )
    for name in [name for name, value in inputs.items() if value is None]:
        del inputs[name]  # what a prompt without images leaves empty
    return inputs


def imageless(cls: Any) -> Any:
    """Return a class of processors like `cls` that takes anything for its image parts."""

    def check(self: Any, name: str, part: Any) -> Any:
        return type(part) if name in IMAGES else cls.check_argument_for_proper_class(self, name, part)

    return type(cls.__name__, (cls,), {"check_argument_for_proper_class": check, "__module__": cls.__module__})


def no_images() -> Any:
    """Return what stands where a processor's part for images or videos would; audio passes it by."""
    from transformers.image_processing_utils import BaseImageProcessor

    class NoImages(BaseImageProcessor):  # type: ignore[misc]
        """An image processor that has none."""

        model_input_names = ()
        merge_size = 1  # earlier versions of Qwen2.5-Omni's processor read it, images or not

        def preprocess(self, *_: Any, **__: Any) -> Any:
            """Refuse."""
            raise NotImplementedError("images need torchvision; this adapter transcribes audio")

    return NoImages()


def _named(folder: Path) -> str:
    """Return the name of the processor's class by the first file that has one."""
    named = (read_json(folder / name).get("processor_class") for name in CONFIGS if (folder / name).is_file())
    return next((str(name) for name in named if name), "")
