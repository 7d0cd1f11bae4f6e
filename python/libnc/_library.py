# SPDX-License-Identifier: MIT
"""The shared library: where it is found, its calls, its errors, and the handles it makes."""
from __future__ import annotations

import ctypes
import numbers
import os
import pathlib
import subprocess
import threading
import weakref

from ._declarations import CONSTANTS, FUNCTIONS, SONAME, VERSION

__all__ = ["Context", "Error", "Handle", "constant"]


# ---- errors ----


class Error(Exception):
    """A call of the library failed; the text is the library's, `status` its code."""

    status = 0


class ArgumentError(Error, ValueError):
    """A wrong argument; the text names it and its value."""


class DimensionError(Error, ValueError):
    """Sizes that do not fit each other."""


class NotFiniteError(Error, ValueError):
    """NaN or infinity where a number must be."""


class FileError(Error, OSError):
    """A file that cannot be read or written, or is not what it should be."""


class NumericalError(Error, ArithmeticError):
    """No answer in the range or at the precision of a double."""


class StateError(Error, RuntimeError):
    """A call out of order, such as the use of something closed."""


class UnsupportedError(Error, NotImplementedError):
    """A problem that libnc does not solve; the text says what it needs."""


class OutOfMemoryError(Error, MemoryError):
    """Too little memory."""


class InternalError(Error, RuntimeError):
    """A result that failed the library's own check: a defect of libnc."""


class LibraryError(ImportError):
    """The shared library is missing, or of another version than this package."""


_ERRORS = {
    "LIBNC_ERROR_ARGUMENT": ArgumentError,
    "LIBNC_ERROR_MEMORY": OutOfMemoryError,
    "LIBNC_ERROR_DIMENSION": DimensionError,
    "LIBNC_ERROR_NOT_FINITE": NotFiniteError,
    "LIBNC_ERROR_FILE": FileError,
    "LIBNC_ERROR_FORMAT": FileError,
    "LIBNC_ERROR_NUMERICAL": NumericalError,
    "LIBNC_ERROR_STATE": StateError,
    "LIBNC_ERROR_UNSUPPORTED": UnsupportedError,
    "LIBNC_ERROR_INTERNAL": InternalError,
}
_BY_STATUS = {CONSTANTS[name]: kind for name, kind in _ERRORS.items() if name in CONSTANTS}


def constant(name: str) -> int:
    """The value of an enumerator, without its `LIBNC_`.

    >>> constant("METRIC_NC1")
    1
    """
    return CONSTANTS["LIBNC_" + name]


# ---- the library ----


def _installed() -> str | None:
    """What `make install` wrote beside this file."""
    try:
        from ._installed import LIBRARY
    except ImportError:
        return None
    return LIBRARY


def _folder_of_pkgconfig() -> str | None:
    try:
        command = ["pkg-config", "--variable=libdir", "libnc"]
        found = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return os.path.join(found.stdout.strip(), SONAME)


def _candidates():
    """Paths in the order in which they are tried; None where there is none."""
    if "LIBNC_LIBRARY" in os.environ:
        yield os.environ["LIBNC_LIBRARY"]
        return
    yield _installed()
    tree = pathlib.Path(__file__).resolve().parents[2] / "lib" / SONAME
    yield str(tree) if tree.exists() else None
    yield SONAME
    yield _folder_of_pkgconfig()


def _declare(library) -> None:
    for name, (result, arguments) in FUNCTIONS.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise LibraryError(
                f"{library._name} has no {name}: it must be libnc {VERSION} or a later one of "
                f"{SONAME}"
            ) from None
        function.restype, function.argtypes = result, arguments


def _load():
    tried = []
    for path in filter(None, _candidates()):
        try:
            library = ctypes.CDLL(path)
        except OSError as error:
            tried.append(f"{path}: {error}")
            continue
        _declare(library)
        version = library.libnc_version().decode()
        if version.split(".")[:2] != VERSION.split(".")[:2]:
            raise LibraryError(f"{path} is libnc {version}: must be {VERSION} or a later patch")
        return library
    raise LibraryError(
        f"{SONAME} was not found; install libnc, or set LIBNC_LIBRARY to its path. Tried:\n  "
        + "\n  ".join(tried)
    )


_library = _load()

#: Version of the library that is in use.
version: str = _library.libnc_version().decode()


# ---- contexts and handles ----


def _when_gone(owner, call, *arguments) -> weakref.finalize:
    """Not at the interpreter's exit: threads and other exit handlers may still use the owner."""
    finalizer = weakref.finalize(owner, call, *arguments)
    finalizer.atexit = False
    return finalizer


