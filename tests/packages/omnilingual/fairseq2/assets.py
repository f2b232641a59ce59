class AssetCard:
    def __init__(self, name, metadata, base=None):
        self.name, self.metadata, self.base = name, metadata, base

    def field(self, name):
        return self.metadata[name] if name in self.metadata or self.base is None else self.base.field(name)


class AssetStore:
    def retrieve_card(self, name):
        families = {"CTC": "wav2vec2_asr", "LLM": "wav2vec2_llama"}
        _, kind, *_ = name.split("_")
        url = f"https://dl.fbaipublicfiles.com/mms/{name}.pt"
        return AssetCard(name, {"model_family": families[kind], "checkpoint": url, "tokenizer_ref": "written"})


def get_asset_store():
    return AssetStore()
