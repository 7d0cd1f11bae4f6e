# SPDX-License-Identifier: MIT
"""Collapse through the layers: libnc.kernel_collapse(), libnc.separation_law()."""
from __future__ import annotations

import ctypes
import operator

from ._arrays import address, as_doubles, as_labels, check_labels
from ._library import ArgumentError, Context, constant, usual_context

_KERNELS = ("linear", "nngp", "ntk")


def kernel_collapse(
    features,
    labels,
    kernel: str = "nngp",
    *,
    hidden: int = 1,
    weight_variance: float = 2.0,
    bias_variance: float = 0.0,
    classes: int | None = None,
    context: Context | None = None,
) -> dict[str, float]:
    """Traces of Sigma_W and Sigma_B, and their quotient, of what a random ReLU network makes of data.

    features : N x d real numbers; made float64.
    labels : N integers from 0 to K - 1.
    kernel : "linear", the data themselves; "nngp", the features of the last of `hidden` layers of infinite
        width; "ntk", the tangent kernel of the outputs.
    weight_variance, bias_variance : of the weights times their fan-in, and of biases.

    Time O(N^2 (d + hidden)), by tiles: no N x N matrix is kept. Kothapalli and Tirer, arXiv 2406.02105.

    >>> found = kernel_collapse([[1, 0], [1, 0.5], [-1, 0]], [0, 0, 1], "linear")
    >>> round(found["within"], 12), round(found["quotient"], 6)
    (0.041666666667, 0.036923)
    """
    if kernel not in _KERNELS:
        raise ArgumentError(f"kernel = {kernel!r}: must be one of {', '.join(_KERNELS)}")
    shared = usual_context(context)
    rows = as_doubles(features, "features", (None, None))
    chosen, _ = as_labels(labels, "labels", rows.shape[0])
    count = int(chosen.max()) + 1 if classes is None and chosen.size else operator.index(classes or 1)
    check_labels(chosen, count)
    short = chosen.astype("int32")
    within, between = ctypes.c_double(), ctypes.c_double()
    shared.call(
        "kernel_collapse", shared, constant(f"KERNEL_{kernel.upper()}"), operator.index(hidden),
        ctypes.c_double(weight_variance), ctypes.c_double(bias_variance), address(rows),
        address(short), rows.shape[0], rows.shape[1], count, ctypes.byref(within),
        ctypes.byref(between),
    )  # fmt: skip
    quotient = within.value / between.value if between.value > 0 else float("nan")
    return {"within": within.value, "between": between.value, "quotient": quotient}


def separation_law(separation, *, context: Context | None = None) -> tuple[float, float]:
    """rho and correlation of the law of data separation D_l = rho^l D_0 (He and Su, PNAS 2023).

    separation : D_0, D_1, ...: K times `report["nc1_weighted"]` of each layer, K the classes that occur.

    >>> rho, correlation = separation_law([8.0, 4.0, 2.0, 1.0])
    >>> round(rho, 12), round(correlation, 12)
    (0.5, -1.0)
    """
    shared = usual_context(context)
    values = as_doubles(separation, "separation", (None,))
    rho, correlation = ctypes.c_double(), ctypes.c_double()
    shared.call(
        "separation_law", shared, address(values), values.size, ctypes.byref(rho),
        ctypes.byref(correlation),
    )
    return rho.value, correlation.value
