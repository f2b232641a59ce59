import transformers


class OmniConfig(transformers.PretrainedConfig):
    model_type = "omni"

    def __init__(self, clips=0, answers=None, audio_config=None, **kwargs):
        self.clips, self.answers = clips, answers or []
        self.audio_config = transformers.PretrainedConfig(**(audio_config or {}))
        super().__init__(**kwargs)
