import transformers

from .configuration_moonshot_kimia import KimiAudioConfig
from .hearing import Hearing
from .marker import ran

ran()


class MoonshotKimiaForCausalLM(transformers.PreTrainedModel):
    config_class = KimiAudioConfig

    def __init__(self, config):
        super().__init__(config)
        self.hearing = Hearing(config.clips)
        self.post_init()

    def _init_weights(self, module):
        pass

    def forward(self, samples):
        return self.hearing(samples)
