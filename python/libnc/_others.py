# SPDX-License-Identifier: MIT
"""Data that a network was not trained on: held-out samples about training means, and
out-of-distribution scores."""
from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ._arrays import Rows, address, as_doubles, as_labels, as_rows, check_labels
from ._library import ArgumentError, DimensionError, StateError, _library, constant, usual_context
from ._report import Accumulator, Report


def ood_scores() -> dict[str, str]:
    """Every out-of-distribution score and its formula, in the words of the page "Metrics".

    >>> ood_scores()["energy"]
    'log sum_k exp z_k'
    """
    formula = _library.libnc_ood_score_formula
    return {name: formula(index).decode() for name, index in _scores().items()}


def _scores() -> dict[str, int]:
    count = _library.libnc_ood_score_count()
    return {_library.libnc_ood_score_name(i).decode(): i for i in range(1, count + 1)}


def _trained(accumulator) -> Accumulator:
    if not isinstance(accumulator, Accumulator):
        raise ArgumentError(f"training: is a {type(accumulator).__name__}: must be an Accumulator")
    return accumulator


class HeldOut:
    """Held-out samples about the class means of a training set, in batches and one pass.

    training : an Accumulator over the training set, not needed later.
    W, b : classifier (K x d) and bias (K); without W those that its second pass began with, if any.

    >>> import numpy as np
    >>> training = Accumulator(classes=2)
    >>> training.update(np.array([[1.0, 0], [1, 0], [-1, 0], [-1, 0]]), [0, 0, 1, 1])
    >>> held_out = HeldOut(training)
    >>> held_out.update(np.array([[1.0, 0.5], [-1, 0.5]]), [0, 1])
    >>> held_out.compute()["tr_sigma_w"]
    0.25
    """

    def __init__(self, training: Accumulator, W=None, b=None):
        made = _trained(training)._made()
        self._context, self._classes, self._width = made.context, training.classes, training.width
        W = None if W is None else as_doubles(W, "W", (self._classes, self._width))
        b = None if b is None else as_doubles(b, "b", (self._classes,))
        self._handle = self._context.make(
            "held_out_create", made, address(W), address(b), constant("FLOAT64")
        )
        self._counts = np.zeros(self._classes, dtype=np.int64)

    @property
    def samples(self) -> int:
        """Held-out samples so far."""
        return self._handle.call("samples")

    def update(self, features, labels) -> None:
        """Adds a batch: features (N x d), labels of classes that have training samples."""
        rows = as_rows(features, "features", self._width)
        chosen, kind = as_labels(labels, "labels", rows.array.shape[0])
        if rows.is_split:  # or one block would be refused and others taken
            rows.check()
            check_labels(chosen, self._classes)
        for begin, block, stride in rows.blocks():
            part = chosen[begin : begin + len(block)]
            self._handle.call(
                "update", address(block), rows.scalar, len(block), stride, address(part), kind
            )
            self._counts += np.bincount(part, minlength=self._classes)

    def compute(self, convention: str = "default") -> Report:
        """The report of what has come so far: `counts` are those of the held-out samples."""
        made = self._context.make("report_create", self._context)
        made.call("measure_held_out", self._handle)
        report = Report(made, self._counts.copy())
        report.convention = convention
        return report


class OOD:
    """Out-of-distribution scores of features, by what an Accumulator over the training set holds
    (with scatter="full", the usual one up to d = 4096; precision="float64" keeps the small eigenvalues
    that "mahalanobis" needs).

    W, b : classifier (K x d) and bias (K); without W those that its second pass began with, if any.
    neco_directions, vim_directions : r of P_r; None: min(K - 1, d), and what ViM's authors take.
    nci_norm : alpha of NCI.
    pseudo_inverse : Mahalanobis distances where Sigma_W is not zero; else they are refused where it is
        singular.
    """

    def __init__(
        self,
        training: Accumulator,
        W=None,
        b=None,
        *,
        neco_directions: int | None = None,
        vim_directions: int | None = None,
        nci_norm: float = 0.0,
        pseudo_inverse: bool = True,
    ):
        made = _trained(training)._made()
        self._context, self._width = made.context, training.width
        W = None if W is None else as_doubles(W, "W", (training.classes, self._width))
        b = None if b is None else as_doubles(b, "b", (training.classes,))
        self._handle = self._context.make("ood_create", made, address(W), address(b))
        for name, value in (
            ("neco_directions", neco_directions or 0),
            ("vim_directions", vim_directions or 0),
            ("nci_norm", float(nci_norm)),
            ("pseudo_inverse", bool(pseudo_inverse)),
        ):
            self._handle.option(name, value)

    @property
    def covariance_rank(self) -> int:
        """The rank of Sigma_W; below d it is singular."""
        rank = ctypes.c_int64()
        self._handle.call("covariance_rank", ctypes.byref(rank))
        return rank.value

    def scores(self, features, names: Iterable[str] | None = None) -> dict[str, np.ndarray]:
        """Scores of every sample (N, float64) by name, larger for what looks like training data; all
        that there are for this training set, or those named."""
        rows, known = as_rows(features, "features", self._width), _scores()
        if rows.is_split:
            rows.check()
        found = {}
        for name in known if names is None else names:
            if name not in known:
                raise ArgumentError(f"names: {name!r}: must be of {', '.join(known)}")
            try:
                found[name] = self._score(known[name], rows)
            except StateError:
                if names is not None:
                    raise
        return found

    def _score(self, score: int, rows: Rows) -> np.ndarray:
        values = np.empty(rows.array.shape[0])
        for begin, block, stride in rows.blocks():
            part = values[begin : begin + len(block)]
            self._handle.call(
                "scores", score, address(block), rows.scalar, len(block), stride, address(part)
            )
        return values

    def orthogonality(self, features) -> float:
        """NC5: mean over classes of |cos(h_k, o)|, o the mean of these features."""
        rows, nc5 = as_rows(features, "features", self._width), ctypes.c_double()
        outside = Accumulator(1, self._width, scatter="none", context=self._context)
        outside.update(rows.array, np.zeros(rows.array.shape[0], dtype=np.int64))
        self._handle.call("orthogonality", outside._made(), ctypes.byref(nc5))
        return nc5.value


