"""The surface of Kimi-Audio's package, on whatever device there is."""

import wave

import torch
from transformers import AutoModelForCausalLM


class KimiAudio:
    def __init__(self, model_path: str, load_detokenizer: bool = True):
        assert not load_detokenizer
        self.alm = AutoModelForCausalLM.from_pretrained(model_path, trust_remote_code=True)

    @torch.inference_mode()
    def generate(
        self,
        chats: list[dict],
        output_type="text",
        audio_temperature=0.0,
        audio_top_k=5,
        text_temperature=0.0,
        text_top_k=5,
        audio_repetition_penalty=1.0,
        audio_repetition_window_size=64,
        text_repetition_penalty=1.0,
        text_repetition_window_size=16,
        max_new_tokens=-1,
    ):
        assert output_type == "text" and text_temperature == 0.0
        asked, heard = chats
        assert (asked["role"], asked["message_type"]) == (heard["role"], "text") == ("user", "text")
        assert heard["message_type"] == "audio"
        with wave.open(heard["content"]) as file:
            assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, 16_000, 2)
            pcm = torch.frombuffer(bytearray(file.readframes(file.getnframes())), dtype=torch.int16)
        text = self.alm.config.texts[self.alm(pcm.float() / 32768)]
        return None, " ".join(text.split()[:max_new_tokens])
