# SPDX-License-Identifier: MIT
"""Figures of reports and trackers, by matplotlib."""
from __future__ import annotations

import math

import numpy as np

from ._library import LibraryError


def _pyplot():
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise LibraryError(
            "plot: needs matplotlib (python3 -m pip install matplotlib, or Debian's python3-matplotlib)"
        ) from None
    return Figure


def _cosines(gram: np.ndarray) -> np.ndarray:
    lengths = np.sqrt(np.diag(gram))
    with np.errstate(invalid="ignore", divide="ignore"):
        return gram / lengths[:, None] / lengths[None, :]


def _save(figure, path):
    if path is not None:
        figure.savefig(path)
    return figure


def _lengths(axes, counts: np.ndarray, by_class) -> None:
    size = 4 if len(counts) < 20 else 2
    for name, label, mark in (("centred_norm", "centred mean", "o"), ("classifier_norm", "row", "s")):
        values = by_class[name]
        if np.isfinite(values).any():
            axes.plot(counts, values, mark, markersize=size, label=label, linestyle="")
    axes.set_xscale("log")
    axes.set_xlabel("samples of the class")
    axes.set_ylabel("length")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)


def _gram(axes, gram: np.ndarray, title: str):
    image = axes.imshow(_cosines(gram), cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
    axes.set_title(title, fontsize="medium")
    axes.set_xticks([])
    axes.set_yticks([])
    return image


def plot_report(report, path=None):
    figure = _pyplot()(figsize=(9, 3), layout="constrained")
    by_class = report.per_class
    has_rows = np.isfinite(by_class["classifier_norm"]).any()
    axes = figure.subplots(1, 3 if has_rows else 2)
    _lengths(axes[0], report.counts, by_class)
    image = _gram(axes[1], report.gram("centred"), "cosines of centred means")
    if has_rows:
        image = _gram(axes[2], report.gram("classifier"), "cosines of classifier rows")
    figure.colorbar(image, ax=axes[-1])
    return _save(figure, path)


_PANELS = (
    ("NC1", ("nc1", "nc1_quotient", "cdnv")),
    ("NC2", ("nc2_equinorm_features", "nc2_equiangular_features", "nc2_etf_features")),
    ("NC3", ("nc3_duality", "nc3_etf")),
    ("NC4", ("nc4_mismatch",)),
)
_STYLES = ("-", "--", "-.", (0, (1, 1)))


def _curve(axes, tracker, name: str, style, colour: str) -> None:
    values = tracker[name]
    shown = np.where(values > 0, values, np.nan)
    axes.plot(tracker.epochs, shown, linestyle=style, marker=".", markersize=4, color=colour)
    target = tracker.predicted.get(name, math.nan)
    if target > 0:
        axes.axhline(target, color=colour, linewidth=0.8, linestyle=":")


def _key(axes, handles) -> None:
    """Above the panel, where no curve is."""
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncol=max(1, len(handles)),
        frameon=False, fontsize="x-small", handlelength=2, columnspacing=1, borderpad=0.2,
    )  # fmt: skip


def plot_trackers(trackers, path=None):
    figure = _pyplot()(figsize=(10, 6), layout="constrained")
    from matplotlib.lines import Line2D

    panels = figure.subplots(2, 2, sharex=True)
    for axes, (title, names) in zip(panels.flat, _PANELS):
        names = [name for name in names if any(name in t.names for t in trackers)]
        for run, tracker in enumerate(trackers):
            for index, name in enumerate(names):
                if name in tracker.names:
                    _curve(axes, tracker, name, _STYLES[run % 4], f"C{index}")
        handles = [Line2D([], [], color=f"C{i}", label=name) for i, name in enumerate(names)]
        if axes is panels[1, 1] and len(trackers) > 1:
            handles += [
                Line2D([], [], color="k", linestyle=_STYLES[i % 4], label=t.name or f"run {i + 1}")
                for i, t in enumerate(trackers)
            ]
        _key(axes, handles)
        axes.set_ylabel(title)
        axes.set_yscale("log")
    for axes in panels[1]:
        axes.set_xlabel("epoch")
    return _save(figure, path)
