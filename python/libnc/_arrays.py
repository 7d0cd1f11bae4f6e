# SPDX-License-Identifier: MIT
"""Arrays of NumPy, PyTorch, JAX and others as the library reads them, in place where it can."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._library import ArgumentError, DimensionError, NotFiniteError, constant

_SCALARS = {np.dtype(np.float64): constant("FLOAT64"), np.dtype(np.float32): constant("FLOAT32")}
_LABELS = {np.dtype(np.int32): constant("LABEL_INT32"), np.dtype(np.int64): constant("LABEL_INT64")}

#: Bytes of rows that are converted at a time where they cannot be read in place.
BLOCK = 1 << 24


def as_numpy(values, name: str) -> np.ndarray:
    """A view of `values` where they lie in host memory, else a copy, or an error with a remedy."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise ArgumentError(f"{name}: has masked values: leave their rows out")
    if isinstance(values, np.ndarray):
        return values
    if hasattr(values, "detach"):  # PyTorch: the graph plays no part
        values = values.detach()
        device = getattr(getattr(values, "device", None), "type", "cpu")
        if device != "cpu":
            raise ArgumentError(f"{name}: is on {device}: must be in host memory, as by .cpu()")
        if str(values.dtype) == "torch.bfloat16":
            values = values.float()
    try:
        found = np.asarray(values)
    except Exception as error:
        raise ArgumentError(f"{name}: is no array: {error}") from None
    if found.dtype == object:
        raise ArgumentError(f"{name}: has elements of Python: must be numbers in a regular array")
    return found


def _laid_out(array: np.ndarray, dtype) -> np.ndarray:
    """In C order and aligned, itself where it is."""
    return np.require(array, dtype, ["C", "A"])


@dataclass
class Rows:
    """N x d numbers of which blocks are read."""

    array: np.ndarray
    name: str

    @property
    def scalar(self) -> int:
        """libnc_scalar of what is read."""
        return _SCALARS[self._dtype()]

    def _dtype(self) -> np.dtype:
        dtype = self.array.dtype
        if dtype.newbyteorder("=") in _SCALARS:
            return dtype.newbyteorder("=")
        small = dtype.kind == "f" and dtype.itemsize < 4
        return np.dtype(np.float32 if small else np.float64)

    def _in_place(self) -> bool:
        a, size = self.array, self.array.dtype.itemsize
        return (
            a.dtype in _SCALARS
            and a.dtype.isnative
            and a.flags.aligned
            and (a.shape[1] <= 1 or a.strides[1] == size)
            and (a.shape[0] <= 1 or (a.strides[0] >= a.shape[1] * size and a.strides[0] % size == 0))
        )

    def _step(self) -> int:
        return max(1, BLOCK // max(1, self.array.shape[1] * self._dtype().itemsize))

    @property
    def is_split(self) -> bool:
        """Whether there is more than one block."""
        return self.array.shape[0] > self._step() and not self._in_place()

    def check(self, largest_only: bool = False) -> None:
        """All values finite, or those that are the largest of their rows, and none NaN."""
        for begin, block, _ in self.blocks():
            wrong = ~np.isfinite(block.max(axis=1) if largest_only else np.abs(block).max(axis=1))
            if wrong.any():
                row = begin + int(wrong.argmax())
                raise NotFiniteError(f"{self.name}: row {row}: a value is not finite")

    def blocks(self):
        """(first row, array, stride in values) of blocks that cover the rows."""
        rows, cols = self.array.shape
        if self._in_place():
            size = self.array.dtype.itemsize
            yield 0, self.array, self.array.strides[0] // size if rows > 1 else cols
            return
        step = self._step()
        for begin in range(0, rows, step):
            part = self.array[begin : begin + step]
            yield begin, _laid_out(part, self._dtype()), cols

    def part(self, begin: int, count: int) -> np.ndarray:
        """Some rows without gaps between them."""
        return _laid_out(self.array[begin : begin + count], self._dtype())


def as_rows(values, name: str, cols: int | None = None) -> Rows:
    """N x d real numbers; a vector is N x 1."""
    array = as_numpy(values, name)
    if array.dtype.kind not in "fiu":
        raise ArgumentError(f"{name}: is of {array.dtype}: must be real numbers")
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise DimensionError(
            f"{name}: has shape {array.shape}: must be N x d; flatten or pool what lies between"
        )
    if cols is not None and array.shape[1] != cols:
        raise DimensionError(f"{name}: has {array.shape[1]} columns: must have {cols}")
    return Rows(array, name)


def as_labels(values, name: str, count: int | None = None) -> tuple[np.ndarray, int]:
    """Labels as int32 or int64, and their libnc_label."""
    array = as_numpy(values, name)
    if array.dtype.kind not in "iu":
        raise ArgumentError(f"{name}: is of {array.dtype}: must be integers")
    if array.ndim == 2 and 1 in array.shape:
        array = array.reshape(-1)
    if array.ndim != 1:
        raise DimensionError(f"{name}: has shape {array.shape}: must be one label a sample")
    if count is not None and len(array) != count:
        raise DimensionError(f"{name}: {len(array)} of them: must be {count}, one a row of features")
    if array.dtype.kind == "u" and array.dtype.itemsize == 8 and array.size and int(array.max()) >> 63:
        raise ArgumentError(f"{name}: {array.max()} is beyond int64")
    wanted = array.dtype.newbyteorder("=")
    if wanted not in _LABELS:
        wanted = np.dtype(np.int64)
    return _laid_out(array, wanted), _LABELS[wanted]


def check_labels(labels: np.ndarray, classes: int) -> None:
    wrong = (labels < 0) | (labels >= classes)
    if wrong.any():
        row = int(wrong.argmax())
        raise ArgumentError(f"labels: row {row} has {labels[row]}: must be from 0 to {classes - 1}")


def as_doubles(values, name: str, shape: tuple | None = None) -> np.ndarray:
    """Finite or not, contiguous float64 of that shape, where None fits any size."""
    array = as_numpy(values, name)
    if array.dtype.kind not in "fiub":
        raise ArgumentError(f"{name}: is of {array.dtype}: must be real numbers")
    if shape is not None:
        fits = array.ndim == len(shape)
        fits = fits and all(s is None or s == n for s, n in zip(shape, array.shape))
        if not fits:
            wanted = " x ".join("any" if s is None else str(s) for s in shape)
            raise DimensionError(f"{name}: has shape {array.shape}: must be {wanted}")
    return _laid_out(array, np.float64)


def address(array: np.ndarray | None):
    """For a call; the array must outlive it."""
    return None if array is None else array.ctypes.data
