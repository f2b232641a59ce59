"""A tiny Moonshine of the "base" layout: trained with transformers, exported as the release's pair of ONNX files.

Only the parts that the library counts on have their real size: eight decoder layers and the vocabulary of 32,768.
Run it with `python -m tests.checkpoints.moonshine FOLDER`.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.checkpoints import moonshine_export, onnx_pair
from tests.checkpoints.common import Clip, clips
from tests.checkpoints.training import prepare, rescale, train

if TYPE_CHECKING:
    import torch

SOURCES = (Path(moonshine_export.__file__), Path(onnx_pair.__file__))
VOCABULARY, START, END = 32_768, 1, 2


def make(folder: Path) -> None:
    """Write `encoder_model.onnx` and `decoder_model_merged.onnx` to `folder`, and `transformers/` beside them."""
    prepare(threads=1)
    model = build(layers=8)
    teach(model, clips(8))
    model.save_pretrained(folder / "transformers")
    _processor().save_pretrained(folder / "transformers")
    moonshine_export.export(model, folder)


def build(layers: int) -> Any:
    """Return a random model whose frozen encoder tells sounds apart.

    Its first layer is a tanh before a group norm: small signals pass it unbent and the norm then hides how loud they
    were, large ones all become ±1. So its weights put speech between the two. Strong linear layers after it spread
    sounds that differ a little, such as the same clip 10 % faster.
    """
    from transformers import MoonshineConfig, MoonshineForConditionalGeneration

    config = MoonshineConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=64,
        encoder_num_hidden_layers=1,
        decoder_num_hidden_layers=layers,
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0, "partial_rotary_factor": 1.0},
        bos_token_id=START,
        eos_token_id=END,
        pad_token_id=END,
        attn_implementation="eager",
    )
    model = MoonshineForConditionalGeneration(config).eval()
    rescale(model.model.encoder, conv=1.5, linear=3.0)
    rescale(model.model.encoder.conv1, conv=110.0)
    rescale(model.model.decoder, linear=0.6)
    model.model.encoder.requires_grad_(False)
    return model


def teach(model: Any, examples: list[Clip]) -> None:
    """Train the decoder until it transcribes `examples` without an error.

    All words of the vocabulary that no text needs keep a zero embedding, so their logits are zero whatever is heard:
    together they are one more class in the softmax, exactly, and training sees some fifty rows instead of 32,768.
    """
    import torch

    tokenizer = load_tokenizer()
    answers = [[START, *tokenizer.encode(clip.text, add_special_tokens=False).ids, END] for clip in examples]
    used = sorted({token for answer in answers for token in answer})
    tokens, targets = _grid(answers, used)
    with torch.no_grad():
        heard = [model.model.encoder(torch.from_numpy(clip.samples)[None]).last_hidden_state[0] for clip in examples]
    encoded = torch.nn.utils.rnn.pad_sequence(heard, batch_first=True)
    mask = torch.nn.utils.rnn.pad_sequence([torch.ones(len(one), dtype=torch.long) for one in heard], batch_first=True)
    rows = torch.nn.Parameter(torch.randn(len(used), model.config.hidden_size) * 0.3)
    unused = torch.tensor(math.log(VOCABULARY - len(used)))

    def backward() -> float:
        hidden = model.model.decoder(
            inputs_embeds=rows[tokens],
            encoder_hidden_states=encoded + 0.03 * torch.randn_like(encoded),
            encoder_attention_mask=mask,
            use_cache=False,
        ).last_hidden_state[targets >= 0]
        known = hidden @ rows.T
        logits = torch.cat([known, unused.expand(len(known), 1)], dim=1)
        loss = torch.nn.functional.cross_entropy(logits, targets[targets >= 0])
        loss.backward()
        return float(loss.detach())

    def transcribe() -> list[str]:
        with torch.no_grad():
            model.model.decoder.embed_tokens.weight.zero_()[torch.tensor(used)] = rows
            return [listen(model, tokenizer, clip) for clip in examples]

    layers = [weight for name, weight in model.model.decoder.named_parameters() if "embed_tokens" not in name]
    texts = [clip.text for clip in examples]
    train([rows, *layers], backward, transcribe, texts, steps=400, lr=5e-3, every=50, settled=0.003)


def listen(model: Any, tokenizer: Any, clip: Clip) -> str:
    """Transcribe one clip with the model as transformers runs it."""
    import torch

    ids = model.generate(input_values=torch.from_numpy(clip.samples)[None], max_new_tokens=60, do_sample=False)
    return str(tokenizer.decode(ids[0].tolist()))


def load_tokenizer() -> Any:
    """Return the tokenizer that comes with useful-moonshine-onnx."""
    import moonshine_onnx

    return moonshine_onnx.load_tokenizer()


def _processor() -> Any:
    """Return the release's processor: raw samples in, the library's tokenizer out."""
    import moonshine_onnx
    from transformers import PreTrainedTokenizerFast, Wav2Vec2FeatureExtractor, Wav2Vec2Processor

    extractor = Wav2Vec2FeatureExtractor(
        feature_size=1, sampling_rate=16_000, padding_value=0.0, do_normalize=False, return_attention_mask=True
    )
    file = str(moonshine_onnx.ASSETS_DIR / "tokenizer.json")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=file, bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="</s>"
    )
    return Wav2Vec2Processor(extractor, tokenizer)


def _grid(answers: list[list[int]], used: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Pad the answers, counted in rows of `used`, to decoder inputs and targets (-1 = nothing), both (n, longest)."""
    import torch

    row = {token: number for number, token in enumerate(used)}
    counted = [torch.tensor([row[token] for token in answer]) for answer in answers]
    inputs = torch.nn.utils.rnn.pad_sequence([one[:-1] for one in counted], batch_first=True, padding_value=row[END])
    targets = torch.nn.utils.rnn.pad_sequence([one[1:] for one in counted], batch_first=True, padding_value=-1)
    return inputs, targets


if __name__ == "__main__":
    make(Path(sys.argv[1]))
