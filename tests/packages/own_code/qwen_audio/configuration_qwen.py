import transformers


class QWenConfig(transformers.PretrainedConfig):
    model_type = "qwen"

    def __init__(self, clips=0, answers=None, bf16=False, fp16=False, fp32=False, **kwargs):
        self.clips, self.answers = clips, answers or []
        self.bf16, self.fp16, self.fp32 = bf16, fp16, fp32
        super().__init__(**kwargs)
