# SPDX-License-Identifier: MIT
"""Collapse metrics of labelled features: libnc.measure(), Accumulator, Report."""
from __future__ import annotations

import csv
import ctypes
import io
import math
import operator
import os
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ._arrays import Rows, address, as_doubles, as_labels, as_rows, check_labels
from ._declarations import CONSTANTS
from ._geometry import Geometry
from ._library import (
    ArgumentError,
    Context,
    DimensionError,
    Handle,
    StateError,
    _library,
    constant,
    usual_context,
)

#: Widths above take the projected scatter, as in libnc-measure.
LARGEST_FULL = 4096

#: What a report shows of itself: the metrics that papers state.
SHOWN = (
    "nc1", "nc1_quotient", "cdnv", "nc2_equinorm_features", "nc2_equinorm_classifier",
    "nc2_equiangular_features", "nc2_equiangular_classifier", "nc2_etf_features",
    "nc2_etf_classifier", "nc3_duality", "nc3_etf", "nc4", "accuracy", "nearest_accuracy",
    "nc2_predicted_features", "nc2_predicted_classifier", "nc3_predicted", "loss_gap",
)  # fmt: skip

_VECTORS = {
    name[len("LIBNC_CLASS_") :].lower(): value
    for name, value in CONSTANTS.items()
    if name.startswith("LIBNC_CLASS_")
}
_GRAMS = {
    name[len("LIBNC_GRAM_") :].lower(): value
    for name, value in CONSTANTS.items()
    if name.startswith("LIBNC_GRAM_")
}
_DIAGNOSTICS = sorted(
    value for name, value in CONSTANTS.items() if name.startswith("LIBNC_DIAGNOSTIC_")
)


def metrics() -> dict[str, str]:
    """Every metric and its formula, in the words of the page "Metrics".

    >>> metrics()["nc1_quotient"]
    'tr Sigma_W / tr Sigma_B'
    """
    formula = _library.libnc_metric_formula
    return {name: (formula(index) or b"").decode() for name, index in _metrics().items()}


def conventions() -> dict[str, str]:
    """Every convention and the paper or code that it is of."""
    found = {}
    for index in range(1, _library.libnc_convention_count() + 1):
        source = _library.libnc_convention_source(index) or b""
        found[_library.libnc_convention_name(index).decode()] = source.decode()
    return found


def _metrics() -> dict[str, int]:
    count = _library.libnc_metric_count()
    return {_library.libnc_metric_name(i).decode(): i for i in range(1, count + 1)}


