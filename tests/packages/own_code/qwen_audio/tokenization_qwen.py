"""The surface of Qwen-Audio's tokenizer: it reads the audio that its text names between <audio> and </audio>."""

import json
import re
from pathlib import Path

import torch
import transformers

from .hearing import read
from .marker import ran

ran()
ENDOFTEXT, PAD = "<|endoftext|>", "[[[AUDIO:modality]]]"
TOKENS = re.compile(r"<\|[^|]*\|>|</?audio>|\[\[\[AUDIO:modality\]\]\]|[^\s<\[]+")


class QWenTokenizer(transformers.PreTrainedTokenizer):
    vocab_files_names = {"vocab_file": "words.json"}

    def __init__(self, vocab_file, **kwargs):
        self.words = json.loads(Path(vocab_file).read_text("utf-8"))
        self.ids = {word: number for number, word in enumerate(self.words)}
        super().__init__(**kwargs)
        self.eod_id = self.ids[ENDOFTEXT]

    @property
    def vocab_size(self):
        return len(self.words)

    def get_vocab(self):
        return dict(self.ids)

    def tokenize(self, text, audio_info=None, **kwargs):
        def pads(match):
            return "<audio>" + PAD * (audio_info["audio_span_tokens"][0] - 2) + "</audio>"

        return TOKENS.findall(re.sub(r"<audio>.*?</audio>", pads, text))

    def _tokenize(self, text, **kwargs):
        raise NotImplementedError

    def _convert_token_to_id(self, token):
        return self.ids.get(token, 0)

    def _convert_id_to_token(self, index):
        return self.words[index]

    def _decode(self, token_ids, skip_special_tokens=False, errors=None, **kwargs):
        ids = [token_ids] if isinstance(token_ids, int) else token_ids
        kept = [one for one in ids if not skip_special_tokens or one < self.eod_id]
        return " ".join(self.words[one] for one in kept)

    def from_list_format(self, list_format):
        text, audios = "", 0
        for part in list_format:
            if "audio" in part:
                audios += 1
                text += f"Audio {audios}:<audio>{part['audio']}</audio>\n"
            else:
                text += part["text"]
        return text

    def process_audio(self, text):
        urls = re.findall(r"<audio>(.*?)</audio>", text)
        if not urls:
            return None
        audios = [read(url) for url in urls]
        return {
            "input_audios": torch.stack(audios),
            "input_audio_lengths": torch.IntTensor([[len(audio), 4] for audio in audios]),
            "audio_span_tokens": [6 for _ in audios],
            "audio_urls": urls,
        }
