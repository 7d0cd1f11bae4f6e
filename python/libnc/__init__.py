# SPDX-License-Identifier: MIT
"""Neural collapse: metrics of labelled features, and the geometry that theory predicts.

    import libnc

    report = libnc.measure(features, labels, W, b)
    report["nc1"], report.notes, report.per_class["margin"]

    report = libnc.collect(model, loader)              # a PyTorch module, no features kept
    tracker.log(epoch, report)                         # tracker = libnc.Tracker()

    report = libnc.measure(features, labels, W, b, test=(test_features, test_labels))
    report.test["training_means"]["nc1"]               # beside report.test["own_means"]["nc1"]
    libnc.ood(features, labels, W, b, inside=test_features, outside=others).table()

    geometry = libnc.predict([500, 200, 50], "ce", decay=5e-4)
    geometry.loss, geometry.gap, geometry.not_predicted

Arrays of NumPy, PyTorch and JAX in host memory are read in place. Errors are subclasses of libnc.Error with
the library's text. The C library libnc.so is found where it was installed with this package, by the
loader, by pkg-config, or at $LIBNC_LIBRARY.
"""
from ._geometry import Geometry, Remedies, long_tailed, merge_threshold, predict, sweep
from ._library import (
    ArgumentError,
    Context,
    DimensionError,
    Error,
    FileError,
    InternalError,
    LibraryError,
    NotFiniteError,
    NumericalError,
    OutOfMemoryError,
    StateError,
    UnsupportedError,
    set_threads,
    version,
)
from ._depth import kernel_collapse, separation_law
from ._others import OOD, HeldOut, Separation, ood, ood_scores, separation
from ._report import Accumulator, Report, conventions, measure, metrics
from ._tracker import Tracker, collect

__version__ = version

__all__ = [
    "Accumulator",
    "ArgumentError",
    "Context",
    "DimensionError",
    "Error",
    "FileError",
    "Geometry",
    "HeldOut",
    "InternalError",
    "LibraryError",
    "NotFiniteError",
    "NumericalError",
    "OOD",
    "OutOfMemoryError",
    "Remedies",
    "Report",
    "Separation",
    "StateError",
    "Tracker",
    "UnsupportedError",
    "collect",
    "conventions",
    "kernel_collapse",
    "long_tailed",
    "measure",
    "merge_threshold",
    "metrics",
    "ood",
    "ood_scores",
    "predict",
    "separation",
    "separation_law",
    "set_threads",
    "sweep",
    "version",
]
