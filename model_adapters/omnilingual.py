"""Omnilingual ASR by its authors' package, on fairseq2: one model for 1,600 languages.

Usage as in github.com/facebookresearch/omnilingual-asr. Its weights lie at a host of their own, as a pickle, which
fairseq2 loads by torch's restricted reader: that builds tensors, and runs no code that the file names. They are never
downloaded here: the source is a folder with the file of the weights and that of the tokenizer, each as it is called
there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Loaded
from pytest_asrbench.errors import UnsuitedError, WeightsError

from .foreign import import_own
from .languages import base_code
from .omnilingual_codes import codes_of
from .speech_llm import Asked, SpeechLLM
from .torch_support import dtype_name, first_line, import_torch, synchronize, torch_device, torch_dtype

LONGEST = 40.0  # what is longer, its pipeline refuses
HOST = "https://dl.fbaipublicfiles.com/mms"
RECIPE = "the section on Omnilingual ASR"


class Omnilingual(SpeechLLM):
    """A folder with a checkpoint of Omnilingual ASR. Models of its kind `CTC` find the language out by themselves.

    Options: `max_seconds` (40).
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="omnilingual-asr",
        packages=("omnilingual-asr", "fairseq2", "fairseq2n", "torch"),
        modules=("omnilingual_asr", "fairseq2", "torch"),
        extra="omnilingual",
        backend="torch",
        max_seconds=LONGEST,
        apart=True,
        options={"max_seconds": LONGEST},
    )
    name: ClassVar[str] = "omnilingual"
    codes: Sequence[str] = ()

    def load(self, device: str, dtype: str) -> Loaded:
        """Load the folder; see `Adapter.load`."""
        weights, tokens = self._files()
        self.device = torch_device(device)
        precision = torch_dtype(dtype, self.device)
        assets = import_own("fairseq2.assets", RECIPE)
        models = import_own("fairseq2.models.hub", RECIPE)
        tokenizers = import_own("fairseq2.data.tokenizers.hub", RECIPE)
        pipelines = import_own("omnilingual_asr.models.inference.pipeline", RECIPE)
        self.codes = import_own("omnilingual_asr.models.wav2vec2_llama.lang_ids", RECIPE).supported_langs
        try:
            named = assets.get_asset_store().retrieve_card(weights.stem.replace("-", "_"))
            card = assets.AssetCard(named.name, {"checkpoint": str(weights)}, named)
            text = assets.AssetCard(tokens.stem, {"tokenizer_family": "char_tokenizer", "tokenizer": str(tokens)})
            self.model = pipelines.ASRInferencePipeline(
                None,
                model=models.load_model(card, device=self.device, dtype=precision),
                tokenizer=tokenizers.load_tokenizer(text),
                device=self.device,
                dtype=precision,
            )
        except Exception as error:  # the library raises what it likes for files that it cannot read
            raise WeightsError(f"{weights.parent} cannot be loaded: {first_line(error)}; download it again.") from error
        return Loaded(device, dtype_name(precision), {"card": card.name, "class": type(self.model.model).__name__})

    def _files(self) -> tuple[Path, Path]:
        """Where the weights and the tokenizer lie; raises WeightsError if they are not there."""
        folder = Path(self.source or "")
        found = [sorted(folder.glob(pattern)) for pattern in ("omniASR-*.pt", "omniASR_tokenizer*.model")]
        if not self.source or not all(len(files) == 1 for files in found):
            raise WeightsError(
                f"{self.name} needs a folder with one file omniASR-....pt and one omniASR_tokenizer....model: take "
                f"them from {HOST}, as docs/environments.md says, and name it as {self.name}:FOLDER."
            )
        return found[0][0].absolute(), found[1][0].absolute()

    def _answer(self, waves: Sequence[Any], asked: Asked) -> tuple[list[str], list[bool]]:
        torch = import_torch()
        heard = [{"waveform": wave, "sample_rate": self.info.sample_rate} for wave in waves]
        with torch.inference_mode():
            texts = self.model.transcribe(heard, lang=[asked.language] * len(waves), batch_size=len(waves))
        synchronize(self.device)
        return [text.strip() for text in texts], [False] * len(waves)

    def _language(self, language: str | None) -> str | None:
        """The model's code of a language; None for a model that finds it out. Raises UnsuitedError for one it lacks."""
        if language is None or self.model.beam_search_generator is None:
            return None
        codes = codes_of(base_code(language), self.codes)
        if len(codes) != 1:
            why = f"in several scripts: {', '.join(codes)}; leave it to the model, by auto" if codes else "not at all"
            raise UnsuitedError(f"{self.name} knows the language {language!r} {why}.")
        return codes[0]