class Report(Mapping):
    """Metrics by name, of one set of features at one time.

    A mapping from the names of metrics() to floats, NaN where a metric does not exist for what was
    measured (no classifier, no second pass). `layers` has the reports of further layers by name.
    """

    def __init__(self, handle: Handle, counts: np.ndarray):
        self._handle = handle
        self._numbers = _metrics()
        #: Samples of each class (K, int64).
        self.counts = counts
        #: Reports of further layers, by name.
        self.layers: dict[str, Report] = {}
        #: Of measure(test=...): the test set's reports about its "own_means" and the "training_means".
        self.test: dict[str, Report] = {}

    # -- the mapping

    def __getitem__(self, name: str) -> float:
        if name not in self._numbers:
            raise KeyError(name)
        value = ctypes.c_double()
        self._handle.call("value", self._numbers[name], 1, ctypes.byref(value))
        return value.value

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    # -- sizes and settings

    @property
    def samples(self) -> int:
        """N."""
        return int(self.counts.sum())

    @property
    def classes(self) -> int:
        """K, classes without a sample included."""
        return len(self.counts)

    @property
    def width(self) -> int:
        """d, values of a feature."""
        return self._handle.call("width", 1)

    @property
    def convention(self) -> str:
        """The convention of the values, one of conventions(); may be set."""
        return _library.libnc_convention_name(self._handle.call("convention")).decode()

    @convention.setter
    def convention(self, name: str) -> None:
        index = _library.libnc_convention_index(str(name).encode())
        if index == 0:
            raise ArgumentError(f"convention: {name!r}: must be one of {', '.join(conventions())}")
        self._handle.call("set_convention", index)

    @property
    def errors(self) -> Mapping[str, float]:
        """Standard errors by metric, of a measure() or Accumulator with groups; NaN elsewhere.

        A positive metric x with the error e lies within x exp(-+ t e/x) in about 95 % of cases, t the
        97.5 % quantile of Student's distribution for groups - 1 degrees of freedom (2.04 for 32).
        """
        return _Errors(self)

    @property
    def notes(self) -> list[str]:
        """What makes numbers doubtful, in words; empty where nothing does."""
        found = []
        for diagnostic in _DIAGNOSTICS:
            text = ctypes.create_string_buffer(256)
            self._handle.call("diagnostic_text", 1, diagnostic, text, len(text))
            if text.value:
                found.append(text.value.decode())
        return found

    # -- by class

    @property
    def per_class(self) -> Mapping[str, np.ndarray]:
        """Values by class (K, float64; NaN where unknown), each formed when it is looked at.

        count, mean_norm, centred_norm, classifier_norm, logit, variability, cosine (of row and centred
        mean), accuracy, nearest_accuracy, agreement in O(K d); margin, probability, cdnv, nearest (the
        class whose centred mean is nearest in angle), nearest_cosine in O(K^2 d); cross_entropy, a mean over
        samples, where it was asked for (cross_entropy=True).
        """
        return _PerClass(self)

    def by_frequency(self) -> dict[str, dict]:
        """How values by class depend on the samples of the class.

        By name as in per_class: "pearson" and "spearman", the correlations with log n_k, and "decades", a
        mapping from 1, 10, 100, ... to the mean over classes of so many samples up to ten times.
        """
        counts, found = self.counts, {}
        decades = np.floor(np.log10(np.maximum(counts, 1)) + 1e-12)
        for name, vector in _VECTORS.items():
            if name in ("count", "nearest"):
                continue
            values = self.per_class[name]
            pearson, spearman = ctypes.c_double(), ctypes.c_double()
            self._handle.call(
                "frequency", vector, 1, ctypes.byref(pearson), ctypes.byref(spearman)
            )
            known = np.isfinite(values) & (counts > 0)
            found[name] = {
                "pearson": pearson.value,
                "spearman": spearman.value,
                "decades": {
                    int(10**d): float(values[known & (decades == d)].mean())
                    for d in np.unique(decades[known])
                },
            }
        return found

    def _vector(self, vector: int) -> np.ndarray:
        values = np.empty(self.classes)
        self._handle.call("vector", vector, 1, address(values), values.size)
        return values

    def gram(self, of: str = "features") -> np.ndarray:
        """A K x K matrix: of "features" (means), "centred" means, "classifier" rows, or their
        "product" (row: logit, column: class mean). O(K^2 d)."""
        if not isinstance(of, str) or of not in _GRAMS:
            raise ArgumentError(f"of = {of!r}: must be one of {', '.join(_GRAMS)}")
        values = np.empty((self.classes, self.classes))
        self._handle.call("matrix", _GRAMS[of], 1, address(values), values.size)
        return values

    def spectrum(self) -> np.ndarray:
        """Eigenvalues of Sigma_B, largest first (min(K, d), float64)."""
        values = np.empty(min(self.classes, self.width))
        self._handle.call("spectrum", 1, address(values), values.size)
        return values

    def cosines(self, of: str = "features", bins: int = 50) -> np.ndarray:
        """Pairs of classes by the cosine of their centred means or classifier rows: counts of equal
        bins from -1 to 1 (int64). O(K^2 d)."""
        if not isinstance(of, str) or of not in ("features", "classifier"):
            raise ArgumentError(f"of = {of!r}: must be features or classifier")
        counts = np.empty(max(0, operator.index(bins)), dtype=np.int64)
        self._handle.call(
            "cosine_histogram", int(of == "classifier"), 1, address(counts), counts.size
        )
        return counts

    # -- against a prediction

    def compare(self, geometry: Geometry, objective: float = math.nan) -> Report:
        """Fills the distances from a predicted geometry (nc2_predicted_features and others), and
        loss_gap where the objective that was reached is given. Returns itself."""
        if not isinstance(geometry, Geometry):
            raise ArgumentError(f"geometry: is a {type(geometry).__name__}: must be of predict()")
        self._handle.call("compare", geometry._handle, ctypes.c_double(objective))
        return self

    # -- to other forms

    def to_dict(self) -> dict:
        """What the report holds, in plain Python: metrics, sizes, convention, notes, classes, layers."""
        found = {
            "samples": self.samples,
            "classes": self.classes,
            "width": self.width,
            "convention": self.convention,
            "metrics": dict(self),
            "per_class": {name: values.tolist() for name, values in self.per_class.items()},
            "notes": self.notes,
        }
        if self.test:
            found["test"] = {name: report.to_dict() for name, report in self.test.items()}
        if self.layers:
            found["layers"] = {name: report.to_dict() for name, report in self.layers.items()}
        return found

    def _columns(self) -> dict[str, Report]:
        return {"features": self, **self.layers} if self.layers else {"value": self}

    def _rows(self, names: Sequence[str] | None):
        columns = self._columns()
        chosen = list(self) if names is None else names
        for name in chosen:
            values = [report[name] for report in columns.values()]
            if names is not None or not all(map(math.isnan, values)):
                yield name, values

    def to_csv(self, path: str | os.PathLike | None = None, names: Sequence[str] | None = None) -> str:
        """Metrics as rows, layers as columns, with 17 digits; also written to `path`."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["metric", *self._columns()])
        for name, values in self._rows(names):
            writer.writerow([name, *(f"{value:.17g}" for value in values)])
        return _written(text.getvalue(), path)

    def to_latex(
        self, path: str | os.PathLike | None = None, names: Sequence[str] | None = None
    ) -> str:
        """A booktabs table of the metrics that papers state, or those named, with 4 digits."""
        columns = self._columns()
        lines = [
            r"\begin{tabular}{l" + "r" * len(columns) + "}",
            r"\toprule",
            " & ".join(["metric", *map(_latex, columns)]) + r" \\",
            r"\midrule",
        ]
        for name, values in self._rows(_present(self, names)):
            lines.append(" & ".join([_latex(name), *map(_latex_number, values)]) + r" \\")
        lines += [r"\bottomrule", r"\end{tabular}", ""]
        return _written("\n".join(lines), path)

    def table(self, names: Sequence[str] | None = None) -> str:
        """Metrics as lines of text; all that exist, or those named."""
        columns = self._columns()
        rows = list(self._rows(names))
        left = max([len("metric"), *(len(name) for name, _ in rows)])
        lines = ["  ".join(["metric".ljust(left), *(c.rjust(12) for c in columns)])]
        lines += ["  ".join([n.ljust(left), *(f"{v:12.6g}" for v in values)]) for n, values in rows]
        return "\n".join(lines)

    def __repr__(self) -> str:
        head = (
            f"{self.samples} samples of {self.classes} classes, width {self.width}, "
            f"convention {self.convention}"
        )
        return "\n".join([head, self.table(_present(self, None)), *self.notes])

    def plot(self, path: str | os.PathLike | None = None):
        """Lengths by class, Gram matrices as cosines, and cosines of pairs; a matplotlib figure, also
        written to `path`. Needs matplotlib."""
        from ._plots import plot_report

        return plot_report(self, path)


class _Errors(Mapping):
    """Standard errors of a report by metric."""

    def __init__(self, report: Report):
        self._report = report

    def __getitem__(self, name: str) -> float:
        value = ctypes.c_double()
        number = self._report._numbers[name]
        self._report._handle.call("error", number, 1, ctypes.byref(value))
        return value.value

    def __iter__(self) -> Iterator[str]:
        return iter(self._report)

    def __len__(self) -> int:
        return len(self._report)


class _PerClass(Mapping):
    """Vectors of a report by name."""

    def __init__(self, report: Report):
        self._report = report

    def __getitem__(self, name: str) -> np.ndarray:
        return self._report._vector(_VECTORS[name])

    def __iter__(self) -> Iterator[str]:
        return iter(_VECTORS)

    def __len__(self) -> int:
        return len(_VECTORS)


def _present(report: Report, names: Sequence[str] | None) -> list[str]:
    return list(names) if names is not None else [n for n in SHOWN if not math.isnan(report[n])]


def _latex(text: str) -> str:
    return text.replace("_", r"\_")


def _latex_number(value: float) -> str:
    if not math.isfinite(value):
        return "--" if math.isnan(value) else r"$\infty$" if value > 0 else r"$-\infty$"
    mantissa, _, exponent = f"{value:.4g}".partition("e")
    return f"${mantissa} \\times 10^{{{int(exponent)}}}$" if exponent else f"${mantissa}$"


def _written(text: str, path) -> str:
    if path is not None:
        with open(os.fspath(path), "w", encoding="utf-8") as file:
            file.write(text)
    return text


class Accumulator:
    """Statistics of labelled features, fed in batches: all that a report needs, features themselves
    never kept.

    Two passes over the same data. The first one gives means and variability; the second one, begun
    with the classifier, what needs the means: nearest means, NC4, accuracies. Without a second pass
    these are NaN.

    classes : K; labels are 0 .. K - 1.
    width : d; None: that of the first batch.
    scatter : "full" (d x d numbers), "projected" (in the second pass, for large d), "none", or
        "auto": full up to d = 4096.
    precision : "input" or "float64": how products of float32 features are formed.
    cross_entropy : whether per_class has the mean cross-entropy, for O(K d) more a sample.
    groups : 0, or 2 to 1000 groups of samples from which `report.errors` come; 20 to 50 are enough. Each
        takes the memory of the first pass once more, which then takes twice as long.

    >>> import numpy as np
    >>> a = Accumulator(classes=2)
    >>> a.update(np.array([[1.0, 0.0], [1.0, 0.2], [-1.0, 0.0]]), [0, 0, 1])
    >>> a.samples, round(a.compute()["tr_sigma_w"], 12)
    (3, 0.006666666667)
    """

    def __init__(
        self,
        classes: int,
        width: int | None = None,
        *,
        scatter: str = "auto",
        precision: str = "input",
        cross_entropy: bool = False,
        groups: int = 0,
        context: Context | None = None,
    ):
        self._context = usual_context(context)
        self._classes, self._scatter, self._precision = operator.index(classes), scatter, precision
        self._cross_entropy = bool(cross_entropy)
        self._groups = operator.index(groups)
        self._handle: Handle | None = None
        self._classifier: np.ndarray | None = None
        if width is not None:
            self._create(operator.index(width))

    def _create(self, width: int) -> None:
        made = self._context.make("accumulator_create", self._context, self._classes, width)
        scatter = self._scatter
        if scatter == "auto":
            scatter = "full" if width <= LARGEST_FULL else "projected"
        made.option("scatter", scatter)
        made.option("precision", self._precision)
        made.option("cross_entropy", self._cross_entropy)
        made.option("groups", self._groups)
        self._handle = made

    def _made(self) -> Handle:
        if self._handle is None:
            raise StateError("accumulator: holds no sample yet")
        return self._handle

    @property
    def classes(self) -> int:
        """K."""
        return self._classes

    @property
    def width(self) -> int:
        """d; 0 before the first batch."""
        return 0 if self._handle is None else self._handle.call("width")

    @property
    def samples(self) -> int:
        """N of the first pass."""
        return 0 if self._handle is None else self._handle.call("samples")

    @property
    def second_samples(self) -> int:
        """Samples of the second pass."""
        return 0 if self._handle is None else self._handle.call("second_samples")

    @property
    def counts(self) -> np.ndarray:
        """n_k (K, int64)."""
        return self._numbers("counts", np.empty(self._classes, dtype=np.int64))

    @property
    def means(self) -> np.ndarray:
        """Class means (K x d, float64)."""
        return self._numbers("means", np.empty((self._classes, self.width)))

    def _numbers(self, name: str, values: np.ndarray) -> np.ndarray:
        self._made().call(name, address(values), values.size)
        return values

    def update(self, features, labels, logits=None) -> None:
        """Adds a batch to the pass that is on.

        features : N x d real numbers; float32 and float64 in host memory are read in place.
        labels : N integers from 0 to K - 1.
        logits : N x K, for accuracies without a second pass, or with a head that is not linear.
        """
        rows = as_rows(features, "features", self.width or None)
        count, width = rows.array.shape
        chosen, kind = as_labels(labels, "labels", count)
        decided = None if logits is None else as_rows(logits, "logits", self._classes)
        if decided is not None and decided.array.shape[0] != count:
            raise DimensionError(f"logits: has {decided.array.shape[0]} rows: must have {count}")
        before = self._handle
        if before is None:
            self._create(width)
        try:
            self._update(rows, chosen, kind, decided)
        except Exception:
            self._handle = before  # a first batch that is refused says nothing about the width
            raise

    def _update(self, rows: Rows, labels: np.ndarray, kind: int, logits: Rows | None) -> None:
        if rows.is_split:  # or the library would refuse one block and have the others
            rows.check()
            check_labels(labels, self._classes)
            if logits is not None:
                logits.check(largest_only=True)
        for begin, block, stride in rows.blocks():
            part = labels[begin : begin + len(block)]
            given = (address(block), rows.scalar, len(block), stride, address(part), kind)
            if logits is None:
                self._made().call("update", *given)
                continue
            values = logits.part(begin, len(block))
            self._made().call(
                "update_logits", *given, address(values), logits.scalar, self._classes
            )

    def begin_second_pass(self, W=None, b=None) -> None:
        """From now on update() takes the same data again.

        W : classifier (K x d), b : bias (K): their decisions are compared with nearest means.
        """
        W = None if W is None else as_doubles(W, "W", (self._classes, self.width))
        b = None if b is None else as_doubles(b, "b", (self._classes,))
        self._made().call("begin_second_pass", address(W), address(b), constant("FLOAT64"))

    def compute(self, W=None, b=None, convention: str = "default") -> Report:
        """The report of what has come so far. W and b: where no second pass began with them."""
        W = None if W is None else as_doubles(W, "W", (self._classes, self.width))
        b = None if b is None else as_doubles(b, "b", (self._classes,))
        made = self._context.make("report_create", self._context)
        accumulators = (ctypes.c_void_p * 1)(self._made()._value)
        classifiers = None if W is None else (ctypes.c_void_p * 1)(address(W))
        made.call("measure_features", accumulators, classifiers, address(b), 1)
        report = Report(made, self.counts)
        report.convention = convention
        return report

    def reset(self) -> None:
        """Forgets all samples; the settings stay."""
        if self._handle is not None:
            self._handle.call("clear")

    def merge(self, other: Accumulator) -> None:
        """Adds what another one holds, of other samples, in the same pass."""
        if not isinstance(other, Accumulator):
            raise ArgumentError(f"other: is a {type(other).__name__}: must be an Accumulator")
        if self._handle is None and other._handle is not None:
            self._create(other.width)
        self._made().call("merge", other._made())

    def save(self, path: str | os.PathLike) -> None:
        """Writes a file that load(), libnc-measure --merge and another machine read."""
        self._made().call("save", os.fsencode(path))

    @classmethod
    def load(cls, path: str | os.PathLike, *, context: Context | None = None) -> Accumulator:
        """An accumulator from a file of save() or of libnc-measure --save."""
        shared = usual_context(context)
        handle = shared.make("accumulator_load", shared, os.fsencode(path))
        found = cls(handle.call("classes"), context=shared)
        found._handle = handle
        return found


def _passes(accumulator: Accumulator, features, labels, W, b) -> None:
    accumulator.update(features, labels)
    accumulator.begin_second_pass(W, b)
    accumulator.update(features, labels)


def measure(
    features,
    labels,
    W=None,
    b=None,
    *,
    layers: Mapping | Sequence | None = None,
    classes: int | None = None,
    convention: str = "default",
    scatter: str = "auto",
    precision: str = "input",
    cross_entropy: bool = False,
    test: tuple | None = None,
    groups: int = 0,
    context: Context | None = None,
) -> Report:
    """Collapse metrics of features with labels and, where there is one, the linear classifier above.

    features : N x d real numbers (NumPy, PyTorch, JAX, a memory map). float32 and float64 in host memory
        are read in place; others are converted a few rows at a time.
    labels : N integers from 0 to K - 1.
    W, b : classifier (K x d) and bias (K).
    layers : further features of the same samples, by name or in a sequence: N x d_j, or a pair with a
        classifier of their own. Each is measured alone: `report.layers[name]`.
    classes : K; None: the rows of W, or the largest label + 1.
    convention : one of conventions().
    scatter, precision, cross_entropy, groups : as in Accumulator.
    test : features and labels of a test set of the same classes: `report.test` has its report about its
        "own_means" and one about the "training_means".

    Raises ArgumentError, DimensionError, NotFiniteError with a text that names what is wrong.
    The same numbers as the program libnc-measure, to the bit with as many threads (set_threads()). Time O(N d (d + K)) at most, memory
    O(K d + d^2).

    >>> import numpy as np
    >>> h = np.array([[1, 0, 0], [1, 0.1, 0], [0, 1, 0], [0, 1, 0.1], [0, 0, 1], [0.1, 0, 1]])
    >>> report = measure(h, [0, 0, 1, 1, 2, 2], W=np.eye(3))
    >>> round(report["nc1_quotient"], 6), report["nc4"]
    (0.003937, 1.0)
    """
    rows = as_rows(features, "features")
    if rows.array.shape[0] == 0:
        raise DimensionError("features: has no row: must have at least one")
    chosen, _ = as_labels(labels, "labels", rows.array.shape[0])
    if classes is None and W is not None:
        classes = as_doubles(W, "W", (None, rows.array.shape[1])).shape[0]
    elif classes is None:
        classes = int(chosen.max()) + 1
    settings = {
        "scatter": scatter,
        "precision": precision,
        "cross_entropy": cross_entropy,
        "groups": groups,
        "context": context,
    }
    accumulator = _accumulate(rows.array, chosen, W, b, classes, settings)
    report = accumulator.compute(convention=convention)
    if test is not None:
        report.test = _test(accumulator, test, W, b, convention, settings)
    for name, given in _named(layers):
        pair = given if isinstance(given, (tuple, list)) and len(given) == 2 else (given, None)
        report.layers[name] = _measure(
            pair[0], chosen, pair[1], None, classes, convention, settings, name
        )
    return report


def _test(training, test, W, b, convention, settings) -> dict[str, Report]:
    from ._others import HeldOut

    if not isinstance(test, (tuple, list)) or len(test) != 2:
        raise ArgumentError("test: must be features and labels")
    rows = as_rows(test[0], "test", training.width)
    labels, _ = as_labels(test[1], "labels of test", rows.array.shape[0])
    held_out = HeldOut(training, W, b)
    held_out.update(rows.array, labels)
    own = _accumulate(rows.array, labels, W, b, training.classes, settings, "test")
    return {
        "own_means": own.compute(convention=convention),
        "training_means": held_out.compute(convention),
    }


def _measure(features, labels, W, b, classes, convention, settings, name="features") -> Report:
    return _accumulate(features, labels, W, b, classes, settings, name).compute(convention=convention)


def _accumulate(features, labels, W, b, classes, settings, name="features") -> Accumulator:
    rows = as_rows(features, name)
    accumulator = Accumulator(max(1, classes), rows.array.shape[1], **settings)
    if labels.size and labels.min() >= 0 and classes < 1:
        raise ArgumentError(f"classes = {classes}: must be at least 1")
    _passes(accumulator, rows.array, labels, W, b)
    return accumulator


def _named(layers):
    if layers is None:
        return []
    if isinstance(layers, Mapping):
        return [(str(name), value) for name, value in layers.items()]
    return [(str(index + 1), value) for index, value in enumerate(layers)]