def separation(inside, outside, *, context=None) -> tuple[float, float]:
    """How well a score tells two sets apart: area under the ROC curve, equal scores counted half, and
    the share of `outside` above the threshold that 95 % of `inside` reach.

    >>> separation([3.0, 2.0, 2.0], [2.0, 0.0])
    (0.8333333333333334, 0.5)
    """
    shared = usual_context(context)
    a, b = as_doubles(inside, "inside", (None,)), as_doubles(outside, "outside", (None,))
    auroc, fpr95 = ctypes.c_double(), ctypes.c_double()
    shared.call(
        "ood_separation", shared, address(a), a.size, address(b), b.size,
        ctypes.byref(auroc), ctypes.byref(fpr95),
    )  # fmt: skip
    return auroc.value, fpr95.value


@dataclass
class Separation:
    """What ood() found of one set: by the name of a score."""

    auroc: dict[str, float] = field(default_factory=dict)
    fpr95: dict[str, float] = field(default_factory=dict)
    nc5: float = float("nan")
    #: Scores of every sample.
    inside: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    outside: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    def table(self) -> str:
        """Lines of text: score, AUROC, false positives at 95 % true positives."""
        lines = [f"{'score':26}{'AUROC':>9}{'FPR95':>9}"]
        lines += [f"{n:26}{a:9.4f}{self.fpr95[n]:9.4f}" for n, a in self.auroc.items()]
        return "\n".join(lines)


def ood(
    features, labels, W=None, b=None, *, outside, inside=None, names=None, context=None, **settings
) -> Separation | dict[str, Separation]:
    """How well features from elsewhere are told from those like the training set.

    features, labels, W, b : the training set and its classifier, as in measure().
    outside : features from elsewhere (M x d), or several sets by name: then a dict by these names.
    inside : features like the training set, best of a test set; None: the training features.
    names : scores, of ood_scores(); None: all that there are, those of logits with W alone.
    settings : as in OOD.

    >>> import numpy as np
    >>> h = np.array([[1, 0, 0.1], [1, 0.1, 0], [0, 1, -0.1], [0.1, 1, 0]])
    >>> found = ood(h, [0, 0, 1, 1], np.eye(2, 3), outside=np.array([[0.1, 0.1, 2.0]]))
    >>> found.auroc["max_logit"], found.fpr95["nearest_mean"]
    (1.0, 0.0)
    """
    rows = as_rows(features, "features")
    if rows.array.shape[0] == 0:
        raise DimensionError("features: has no row: must have at least one")
    chosen, _ = as_labels(labels, "labels", rows.array.shape[0])
    classes = int(chosen.max()) + 1 if W is None else len(as_doubles(W, "W", (None, rows.array.shape[1])))
    training = Accumulator(
        max(1, classes), rows.array.shape[1], precision="float64", context=context
    )
    training.update(rows.array, chosen)
    scorer = OOD(training, W, b, **settings)
    near = scorer.scores(rows.array if inside is None else inside, names)
    if not isinstance(outside, Mapping):
        return _separate(scorer, near, outside)
    return {str(name): _separate(scorer, near, far) for name, far in outside.items()}


def _separate(scorer: OOD, near: dict[str, np.ndarray], features) -> Separation:
    found = Separation(inside=near, outside=scorer.scores(features, list(near)))
    for name, values in near.items():
        found.auroc[name], found.fpr95[name] = separation(
            values, found.outside[name], context=scorer._context
        )
    found.nc5 = scorer.orthogonality(features)
    return found
