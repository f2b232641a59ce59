import torch


class Wav2Vec2AsrModel(torch.nn.Module):
    pass


class Wav2Vec2LlamaModel(torch.nn.Module):
    pass


KINDS = {"wav2vec2_asr": Wav2Vec2AsrModel, "wav2vec2_llama": Wav2Vec2LlamaModel}


def load_model(card, *, gangs=None, device=None, dtype=None, config=None, mmap=False, progress=True):
    model = KINDS[card.field("model_family")]()
    model.keys = torch.load(card.field("checkpoint"), weights_only=True)["keys"].to(device, dtype)
    return model
