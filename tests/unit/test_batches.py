"""Batches of unlike utterances: answered group by group, returned in order."""

from __future__ import annotations

from pytest_asrbench.model_adapters.batches import in_groups

from pytest_asrbench.adapter import Audio, Transcript, Utterance


def test_groups_are_answered_together_and_come_back_in_order() -> None:
    told = ["de", "en", "de", None, "en"]
    batch = [Utterance(Audio(b"", 16_000, str(number)), language) for number, language in enumerate(told)]
    calls = []

    def answer(group: list[Utterance], language: str | None) -> list[Transcript]:
        calls.append((language, len(group)))
        return [Transcript(f"{one.audio.name} {language}") for one in group]

    answers = in_groups(batch, lambda one: one.language, answer)
    assert [one.text for one in answers] == ["0 de", "1 en", "2 de", "3 None", "4 en"]
    assert calls == [("de", 2), ("en", 2), (None, 1)]
    assert in_groups([], lambda one: one.language, answer) == []
