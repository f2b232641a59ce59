import transformers


class KimiAudioConfig(transformers.PretrainedConfig):
    model_type = "kimi_audio"

    def __init__(self, clips=0, texts=None, **kwargs):
        self.clips, self.texts = clips, texts or []
        super().__init__(**kwargs)
