from pathlib import Path


def load_tokenizer(card, *, config=None, progress=True):
    assert card.field("tokenizer_family") == "char_tokenizer"
    return Path(card.field("tokenizer")).read_text("utf-8").splitlines()
