# SPDX-License-Identifier: MIT
"""Metrics over epochs: libnc.Tracker and libnc.collect()."""
from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ._arrays import as_numpy
from ._library import ArgumentError, DimensionError
from ._report import Accumulator, Report, metrics


class Tracker:
    """Metrics of one training run, epoch by epoch.

    >>> import numpy as np, libnc
    >>> tracker = libnc.Tracker("run 1")
    >>> for epoch in (1, 2):
    ...     h = np.repeat(np.eye(3), 2, axis=0) + 0.1 / epoch * np.sin(np.arange(18)).reshape(6, 3)
    ...     tracker.log(epoch, libnc.measure(h, [0, 0, 1, 1, 2, 2]), loss=1 / epoch)
    >>> tracker["loss"].tolist(), bool(tracker["nc1"][1] < tracker["nc1"][0])
    ([1.0, 0.5], True)
    """

    def __init__(self, name: str = "", predicted: Mapping[str, float] | None = None):
        #: Title of the run.
        self.name = str(name)
        #: Values to be reached, by metric: lines in the figure.
        self.predicted = {name: float(value) for name, value in (predicted or {}).items()}
        self._epochs: list[float] = []
        self._rows: list[dict[str, float]] = []

    def log(self, epoch: float, report: Mapping[str, float], **more: float) -> None:
        """Adds an epoch, or replaces it: the metrics of a report and other numbers of the run."""
        epoch = float(epoch)
        if not math.isfinite(epoch):
            raise ArgumentError(f"epoch = {epoch}: must be finite")
        row = {name: float(value) for name, value in {**report, **more}.items()}
        if isinstance(report, Report):
            for layer, other in report.layers.items():
                row |= {f"{layer}/{name}": value for name, value in other.items()}
        if epoch in self._epochs:
            self._rows[self._epochs.index(epoch)] = row
            return
        at = sum(e < epoch for e in self._epochs)
        self._epochs.insert(at, epoch)
        self._rows.insert(at, row)

    @property
    def epochs(self) -> np.ndarray:
        """Epochs in order."""
        return np.array(self._epochs)

    def __len__(self) -> int:
        return len(self._epochs)

    def __getitem__(self, name: str) -> np.ndarray:
        """A metric over the epochs; NaN where it was not logged."""
        if self._rows and not any(name in row for row in self._rows):
            raise KeyError(name)
        return np.array([row.get(name, math.nan) for row in self._rows])

    @property
    def names(self) -> list[str]:
        """What was logged and is not NaN throughout."""
        names = dict.fromkeys(name for row in self._rows for name in row)
        return [name for name in names if not np.isnan(self[name]).all()]

    def table(self, names: Sequence[str] | None = None) -> str:
        """Epochs as lines of text; the metrics that papers state and what was logged beside them."""
        if names is None:
            usual = {"nc1", "nc2_equinorm_features", "nc2_equiangular_features", "nc3_duality", "nc4"}
            known = metrics()  # of a layer: "layer/metric"
            names = [n for n in self.names if n in usual or n.rsplit("/", 1)[-1] not in known]
        widths = [max(10, len(name)) for name in names]
        lines = ["  ".join(["epoch".rjust(8), *(n.rjust(w) for n, w in zip(names, widths))])]
        for at, epoch in enumerate(self._epochs):
            values = [self._rows[at].get(name, math.nan) for name in names]
            lines.append(
                "  ".join([f"{epoch:8g}", *(f"{v:{w}.4g}" for v, w in zip(values, widths))])
            )
        return "\n".join(lines)

    def __repr__(self) -> str:
        return "\n".join(filter(None, [self.name, self.table()]))

    def to_tsv(self, path: str | os.PathLike) -> None:
        """Writes epochs as rows and all names as columns, with 17 digits."""
        names = self.names
        lines = ["\t".join(["epoch", *names])]
        for epoch, row in zip(self._epochs, self._rows):
            values = [epoch, *(row.get(name, math.nan) for name in names)]
            lines.append("\t".join(f"{value:.17g}" for value in values))
        _replace(path, "\n".join(lines) + "\n")

    def save(self, path: str | os.PathLike) -> None:
        """Writes the run as JSON: the old file or the new one, never half of it."""
        held = {
            "libnc_tracker": 1,
            "name": self.name,
            "predicted": self.predicted,
            "epochs": self._epochs,
            "rows": [{n: v for n, v in row.items() if not math.isnan(v)} for row in self._rows],
        }
        _replace(path, json.dumps(held, indent=1))

    @classmethod
    def load(cls, path: str | os.PathLike) -> Tracker:
        """A run that save() wrote, to go on with."""
        with open(os.fspath(path), encoding="utf-8") as file:
            try:
                held = json.load(file)
            except ValueError as error:
                raise ArgumentError(f"path = {os.fspath(path)!r}: is no JSON: {error}") from None
        if not isinstance(held, dict) or held.get("libnc_tracker") != 1:
            raise ArgumentError(f"path = {os.fspath(path)!r}: is no file of Tracker.save()")
        try:
            found = cls(held["name"], held["predicted"])
            for epoch, row in zip(held["epochs"], held["rows"]):
                found.log(epoch, row)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ArgumentError(f"path = {os.fspath(path)!r}: is damaged: {error!r}") from None
        return found

    def plot(self, path=None, *, others: Sequence[Tracker] = ()):
        """NC1 to NC4 over epochs on logarithmic axes, with predicted values and other runs beside; a
        matplotlib figure, also written to `path`. Needs matplotlib."""
        from ._plots import plot_trackers

        return plot_trackers([self, *others], path)


