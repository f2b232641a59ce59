"""Training a tiny model on the clips until it knows them by heart: shared by every checkpoint maker.

The audio tower stays random and frozen, so it runs once per clip and its outputs are kept; only what follows it is
trained. A random tower passes audio on only if its layers keep the signal's size: see `rescale`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.checkpoints.common import wer

if TYPE_CHECKING:
    import torch


def prepare(threads: int = 2) -> None:
    """Make torch deterministic, bounded to `threads`, and transformers quiet."""
    import torch
    from transformers.utils import logging

    torch.manual_seed(0)
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    logging.set_verbosity_error()
    logging.disable_progress_bar()


def rescale(
    module: torch.nn.Module, conv: float = 1.5, linear: float = 1.0, skip: Sequence[str] = ("embed", "pos")
) -> None:
    """Give a random tower unit gain, so that audio is not drowned by positions and biases.

    Convolutions get the standard deviation conv / sqrt(fan-in), linear layers linear / sqrt(fan-in); parameters whose
    names contain one of `skip`, and vectors, stay as they are.
    """
    import torch

    with torch.no_grad():
        for name, weight in module.named_parameters():
            if weight.ndim < 2 or any(part in name for part in skip):
                continue
            gain = conv if weight.ndim > 2 else linear
            torch.nn.init.normal_(weight, std=gain / weight[0].numel() ** 0.5)


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training took: optimizer steps and seconds until generation was free of errors, and the last loss."""

    steps: int
    seconds: float
    loss: float


def train(
    parameters: Iterable[torch.nn.Parameter],
    backward: Callable[[], float],
    transcribe: Callable[[], Sequence[str]],
    references: Sequence[str],
    *,
    steps: int = 300,
    lr: float = 3e-3,
    every: int = 25,
    promising: float = 0.35,
    settled: float = 0.02,
) -> Trained:
    """Run AdamW until `transcribe()` gives WER 0 and the loss is below `settled`.

    `backward()` computes one step's loss, calls backward and returns the loss. Every `every` steps, once the loss
    is below `promising`, generation itself is tried. Raises RuntimeError if `steps` were not enough.
    """
    import torch

    weights = [weight for weight in parameters if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=lr, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / 10) * max(0.1, 1 - step / steps)
    )
    started, errors, loss = time.perf_counter(), 1.0, float("inf")
    for step in range(1, steps + 1):
        optimizer.zero_grad()
        loss = backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        schedule.step()
        if loss < promising and (step % every == 0 or step == steps):
            errors = wer(references, transcribe())
            if errors == 0 and (loss < settled or step == steps):
                return Trained(step, time.perf_counter() - started, loss)
    raise RuntimeError(f"{steps} steps ended with loss {loss:.3f} and WER {errors:.2f}; the recipe needs more")


def overfit(
    model: Any,
    inputs: Sequence[Mapping[str, torch.Tensor]],
    targets: Sequence[Sequence[int]],
    towers: Sequence[torch.nn.Module],
    transcribe: Callable[[], Sequence[str]],
    references: Sequence[str],
    **options: Any,
) -> Trained:
    """Teach a language model with frozen audio `towers` to answer each prompt with its target.

    inputs: the processor's output for each clip's prompt, batch of one, with `input_ids` of shape (1, n).
    targets: the token ids of each answer, end token included. options: see `train`.
    """
    import torch

    with memoised(towers) as memory:

        def backward() -> float:
            total = 0.0
            for number, (prompt, target) in enumerate(zip(inputs, targets, strict=True)):
                memory.clip = number
                logits = model(**_with_answer(prompt, target), use_cache=False).logits
                answer = logits[:, prompt["input_ids"].shape[1] - 1 : -1].float()
                loss = torch.nn.functional.cross_entropy(answer[0], torch.tensor(target)) / len(inputs)
                loss.backward()
                total += float(loss)
            return total

        def listen() -> Sequence[str]:
            with memory.paused():
                return transcribe()

        model.eval()
        return train(model.parameters(), backward, listen, references, **options)


def _with_answer(prompt: Mapping[str, torch.Tensor], target: Sequence[int]) -> dict[str, Any]:
    import torch

    answer = torch.tensor([list(target)])
    batch = {name: value for name, value in prompt.items() if name != "token_type_ids"}
    batch["input_ids"] = torch.cat([prompt["input_ids"], answer], dim=1)
    if "attention_mask" in batch:
        batch["attention_mask"] = torch.cat([batch["attention_mask"], torch.ones_like(answer)], dim=1)
    return batch


@dataclass(slots=True)
class Memory:
    """Outputs of frozen towers by tower and clip; set `clip` before each forward pass."""

    clip: int = 0
    active: bool = True
    outputs: dict[tuple[int, int], Any] = field(default_factory=dict)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let the towers compute afresh, as generation on other inputs must."""
        self.active = False
        try:
            yield
        finally:
            self.active = True


@contextmanager
def memoised(towers: Sequence[torch.nn.Module]) -> Iterator[Memory]:
    """Freeze `towers` and, inside the block, run each one once per clip."""
    memory = Memory()
    for number, tower in enumerate(towers):
        tower.requires_grad_(False)
        tower.forward = _remembering(memory, number, tower.forward)
    try:
        yield memory
    finally:
        for tower in towers:
            del tower.forward


def _remembering(memory: Memory, number: int, forward: Callable[..., Any]) -> Callable[..., Any]:
    import torch

    def run(*args: Any, **kwargs: Any) -> Any:
        if not memory.active:
            return forward(*args, **kwargs)
        key = (number, memory.clip)
        if key not in memory.outputs:
            with torch.no_grad():
                memory.outputs[key] = forward(*args, **kwargs)
        return memory.outputs[key]

    return run
