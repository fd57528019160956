"""The training loop: goes on where its folder stopped, for as long as it is let.

The learning rate is constant after a warm-up; what is measured and shipped is an exponential average of the weights,
at any moment about as good as a run whose rate was brought down. A cool-down brings the rate itself to zero.

Several processes (torchrun) train copies on lines of their own and average them every few steps.
"""

import copy
import json
import math
import os
import signal
import time
from collections import deque
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from pathlib import Path

import numpy as np
import torch
import torch.distributed as distributed
from safetensors.torch import load_file
from torch import Tensor
from torch.optim import AdamW, Muon, Optimizer
from torch.utils.data import DataLoader

from export.train import evaluate, losses, model
from export.train.batch import Batch, Example
from export.train.evaluate import Score
from export.train.grow import warm_start
from export.train.letter_case import recase
from export.train.losses import Losses
from export.train.model import Recognizer, Shape
from export.train.stream import Batches, Sources, as_printed, validation_lines

_WARM_UP_STEPS = 100
_TEXT_RAMP_STEPS = 300  # a network from scratch looks before it writes
_TOGETHER_EVERY = 8  # steps between two averagings of the processes, and between looks at the clock
_AVERAGE_KEEPS = 0.99  # of the exponential average, each time


@dataclass(frozen=True, slots=True)
class Plan:
    """What to train, on what, how hard and for how long."""

    folder: Path
    shape: Shape
    init: Path | None
    learning_rate: float
    real_share: float
    columns_per_batch: int
    minutes: float
    cool_down: bool
    checkpoint_minutes: float
    evaluate_minutes: float
    threads: int
    renderers: int


class Trainer:
    """One process of a training run."""

    def __init__(self, plan: Plan, found: Sources) -> None:
        self.plan, self.found = plan, found
        self.rank, self.processes = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
        on_gpu = torch.cuda.is_available()
        self.device = torch.device(f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if on_gpu else "cpu")
        torch.set_num_threads(plan.threads)
        torch.manual_seed(0)
        if self.processes > 1:
            # Long, so that a run may be paused (SIGSTOP) and let go on.
            distributed.init_process_group("nccl" if on_gpu else "gloo", timeout=timedelta(days=2))
        plan.folder.mkdir(parents=True, exist_ok=True)
        self.checkpoint = plan.folder / "checkpoint.pt"
        self.step = self.images = 0
        self.stopping = False
        self.recognizer = Recognizer(plan.shape)
        if plan.init and not self.checkpoint.exists():
            warm_start(self.recognizer, _state(plan.init))
        self.recognizer.to(self.device).train()
        self.average = copy.deepcopy(self.recognizer).requires_grad_(False)
        self.optimizers = optimizers(self.recognizer, plan.learning_rate)
        if self.checkpoint.exists():
            self._resume()

    def run(self) -> None:
        """Train for the planned minutes, measuring and saving on the way and at the end."""
        found = self._with_letter_case(self.found)
        signal.signal(signal.SIGTERM, self.stop)
        self.rendered, self.real, self.pages = validation_lines(found, rendered=320, real_lines=800)
        self._measure()
        seed = 1_000 * self.rank + self.images  # no line is drawn twice after a restart
        generator = torch.Generator().manual_seed(seed)
        history: deque[tuple[float, ...]] = deque(maxlen=200)
        first_step, first_image = self.step, self.images
        started = told = saved = measured = time.monotonic()
        stream = Batches(found, seed, self.plan.real_share, self.plan.columns_per_batch)
        for batch in DataLoader(stream, batch_size=None, num_workers=self.plan.renderers):
            if self.step % _TOGETHER_EVERY == 0:
                now = self._agree(math.inf if self.stopping else time.monotonic())
                progress = (now - started) / 60 / self.plan.minutes
                if progress >= 1:
                    break
                self._set_rate(progress, self.step - first_step)
                if now - told >= 60:
                    told = now
                    self._tell(history, (self.images - first_image) / (now - started))
                if now - saved >= 60 * self.plan.checkpoint_minutes:
                    saved = now
                    self._save()
                if now - measured >= 60 * self.plan.evaluate_minutes:
                    self._measure()
                    measured = self._agree(time.monotonic())
            history.append(self._learn(batch, generator))
            if self.step % _TOGETHER_EVERY == 0:
                self._average_weights()
        self._save()
        if not self.stopping:
            self._measure()

    def stop(self, *_: object) -> None:
        """Save and end at the next opportunity; a signal handler."""
        self.stopping = True

    def _learn(self, batch: Batch, generator: torch.Generator) -> tuple[float, ...]:
        """One step of the optimizer; the losses, in the order of `Losses`."""
        computed = losses.compute(self.recognizer, batch, self.device, generator)
        ramp = 1.0 if self.plan.init else min(1.0, max(0.1, self.step / _TEXT_RAMP_STEPS))
        torch.autograd.backward(computed.total(ramp))
        norm = torch.nn.utils.clip_grad_norm_(self.recognizer.parameters(), 1.0)
        for optimizer in self.optimizers:
            if torch.isfinite(norm):
                optimizer.step()
            optimizer.zero_grad()
        self.step += 1
        self.images += len(batch.tokens) * self.processes
        return tuple(getattr(computed, field.name).item() for field in fields(computed))

    def _set_rate(self, progress: float, steps_since_start: int) -> None:
        """Warm up after each start, since a resumed optimizer has seen none of what comes; cool down if planned."""
        rate = self.plan.learning_rate * min(1.0, (steps_since_start + 1) / _WARM_UP_STEPS)
        if self.plan.cool_down:
            rate *= 1 - progress
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate

    @torch.no_grad()
    def _average_weights(self) -> None:
        """Make all processes' weights their mean, and move the exponential average towards it."""
        weights: list[Tensor] = list(self.recognizer.parameters())
        if self.processes > 1:
            flat = torch.cat([weight.flatten() for weight in weights])
            distributed.all_reduce(flat)
            torch._foreach_copy_(weights, _like(flat / self.processes, weights))
        averages: list[Tensor] = list(self.average.parameters())
        torch._foreach_lerp_(averages, weights, 1 - _AVERAGE_KEEPS)

    def _agree(self, value: float) -> float:
        """The first process's `value`, so that all take the same turn."""
        if self.processes == 1:
            return value
        shared = torch.tensor([value], dtype=torch.float64, device=self.device)
        distributed.broadcast(shared, 0)
        return shared.item()

    def _with_letter_case(self, found: Sources) -> Sources:
        """Real training lines as printed, found once a run by the network it starts with; mislabelled ones left out."""
        cache = self.plan.folder / "letter_case.json"
        if self.rank == 0 and not cache.exists() and found.training:
            known = {line.key: text for line, text in as_printed(found.training, self._recase)}
            cache.write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
        self._agree(0.0)
        return found.recased(json.loads(cache.read_text(encoding="utf-8"))) if cache.exists() else found

    def _recase(self, examples: list[Example]) -> list[str | None]:
        return recase(self.average, examples, self.device)

    # what is told and kept

    def _measure(self) -> None:
        """Score the averaged weights on both validation sets, all processes reading their part."""
        rendered = self._score(self.rendered, ["all"] * len(self.rendered), cased=True)
        real = self._score(self.real, self.pages, cased=False) if self.real else None
        if self.rank == 0:
            self._say(f"step {self.step}  images {self.images}\n    unseen typefaces: {rendered}\n    receipts: {real}")
            row = {"time": _now(), "step": self.step, "images": self.images, "rendered": asdict(rendered)}
            if real:
                row["real"] = asdict(real)
            with (self.plan.folder / "curve.jsonl").open("a", encoding="utf-8") as curve:
                curve.write(json.dumps(row) + "\n")

    def _score(self, examples: list[Example], pages: list[str], *, cased: bool) -> Score:
        texts: list[str] = evaluate.read(self.average, examples[self.rank :: self.processes], self.device)
        if self.processes > 1:
            parts: list[list[str]] = [[] for _ in range(self.processes)]
            distributed.all_gather_object(parts, texts)
            texts = [""] * len(examples)
            for rank, part in enumerate(parts):
                texts[rank :: self.processes] = part
        return evaluate.score(texts, [example.text for example in examples], pages, cased=cased)

    def _tell(self, history: deque[tuple[float, ...]], images_per_s: float) -> None:
        means = np.mean(history, axis=0)
        named = "  ".join(f"{field.name} {value:.4f}" for field, value in zip(fields(Losses), means, strict=True))
        self._say(f"step {self.step}  images {self.images}  {images_per_s:.1f} images/s  {named}")

    def _say(self, line: str) -> None:
        if self.rank == 0:
            print(f"{_now()}  {line}", flush=True)

    def _save(self) -> None:
        """Write the state to go on from, and the averaged network as a checkpoint of transformers."""
        if self.rank != 0:
            return
        state = {
            "recognizer": self.recognizer.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step,
            "images": self.images,
        }
        beside = self.checkpoint.with_suffix(".new")
        torch.save(state, beside)
        beside.replace(self.checkpoint)
        model.save(self.average, self.plan.folder / "average")

    def _resume(self) -> None:
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        self.recognizer.load_state_dict(state["recognizer"])
        self.average.load_state_dict(state["average"])
        for optimizer, kept in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        self.step, self.images = state["step"], state["images"]
        self._say(f"going on from step {self.step}, {self.images} images")


