import transformers


class UltravoxConfig(transformers.PretrainedConfig):
    model_type = "ultravox"

    def __init__(self, clips=0, answers=None, **kwargs):
        self.clips = clips
        self.answers = answers or []
        super().__init__(**kwargs)