class Context:
    """Memory, threads and error text of the library's objects.

    All objects of one context take turns: a call waits while another thread is in one. Objects that
    must compute at the same time have contexts of their own. Calls release Python's global lock.

    threads : threads of the library's own loops, 1 to 256.
    """

    def __init__(self, threads: int = 1):
        handle = ctypes.c_void_p()
        if _library.libnc_context_create(ctypes.byref(handle)) < 0:
            raise OutOfMemoryError("no memory for a context")
        self._handle = handle.value
        self._lock = threading.RLock()
        _when_gone(self, _library.libnc_context_destroy, self._handle)
        _contexts.add(self)
        self.threads = threads

    @property
    def threads(self) -> int:
        """Threads of the library's own loops."""
        return _library.libnc_context_threads(self._handle)

    @threads.setter
    def threads(self, count: int) -> None:
        self.call("context_set_threads", self, count)

    def call(self, name: str, *arguments):
        """Calls libnc_`name`; raises what a status says, returns anything else."""
        function = getattr(_library, "libnc_" + name)
        for kind, argument in zip(function.argtypes, arguments):
            _check_kept(name, kind, argument)
        try:
            with self._lock:
                result = function(*map(_parameter, arguments))
                if function.restype is ctypes.c_int32 and result < 0:
                    text = _library.libnc_context_error(self._handle).decode("utf-8", "replace")
                    raise _error(result, text)
        except ctypes.ArgumentError as error:
            raise ArgumentError(f"libnc_{name}: {error}") from None
        return result

    def make(self, name: str, *arguments) -> Handle:
        """The handle that libnc_`name`(&handle, ...) makes."""
        out = ctypes.c_void_p()
        self.call(name, ctypes.byref(out), *arguments)
        kind = next(k for k in _KINDS if name.startswith(k + "_") or name.endswith("_" + k))
        return Handle(self, kind, out.value)


# Longer names first: what one is the beginning of.
_KINDS = sorted(
    (name[len("libnc_") : -len("_destroy")] for name in FUNCTIONS if name.endswith("_destroy")),
    key=len,
    reverse=True,
)
_INTEGERS = (ctypes.c_int32, ctypes.c_int64, ctypes.c_uint64, ctypes.c_size_t)
_contexts: weakref.WeakSet[Context] = weakref.WeakSet()


def _error(status: int, text: str) -> Error:
    name = _library.libnc_status_name(status).decode()
    error = _BY_STATUS.get(status, Error)(text or name)
    error.status = status
    return error


class Handle:
    """One object of the library, destroyed with this one or by close()."""

    def __init__(self, context: Context, kind: str, value: int):
        self.context, self.kind, self._value = context, kind, value
        self._finalizer = _when_gone(self, _destroy, context, kind, value)

    def call(self, name: str, *arguments):
        """libnc_<kind>_<name>(handle, ...)."""
        return self.context.call(f"{self.kind}_{name}", self, *arguments)

    def option(self, name: str, value) -> None:
        """Sets an option of the object by its name."""
        options = self.call("options")
        self.context.call("options_set_text", options, name.encode(), _as_text(value))

    def close(self) -> None:
        """Frees the object now; what uses it later raises StateError."""
        self._value = None
        self._finalizer()


def _check_kept(name: str, kind, argument) -> None:
    """ctypes cuts integers to their width, C cuts texts at the first NUL."""
    if isinstance(argument, bytes) and b"\0" in argument:
        raise ArgumentError(f"libnc_{name}: {argument!r} has a NUL")
    whole = kind in _INTEGERS and isinstance(argument, numbers.Integral)
    if whole and kind(argument).value != int(argument):
        raise ArgumentError(f"libnc_{name}: {argument} is beyond {8 * ctypes.sizeof(kind)} bits")


def _parameter(argument):
    """What ctypes takes: the address of a handle or context, anything else as it is."""
    if isinstance(argument, Context):
        return argument._handle
    if not isinstance(argument, Handle):
        return argument
    if argument._value is None:
        raise StateError(f"{argument.kind}: is closed")
    return argument._value


def _destroy(context: Context, kind: str, value: int) -> None:
    with context._lock:
        getattr(_library, f"libnc_{kind}_destroy")(value)


def _as_text(value) -> bytes:
    if isinstance(value, (bool, int)):
        return str(int(value)).encode()
    return (repr(float(value)) if isinstance(value, float) else str(value)).encode()


# ---- the usual context ----

_usual: Context | None = None
_usual_lock = threading.Lock()


def usual_context(context: Context | None = None) -> Context:
    """The one that is given, or the one that all share that give none."""
    global _usual
    if context is not None:
        return context
    with _usual_lock:
        if _usual is None:
            _usual = Context()
        return _usual


def set_threads(threads: int) -> None:
    """Threads of the library's own loops in the context that is shared (1 at first).

    With more than one the BLAS should have one: OPENBLAS_NUM_THREADS=1 in the environment. That is not done
    here, since NumPy may share the BLAS.
    """
    usual_context().threads = threads


def _after_fork() -> None:
    """Locks that other threads held are nobody's in a child."""
    global _usual_lock
    _usual_lock = threading.Lock()
    for context in list(_contexts):
        context._lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