def optimizers(recognizer: Recognizer, learning_rate: float) -> list[Optimizer]:
    """Muon for the matrices inside of the layers, AdamW for tables, heads, biases and norms.

    Muon (K. Jordan and others, 2024) is told to scale its steps as AdamW's are, so that both take one rate. From the
    same state, on the same lines, the text loss after 300 steps was .21 against .25 of AdamW alone, for a third more
    time a step; a larger batch makes that less.
    """
    inside: list[Tensor] = []
    tables: list[Tensor] = []
    vectors: list[Tensor] = []
    for name, weight in recognizer.named_parameters():
        is_layer = "layer" in name and "layernorm" not in name
        (vectors if weight.dim() < 2 else inside if is_layer and weight.dim() == 2 else tables).append(weight)
    groups = [{"params": tables, "weight_decay": 0.02}, {"params": vectors, "weight_decay": 0.0}]
    return [
        Muon(inside, learning_rate, weight_decay=0.02, momentum=0.9, adjust_lr_fn="match_rms_adamw"),
        AdamW(groups, learning_rate, betas=(0.9, 0.98), fused=True),
    ]


def _state(folder: Path) -> dict[str, Tensor]:
    """A saved network's weights under the names they have in `Recognizer`."""
    state = {f"trocr.{name}": weight for name, weight in load_file(folder / "model.safetensors").items()}
    return state | load_file(folder / model.AUXILIARY)


def _like(flat: Tensor, weights: list[Tensor]) -> list[Tensor]:
    """`flat` cut into tensors of the shapes of `weights`."""
    parts = torch.split(flat, [weight.numel() for weight in weights])
    return [part.view_as(weight) for part, weight in zip(parts, weights, strict=True)]


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
