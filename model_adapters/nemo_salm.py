"""NVIDIA's SALM by NeMo: FastConformer and a language model, of which Canary-Qwen 2.5B is one.

Usage as on the card of nvidia/canary-qwen-2.5b and in examples/speechlm2/salm_eval.py of NeMo. A release may hold
the weights alone, and name the language model that they are for: its configuration and tokenizer are then taken from
the option `processor`. The model is put together as `SALM.from_pretrained` does it, which would look for these at the
hub, and would leave weights that are missing to chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Loaded
from pytest_asrbench.errors import MissingDependencyError, WeightsError

from .checkpoint_files import local_folder, processor_folder, read_json
from .foreign import import_own
from .speech_llm import SPARE_TOKENS, Asked, SpeechLLM
from .torch_support import dtype_name, explain_load_errors, import_torch, synchronize, torch_device, torch_dtype

LONGEST = 40.0
BACKBONE = "llm_backbone"  # where newer releases keep the language model's configuration
WEIGHTS = "model.safetensors"


class NemoSalm(SpeechLLM):
    """A folder of a SALM. Greedy.

    Options: `max_seconds` (40: the longest that Canary-Qwen was trained on), `languages` (en) and `processor` (folder
    or repository of the language model's configuration and tokenizer, where the release has none).
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="NeMo",
        packages=("nemo-toolkit", "torch", "transformers", "lhotse"),
        modules=("nemo", "torch"),
        extra="nemo",
        backend="torch",
        tasks=("transcribe", "instruct"),
        follows=("prompt", "max_new_tokens"),
        max_seconds=LONGEST,
        apart=True,
        options={"max_seconds": LONGEST, "languages": frozenset({"en"}), "processor": ""},
    )
    name: ClassVar[str] = "nemo-salm"
    question: ClassVar[str] = "Transcribe the following:"

    def load(self, device: str, dtype: str) -> Loaded:
        """Load the folder; see `Adapter.load`."""
        folder = local_folder(self.source, self.name)
        config = self._config(folder)
        self.device = torch_device(device)
        precision = torch_dtype(dtype, self.device)
        library = import_own("nemo.collections.speechlm2.models", "the section on NeMo")
        with explain_load_errors(folder):
            model = library.SALM(config)
            self._fill(model, folder / WEIGHTS)
            self.model = model.to(precision).to(self.device).eval()
        return Loaded(device, dtype_name(precision), {"class": type(model).__name__, "llm": config["pretrained_llm"]})

    def _config(self, folder: Path) -> dict[str, Any]:
        """The release's configuration, with the language model as it lies here, and without code of its own."""
        config = read_json(folder / "config.json")
        own = folder / BACKBONE
        if not self.options["processor"] and not own.is_dir():
            named = config.get("pretrained_llm")
            raise WeightsError(
                f"{folder} does not hold the configuration and tokenizer of its language model {named}: name them, "
                f"{self.name}:{folder}[processor=hf:{named}]."
            )
        tokenizer = processor_folder(folder, self.options["processor"])
        model = tokenizer if self.options["processor"] else own
        local = {"pretrained_llm": str(model), "tokenizer_path": str(tokenizer)}
        return {**config, **local, "pretrained_weights": False, "trust_remote_code": False}

    @staticmethod
    def _fill(model: Any, weights: Path) -> None:
        """Take all of a model's weights from the file; raises WeightsError if some are missing."""
        try:
            from safetensors.torch import load_file
        except ImportError as error:
            raise MissingDependencyError(f"{error}: pip install safetensors") from error
        missing, _ = model.load_state_dict(load_file(weights), strict=False)
        if missing:
            raise WeightsError(
                f"{weights} lacks {len(missing)} weights of its model ({missing[0]} ...); download it again, or name "
                "the language model that it was made for by the option processor."
            )

    def _answer(self, waves: Sequence[Any], asked: Asked) -> tuple[list[str], list[bool]]:
        torch = import_torch()
        seconds = max(len(wave) for wave in waves) / self.info.sample_rate
        limit = asked.decoding.max_new_tokens or SPARE_TOKENS + int(self.tokens_per_second * seconds)
        content = f"{asked.prompt or self.question} {self.model.audio_locator_tag}"
        audio = torch.nn.utils.rnn.pad_sequence([torch.from_numpy(wave) for wave in waves], batch_first=True)
        with torch.inference_mode():
            answers = self.model.generate(
                prompts=[[{"role": "user", "content": content}] for _ in waves],
                audios=audio.to(self.device),
                audio_lens=torch.tensor([len(wave) for wave in waves], device=self.device),
                max_new_tokens=limit,
                do_sample=False,
            ).cpu()
        synchronize(self.device)
        rows = [self._until_end(row) for row in answers.tolist()]
        return [self.model.tokenizer.ids_to_text(row).strip() for row in rows], [len(row) >= limit for row in rows]

    def _until_end(self, row: list[int]) -> list[int]:
        """The tokens of an answer before the one that ends it."""
        end = self.model.text_eos_id
        return row[: row.index(end)] if end in row else row
