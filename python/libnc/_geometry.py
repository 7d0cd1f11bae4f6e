# SPDX-License-Identifier: MIT
"""Predicted geometry: libnc.predict(), thresholds, remedies and sweeps."""
from __future__ import annotations

import ctypes
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ._arrays import address, as_doubles, as_numpy
from ._library import (
    ArgumentError,
    Context,
    Handle,
    UnsupportedError,
    constant,
    usual_context,
)

_PROOFS = {
    constant("GEOMETRY_PROVEN"): "proven",
    constant("GEOMETRY_CRITICAL_POINT"): "critical point",
    constant("GEOMETRY_BEST_KNOWN"): "best known",
    constant("GEOMETRY_STALLED"): "stalled",
}


class Geometry:
    """The global minimiser that predict() found. Rows and columns of its matrices are classes."""

    def __init__(self, handle: Handle, counts: np.ndarray):
        self._handle = handle
        #: n_k (K, int64).
        self.counts = counts

    # -- the value

    @property
    def classes(self) -> int:
        """K."""
        return len(self.counts)

    @property
    def depth(self) -> int:
        """M."""
        return self._handle.call("depth")

    @property
    def loss(self) -> float:
        """The objective at the minimiser: loss and penalty."""
        return self._loss()[0]

    @property
    def gap(self) -> float:
        """The minimum is within [loss - gap, loss + gap]; NaN where nothing is proven."""
        return self._loss()[1]

    def _loss(self) -> tuple[float, float]:
        loss, gap = ctypes.c_double(), ctypes.c_double()
        self._handle.call("loss", ctypes.byref(loss), ctypes.byref(gap))
        return loss.value, gap.value

    @property
    def status(self) -> str:
        """ "proven", "critical point", "best known" (by a search) or "stalled" (proven within the gap)."""
        return _PROOFS[self._handle.call("status")]

    @property
    def unique(self) -> bool:
        """Whether Gram matrices and logits are the same for every minimiser."""
        return bool(self._whole("unique", ctypes.c_int32()))

    @property
    def rank(self) -> int:
        """Directions that the minimiser uses."""
        return self._whole("rank", ctypes.c_int64())

    def _whole(self, name: str, out) -> int:
        self._handle.call(name, ctypes.byref(out))
        return out.value

    # -- by class, and pairs of classes

    def _vector(self, name: str, kind=np.float64) -> np.ndarray:
        values = np.empty(self.classes, dtype=kind)
        self._handle.call(name, address(values), values.size)
        return values

    def _matrix(self, name: str, *before) -> np.ndarray:
        values = np.empty((self.classes, self.classes))
        self._handle.call(name, *before, address(values), values.size)
        return values

    def lengths(self, layer: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Lengths of the rows of W_M ... W_j and of the class means before W_j (K each), j = layer."""
        rows, means = np.empty(self.classes), np.empty(self.classes)
        self._handle.call("lengths", layer, address(rows), address(means), rows.size)
        return np.sqrt(rows), np.sqrt(means)

    @property
    def singular_values(self) -> np.ndarray:
        """Of the logits times diag(sqrt(n_k)), largest first (K)."""
        return self._vector("singular_values")

    def classifier_gram(self, layer: int = 1) -> np.ndarray:
        """(W_M ... W_j)(W_M ... W_j)^T, j = layer (K x K)."""
        return self._matrix("classifier_gram", layer)

    def feature_gram(self, layer: int = 1) -> np.ndarray:
        """Inner products of the class means before W_j, j = layer (K x K)."""
        return self._matrix("feature_gram", layer)

    @property
    def logits(self) -> np.ndarray:
        """Row: logit, column: class mean; without bias (K x K)."""
        return self._matrix("logits")

    @property
    def bias(self) -> np.ndarray:
        """The last bias (K); zeros without one."""
        return self._vector("bias")

    @property
    def margins(self) -> np.ndarray:
        """Own logit less the best other one, at each class's own mean (K)."""
        return self._vector("margins")

    @property
    def probabilities(self) -> np.ndarray:
        """Softmax of each class at its own mean (K)."""
        return self._vector("probabilities")

    @property
    def not_predicted(self) -> np.ndarray:
        """Classes that are decided wrongly, or by a tie, at their own mean."""
        return np.flatnonzero(self._vector("predicted", np.int32) == 0)

    @property
    def lost(self) -> np.ndarray:
        """Classes whose features and logits vanish."""
        return np.flatnonzero(self._vector("lost_classes", np.int32))

    # -- thresholds and remedies

    def fall_decays(self) -> np.ndarray:
        """The geometric mean of the decays beyond which each class is no longer predicted (K).

        MSE at any depth, cross-entropy with one layer; infinity where a class never falls. Some 50 and
        three for each different count solutions with cross-entropy: seconds to minutes.
        """
        values = np.empty(self.classes)
        context = self._handle.context
        context.call("threshold_fall_decays", self._handle, address(values), None, values.size)
        return values

    def fall_count(self, class_index: int) -> float:
        """Samples with which the class would just be predicted, all else held."""
        value = ctypes.c_double()
        context = self._handle.context
        context.call("threshold_fall_count", self._handle, class_index, ctypes.byref(value))
        return value.value

    def remedies(self, margin: float = 0.0) -> Remedies:
        """What brings every class at least this margin: the decay, or weights by count.

        Cross-entropy or MSE in decay form as libnc_remedy_margin_decay(); weights for cross-entropy with one
        layer, NaN for others.
        """
        context = self._handle.context
        decay, price = ctypes.c_double(), ctypes.c_double()
        context.call(
            "remedy_margin_decay", self._handle, None, 0, ctypes.c_double(margin),
            ctypes.byref(decay), ctypes.byref(price),
        )  # fmt: skip
        exponent, cost = ctypes.c_double(math.nan), ctypes.c_double(math.nan)
        repeats = np.zeros(self.classes, dtype=np.int64)
        try:
            context.call(
                "remedy_margin_exponent", self._handle, None, 0, ctypes.c_double(margin),
                ctypes.byref(exponent), address(repeats), repeats.size, ctypes.byref(cost),
            )  # fmt: skip
        except UnsupportedError:
            pass
        return Remedies(margin, decay.value, price.value, exponent.value, cost.value, repeats)

    def __repr__(self) -> str:
        loss, gap = self._loss()
        wrong = len(self.not_predicted)
        said = "every class is predicted" if wrong == 0 else f"{wrong} classes are not predicted"
        return (
            f"Geometry of {self.classes} classes, depth {self.depth}: loss {loss:.12g}, "
            f"{self.status}, gap {gap:.2g}, rank {self.rank}; {said}"
        )


@dataclass(frozen=True)
class Remedies:
    """What brings all classes a margin."""

    #: The margin that was asked for, in logits.
    margin: float
    #: Geometric mean of the decays up to which all classes have it; 0 where none will do.
    decay: float
    #: Change of the loss term there.
    decay_cost: float
    #: gamma of the class weights (n_max/n_k)^gamma; infinity where none will do.
    exponent: float
    #: Change of the objective with them.
    exponent_cost: float
    #: Whole repeats by class that do (K); zeros where there are none.
    repeats: np.ndarray


def long_tailed(classes: int, largest: int, ratio: float) -> np.ndarray:
    """Counts floor(n ratio^(-k/(K-1))), the usual long-tailed profile (K, int64).

    >>> long_tailed(5, 100, 100).tolist()
    [100, 31, 10, 3, 1]
    """
    context = usual_context()
    made = context.make("classes_long_tailed", context, classes, largest, ctypes.c_double(ratio))
    counts = made.call("counts")
    return np.ctypeslib.as_array((ctypes.c_int64 * classes).from_address(counts)).copy()


def _counts(counts) -> np.ndarray:
    array = as_numpy(counts, "counts")
    if array.dtype.kind not in "iu" or array.ndim != 1:
        raise ArgumentError(f"counts: {array.dtype} of shape {array.shape}: must be K whole numbers")
    return np.array(array, dtype=np.int64, order="C")  # a copy: the geometry keeps it


def predict(
    counts,
    loss: str = "mse",
    *,
    depth: int = 1,
    decay: float | None = None,
    weight_decay: float | Sequence[float] = 5e-4,
    feature_decay: float = 5e-4,
    bias: bool = False,
    width: int = 0,
    label_smoothing: float = 0.0,
    focal_gamma: float | None = None,
    class_weights: Sequence[float] | None = None,
    oversampling: Sequence[float] | None = None,
    energies: tuple[float, float] | None = None,
    starts: int = 0,
    seed: int = 0,
    tolerance: float | None = None,
    context: Context | None = None,
) -> Geometry:
    """The global minimiser of training with free features (Dang et al. 2023, Fang et al. 2021).

    counts : samples n_k of each class.
    loss : "mse", "ce" or "focal".
    depth : M linear layers.
    decay : all decays at once, or weight_decay (one, or one a layer) and feature_decay.
    bias : a last bias, not decayed.
    width : the smallest layer; 0: no bottleneck.
    class_weights : of the loss, divided by N; oversampling: the same divided by their sum.
    energies : (E_W, E_H) in place of decays: the layer-peeled model.
    starts : random starts of the search for cross-entropy with several layers.
    tolerance : wanted gap relative to the loss.

    Raises UnsupportedError for what is not solved, with what it needs; ArgumentError otherwise.

    >>> predict([200, 100, 50, 50], "ce", decay=5e-4).status
    'proven'
    """
    shared = usual_context(context)
    array = _counts(counts)
    made = shared.make("classes_from_counts", shared, address(array), array.size)
    geometry = shared.make("geometry_create", made, depth)
    if decay is not None:
        weight_decay = feature_decay = decay
    decays = np.atleast_1d(as_doubles(weight_decay, "weight_decay"))
    geometry.call("set_weight_decay", address(decays), decays.size)
    options = {
        "loss": loss, "bias": bool(bias), "width": width, "feature_decay": float(feature_decay),
        "label_smoothing": float(label_smoothing), "starts": starts, "seed": seed,
    }  # fmt: skip
    if focal_gamma is not None:
        options["focal_gamma"] = float(focal_gamma)
    if tolerance is not None:
        options["tolerance"] = float(tolerance)
    if energies is not None:
        options |= {"form": "energy", "classifier_energy": float(energies[0])}
        options["feature_energy"] = float(energies[1])
    weights = class_weights if oversampling is None else oversampling
    if weights is not None and class_weights is not None and oversampling is not None:
        raise ArgumentError("class_weights, oversampling: only one of them can be given")
    for name, value in options.items():
        geometry.option(name, value)
    if weights is not None:
        chosen = as_doubles(weights, "class_weights" if oversampling is None else "oversampling")
        geometry.call("set_class_weights", address(chosen), chosen.size)
        geometry.option("normalise_weights", oversampling is not None)
    geometry.call("solve")
    return Geometry(geometry, array)


def sweep(counts, loss: str = "mse", **settings) -> dict[str, np.ndarray]:
    """predict() over one or several settings that are arrays, on a grid in the order given.

    Returns arrays of the grid's shape by name: loss, gap, rank, not_predicted (how many), and margins with an
    axis of K more; NaN where a problem is unsupported.

    >>> table = sweep([500, 50], "mse", decay=[1e-3, 1e-2, 1e-1])
    >>> table["not_predicted"].tolist()
    [0.0, 0.0, 2.0]
    """
    varied = {
        name: list(value)
        for name, value in settings.items()
        if name not in ("class_weights", "oversampling", "energies") and _is_many(value)
    }
    if not varied:
        raise ArgumentError("sweep: no setting is an array: use predict() for one problem")
    shape = tuple(len(values) for values in varied.values())
    classes = len(_counts(counts))
    found = {name: np.full(shape, math.nan) for name in ("loss", "gap", "rank", "not_predicted")}
    found["margins"] = np.full((*shape, classes), math.nan)
    fixed = {name: value for name, value in settings.items() if name not in varied}
    for at in itertools.product(*map(range, shape)):
        chosen = {name: values[i] for (name, values), i in zip(varied.items(), at)}
        try:
            geometry = predict(counts, loss, **fixed, **chosen)
        except UnsupportedError:
            continue
        found["loss"][at], found["gap"][at] = geometry._loss()
        found["rank"][at], found["not_predicted"][at] = geometry.rank, len(geometry.not_predicted)
        found["margins"][at] = geometry.margins
    return found


def _is_many(value) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes))


def merge_threshold(counts, class_index: int, loss: str = "ce", **settings) -> float:
    """The decay sqrt(lw lh) beyond which the class merges with those of its count (Fang et al. 2021)."""
    geometry = predict(counts, loss, **settings)
    value = ctypes.c_double()
    context = geometry._handle.context
    context.call("threshold_merge_decay", geometry._handle, class_index, ctypes.byref(value))
    return value.value


__all__ = ["Geometry", "Remedies", "long_tailed", "merge_threshold", "predict", "sweep"]