def _replace(path, text: str) -> None:
    temporary = f"{os.fspath(path)}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


# ---- PyTorch ----


def collect(
    model,
    loader,
    layers: Sequence[str] = (),
    *,
    head: str | None = None,
    classes: int | None = None,
    convention: str = "default",
    prepare: Callable | None = None,
) -> Report:
    """Measures a PyTorch module over a loader: two passes, in evaluation mode, no features kept.

    model : a torch.nn.Module. Each of its modules is left in the mode it was in.
    loader : gives (inputs, labels), the same samples each time it is gone over.
    layers : names of modules (as model.named_modules()) whose outputs are measured too:
        `report.layers[name]`. Outputs of shape N x C x ... are averaged over what follows C.
    head : name of the torch.nn.Linear whose input (N x d) is measured as the features, with its weight
        and bias; None: the last one that model.named_modules() lists.
    classes : K; None: outputs of the head.
    prepare : batch -> (inputs, labels), where the loader gives anything else. Inputs are moved to the
        device of the model's first parameter.

        report = libnc.collect(model, loader)
        tracker.log(epoch, report)
    """
    import torch

    named = dict(model.named_modules())
    linear = [name for name, module in named.items() if isinstance(module, torch.nn.Linear)]
    if head is None and not linear:
        raise ArgumentError("head = None: the model has no torch.nn.Linear")
    head = linear[-1] if head is None else head
    for name in (head, *layers):
        if name not in named:
            raise ArgumentError(f"layers: {name!r}: must be one of model.named_modules()")
    module = named[head]
    if not isinstance(module, torch.nn.Linear):
        raise ArgumentError(f"head: {head!r}: is no torch.nn.Linear")
    W = as_numpy(module.weight.detach().cpu().double(), "head")
    b = None if module.bias is None else as_numpy(module.bias.detach().cpu().double(), "head")
    sums = {name: Accumulator(classes or module.out_features) for name in ("", *layers)}
    watch = _Watch(named, head, layers)
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    try:
        for second in (False, True):
            if second:
                sums[""].begin_second_pass(W, b)
                for name in layers:
                    sums[name].begin_second_pass()
            _go_over(model, loader, prepare, watch, sums)
        _check_passes(sums[""])
    finally:
        watch.remove()
        for part, training in modes:
            part.training = training
    report = sums[""].compute(convention=convention)
    report.layers = {name: sums[name].compute(convention=convention) for name in layers}
    return report


def _check_passes(sums: Accumulator) -> None:
    first, second = sums.samples, sums.second_samples
    if first != second:
        raise ArgumentError(
            f"loader: gave {first} samples, then {second}: must give the same ones again"
        )


class _Watch:
    """What passed through the head and the layers in the last forward pass."""

    def __init__(self, named, head: str, layers: Sequence[str]):
        self.seen: dict = {}
        self._hooks = [named[head].register_forward_pre_hook(self._keep_input)]
        for name in layers:
            hook = self._hook(name)
            self._hooks.append(named[name].register_forward_hook(hook))

    def _keep_input(self, module, inputs) -> None:
        if not inputs or inputs[0].dim() != 2:
            shape = tuple(inputs[0].shape) if inputs else "given by name"
            raise DimensionError(f"head: has an input {shape}: must be N x d, by position")
        self._keep("", inputs[0])

    def _hook(self, name: str):
        return lambda module, inputs, output: self._keep(name, output)

    def _keep(self, name: str, values) -> None:
        values = values[0] if isinstance(values, (tuple, list)) else values
        if values.dim() > 2:
            values = values.flatten(2).mean(2)
        self.seen[name] = values.detach().to("cpu", copy=True)  # what follows may write in place

    def remove(self) -> None:
        for hook in self._hooks:
            hook.remove()


def _go_over(model, loader, prepare, watch: _Watch, sums: Mapping[str, Accumulator]) -> None:
    import torch

    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    with torch.no_grad():
        for batch in loader:
            inputs, labels = prepare(batch) if prepare else (batch[0], batch[1])
            watch.seen.clear()
            model(inputs.to(device) if hasattr(inputs, "to") else inputs)
            labels = labels.cpu() if hasattr(labels, "cpu") else labels
            for name, accumulator in sums.items():
                if name not in watch.seen:
                    raise ArgumentError(f"layers: {name or 'head'!r}: the model did not use it")
                accumulator.update(watch.seen[name], labels)
