# SPDX-License-Identifier: MIT
"""Files of numbers against NumPy and zipfile, both ways, for every type, order and container.

check_arrays.py LIBRARY FOLDER: drives libnc.so through ctypes; prints one line per group, and ends
with 1 if any value differs. safetensors is written and read here by json and struct alone.
"""
import ctypes
import io
import json
import os
import struct
import sys
import zipfile

import numpy as np

nc = ctypes.CDLL(sys.argv[1])
folder = sys.argv[2]
handle, whole, name = ctypes.c_void_p, ctypes.c_int64, ctypes.c_char_p
nc.libnc_context_error.restype = name
nc.libnc_context_error.argtypes = [handle]
for function in 'rows cols'.split():
    getattr(nc, 'libnc_array_' + function).restype = whole
    getattr(nc, 'libnc_array_' + function).argtypes = [handle]
nc.libnc_array_element.argtypes = [handle]
nc.libnc_array_member_count.restype = whole
nc.libnc_array_member_count.argtypes = [handle]
nc.libnc_array_member_name.restype = name
nc.libnc_array_member_name.argtypes = [handle, whole]
nc.libnc_array_destroy.argtypes = [handle]
nc.libnc_array_view.restype = handle
nc.libnc_array_view.argtypes = [handle]
nc.libnc_array_open.argtypes = [handle, handle, name, name]
nc.libnc_array_set_element.argtypes = [handle, ctypes.c_int32]
nc.libnc_array_read.argtypes = [handle, whole, whole, ctypes.c_int32, handle, ctypes.c_size_t]
nc.libnc_array_read_integers.argtypes = nc.libnc_array_read.argtypes
nc.libnc_array_writer_create.argtypes = [handle, handle, name, ctypes.c_int32]
nc.libnc_array_writer_begin.argtypes = [handle, name, ctypes.c_int32, ctypes.c_int32, handle]
nc.libnc_array_writer_append.argtypes = [handle, ctypes.c_int32, handle, whole, ctypes.c_size_t]
nc.libnc_array_writer_finish.argtypes = [handle]
nc.libnc_array_writer_destroy.argtypes = [handle]
nc.libnc_array_writer_options.restype = handle
nc.libnc_array_writer_options.argtypes = [handle]
nc.libnc_options_set_int64.argtypes = [handle, ctypes.c_int32, whole]

NPY, NPZ, SAFETENSORS, IDX = 1, 2, 3, 4
ELEMENTS = {'?': 1, 'i1': 2, 'i2': 3, 'i4': 4, 'i8': 5, 'u1': 6, 'u2': 7, 'u4': 8, 'u8': 9,
            'f2': 12, 'f4': 14, 'f8': 15}
E4M3, E5M2, BF16 = 10, 11, 13
DTYPES = {'?': 'BOOL', 'i1': 'I8', 'i2': 'I16', 'i4': 'I32', 'i8': 'I64', 'u1': 'U8', 'u2': 'U16',
          'u4': 'U32', 'u8': 'U64', 'f2': 'F16', 'f4': 'F32', 'f8': 'F64'}
MEMORY = {'f8': 15, 'f4': 14, 'i8': 5, 'i4': 4}
context = handle()
assert nc.libnc_context_create(ctypes.byref(context)) == 0
failures = compared = 0


def must(status):
    if status != 0:
        raise RuntimeError('%d: %s' % (status, nc.libnc_context_error(context).decode()))


def pointer(array):
    return array.ctypes.data_as(handle)


class Array:
    def __init__(self, path, member=None, element=None):
        self.handle = handle()
        must(nc.libnc_array_open(ctypes.byref(self.handle), context, path.encode(),
                                 member.encode() if member else None))
        if element:
            must(nc.libnc_array_set_element(self.handle, element))
        self.shape = (nc.libnc_array_rows(self.handle), nc.libnc_array_cols(self.handle))

    def members(self):
        return [nc.libnc_array_member_name(self.handle, i).decode()
                for i in range(nc.libnc_array_member_count(self.handle))]

    def read(self, kind, begin=0, count=None):
        count = self.shape[0] - begin if count is None else count
        out = np.empty((count, self.shape[1]), kind)
        call = nc.libnc_array_read if kind[0] == 'f' else nc.libnc_array_read_integers
        code = {'f8': 1, 'f4': 2, 'i4': 4, 'i8': 5}[kind]
        must(call(self.handle, begin, count, code, pointer(out), out.size))
        return out

    def close(self):
        nc.libnc_array_destroy(self.handle)


def write(path, form, arrays, order=0, big=0, level=0, pieces=1, known=True):
    """arrays: (name, element, values, shape)."""
    writer = handle()
    must(nc.libnc_array_writer_create(ctypes.byref(writer), context, path.encode(), form))
    for key, value in ((1, order), (2, big), (3, level)):
        must(nc.libnc_options_set_int64(nc.libnc_array_writer_options(writer), key, value))
    for label, element, values, shape in arrays:
        sizes = np.array(shape, 'i8')
        sizes[0] = sizes[0] if known else -1
        must(nc.libnc_array_writer_begin(writer, label.encode() if label else None, element,
                                         len(shape), pointer(sizes)))
        rows = flat(values)
        for part in np.array_split(rows, pieces):
            part = np.ascontiguousarray(part)
            must(nc.libnc_array_writer_append(writer, MEMORY[part.dtype.str[1:]], pointer(part),
                                              len(part), part.size))
    must(nc.libnc_array_writer_finish(writer))
    nc.libnc_array_writer_destroy(writer)


def same(what, got, expected):
    """Bit for bit, but that all NaNs are one."""
    global failures, compared
    compared += 1
    expected = np.asarray(expected)
    real = got.dtype.kind == 'f'
    if (got.shape != expected.shape or got.dtype != expected.dtype or
            not np.array_equal(got, expected, equal_nan=real) or
            real and not np.array_equal(np.signbit(np.where(np.isnan(got), 0, got)),
                                        np.signbit(np.where(np.isnan(expected), 0, expected)))):
        failures += 1
        print('    %s: %s instead of %s' % (what, got.ravel()[:6], expected.ravel()[:6]))


def flat(a):
    return np.ascontiguousarray(a).reshape(a.shape[0] if a.ndim else 1,
                                           int(np.prod(a.shape[1:])))


def sample(kind, shape, seed=0):
    random = np.random.default_rng(seed)
    size = int(np.prod(shape))
    if kind == '?':
        return random.integers(0, 2, size).astype('?').reshape(shape)
    if kind[0] == 'f':
        x = random.standard_normal(size).astype(kind)
        ends = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, np.finfo(kind).max,
                         np.finfo(kind).tiny, -np.finfo(kind).smallest_subnormal], kind)
        x[:8] = ends[:x.size]
        return x.reshape(shape)
    limits = np.iinfo(kind)
    x = random.integers(limits.min, limits.max, size, kind, endpoint=True)
    x[:2] = np.array([limits.min, limits.max], kind)[:x.size]
    return x.reshape(shape)


def check_array(what, path, member, a, element=None):
    """All rows as float64, in pieces too; integers as int64."""
    f = Array(path, member, element)
    with np.errstate(invalid='ignore'):
        expected = flat(a.astype('f8'))
    same(what, f.read('f8'), expected)
    if a.dtype.itemsize < 8 or a.dtype.kind != 'f':
        with np.errstate(invalid='ignore', over='ignore'):
            same(what + ' as float32', f.read('f4'), expected.astype('f4'))
    if len(expected) > 2:
        half = len(expected) // 2
        same(what + ', the second half', f.read('f8', half), expected[half:])
        same(what + ', the first half', f.read('f8', 0, half), expected[:half])
    if a.dtype.kind in '?bi' or (a.dtype.kind == 'u' and a.dtype.itemsize < 8):
        same(what + ' as int64', f.read('i8'), flat(a.astype('i8')))
    f.close()


SHAPES = [(), (1,), (9,), (40, 3), (5, 2, 3, 4), (0, 4), (3, 0), (1, 30), (700, 41)]


def numpy_writes():
    path = os.path.join(folder, 'a.npy')
    for kind in ELEMENTS:
        for mark in '<>=':
            for shape in SHAPES:
                for order in 'CF':
                    a = np.array(sample(kind, shape), np.dtype(mark + kind), order=order)
                    for version in ((1, 0), (2, 0), (3, 0)):
                        with open(path, 'wb') as file:
                            np.lib.format.write_array(file, a, version)
                        check_array('npy %s%s %s %s' % (mark, kind, shape, order), path, None, a)


def libnc_writes():
    path = os.path.join(folder, 'b.npy')
    for kind, element in ELEMENTS.items():
        for shape in SHAPES[1:]:
            a = sample(kind, shape)
            memory = 'f8' if kind[0] == 'f' else 'i4' if a.dtype.itemsize < 4 else 'i8'
            if kind == 'u8':
                a = a >> np.uint64(1)
            for order in (0, 1):
                for big in (0, 1):
                    write(path, NPY, [(None, element, a.astype(memory), shape)], order, big,
                          pieces=1 if order else 3, known=not big)
                    b = np.load(path)
                    what = 'libnc writes npy %s %s %d %d' % (kind, shape, order, big)
                    same(what, b.astype(kind), a)
                    mark = '>' if big and a.dtype.itemsize > 1 else np.dtype(kind).str[0]
                    same(what + ' (type)', np.array(b.dtype.str == mark + a.dtype.str[1:]),
                         np.array(True))


def archives():
    path = os.path.join(folder, 'a.npz')
    arrays = {'%s%d' % ('t' if k == '?' else k, i): np.array(sample(k, s, i), order='CF'[i % 2])
              for k in ELEMENTS for i, s in enumerate(SHAPES)}
    for save in (np.savez, np.savez_compressed):
        save(path, **arrays)
        f = Array(path)
        same('members', np.array(f.members()), np.array(list(arrays)))
        f.close()
        for label, a in arrays.items():
            check_array('%s %s' % (save.__name__, label), path, label, a)
        check_array('with .npy', path, 'f80.npy', arrays['f80'])
    # as a pipe would have it: data descriptors after the members
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

        def seek(self, *_):
            raise io.UnsupportedOperation

        def tell(self):
            raise io.UnsupportedOperation
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        pipe = Pipe()
        with zipfile.ZipFile(pipe, 'w', method) as z:
            for label in ('f83', 'i44'):
                with z.open(label + '.npy', 'w', force_zip64=label == 'i44') as member:
                    member.write(npy_bytes(arrays[label]))
        with open(path, 'wb') as file:
            file.write(pipe.getvalue())
        for label in ('f83', 'i44'):
            check_array('data descriptor %d %s' % (method, label), path, label, arrays[label])
    for level in (0, 1, 6, 9):
        for order in (0, 1):
            chosen = [(k, v) for k, v in arrays.items() if v.ndim and not k.startswith('u8')]
            write(path, NPZ, [(k, ELEMENTS['?' if k[0] == 't' else k[:2]],
                               v.astype('f8' if v.dtype.kind == 'f' else 'i8'), v.shape)
                              for k, v in chosen], order, 0, level, 1 if order else 3, known=False)
            with zipfile.ZipFile(path) as z:
                same('testzip', np.array(z.testzip() is None), np.array(True))
            with np.load(path) as loaded:
                same('names', np.array(loaded.files), np.array([k for k, _ in chosen]))
                for k, v in chosen:
                    same('libnc writes npz %d %s' % (level, k), loaded[k], v)


def npy_bytes(a):
    out = io.BytesIO()
    np.save(out, a)
    return out.getvalue()


def write_safetensors(path, tensors, metadata=None):
    header, at = {}, 0
    if metadata:
        header['__metadata__'] = metadata
    for label, dtype, shape, data in tensors:
        header[label] = {'dtype': dtype, 'shape': list(shape), 'data_offsets': [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + b''.join(t[3] for t in tensors))


def read_safetensors(path):
    with open(path, 'rb') as file:
        data = file.read()
    size, = struct.unpack('<Q', data[:8])
    header = json.loads(data[8:8 + size])
    base = 8 + size
    return {k: (v['dtype'], v['shape'], data[base + v['data_offsets'][0]:base + v['data_offsets'][1]])
            for k, v in header.items() if k != '__metadata__'}


def safetensors():
    path = os.path.join(folder, 'a.safetensors')
    arrays = {'%s \u00e9"%d' % (k, i): sample(k, s, i) for k in ELEMENTS
              for i, s in enumerate(SHAPES)}
    write_safetensors(path, [(k, DTYPES[k.split()[0]], v.shape,
                              v.astype(v.dtype.newbyteorder('<')).tobytes())
                             for k, v in arrays.items()], {'format': 'pt', '\u00fc': '\\"'})
    f = Array(path)
    same('members', np.array(f.members()), np.array(list(arrays)))
    f.close()
    for k, v in arrays.items():
        check_array('safetensors ' + k, path, k, v)
    chosen = [(k, v) for k, v in arrays.items() if v.ndim and not k.startswith('u8')]
    for many in (1, 40):  # the second time the header is longer than what is kept for it
        write(path, SAFETENSORS,
              [('%s-%d' % (k, i), ELEMENTS[k.split()[0]],
                v.astype('f8' if v.dtype.kind == 'f' else 'i8'), v.shape)
               for k, v in chosen for i in range(many)], pieces=2, known=False)
        loaded = read_safetensors(path)
        same('count', np.array(len(loaded)), np.array(many * len(chosen)))
        for k, v in chosen:
            dtype, shape, data = loaded['%s-%d' % (k, many - 1)]
            same('libnc writes %s' % k, np.array([dtype, str(shape)]),
                 np.array([DTYPES[k.split()[0]], str(list(v.shape))]))
            same('libnc writes ' + k, np.frombuffer(data, v.dtype).reshape(v.shape), v)
    f = Array(path, 'f4 \u00e9"3-7')
    same('view', np.array(nc.libnc_array_view(f.handle) is not None), np.array(True))
    f.close()


def small(code, exponent, fraction, infinite):
    """A small float by its definition."""
    bias = 2 ** (exponent - 1) - 1
    sign = -1.0 if code >> (exponent + fraction) else 1.0
    e, f = code >> fraction & (2 ** exponent - 1), code & (2 ** fraction - 1)
    if e == 2 ** exponent - 1 and (infinite or f == 2 ** fraction - 1):
        return sign * (np.inf if infinite and f == 0 else np.nan)
    return sign * (f * 2.0 ** (1 - bias - fraction) if e == 0 else
                   (1 + f / 2 ** fraction) * 2.0 ** (e - bias))


def small_floats():
    """All codes of each, and what is written of all values between two codes."""
    path = os.path.join(folder, 's.safetensors')
    for dtype, element, kind, e, f, infinite in (('F8_E4M3', E4M3, 'u1', 4, 3, False),
                                                 ('F8_E5M2', E5M2, 'u1', 5, 2, True),
                                                 ('F16', 12, 'u2', 5, 10, True),
                                                 ('BF16', BF16, 'u2', 8, 7, True)):
        codes = np.arange(2 ** (1 + e + f)).astype(kind)
        values = np.array([small(int(c), e, f, infinite) for c in codes])
        write_safetensors(path, [('x', dtype, codes.shape, codes.astype('<' + kind).tobytes())])
        reader = Array(path, 'x')
        same(dtype, reader.read('f8')[:, 0], values)
        reader.close()
        finite = np.unique(values[np.isfinite(values)])
        exact = np.concatenate([finite, -finite])
        middle = (finite[1:] + finite[:-1]) / 2
        between = np.concatenate([np.nextafter(middle, np.inf), np.nextafter(middle, -np.inf)])
        nearest = np.concatenate([finite[1:], finite[:-1]])
        by_code = {v: int(c) for c, v in zip(codes, values)}
        even = np.array([a if by_code[a] % 2 == 0 else b for a, b in zip(finite[1:], finite[:-1])])
        x = np.concatenate([exact, between, middle])
        write(path, SAFETENSORS, [('x', element, x, x.shape)])
        reader = Array(path, 'x')
        got = reader.read('f8')[:, 0]
        reader.close()
        same(dtype + ', exact', got[:exact.size], exact)
        rest = np.concatenate([nearest, even])
        same(dtype + ', to nearest', np.abs(got[exact.size:]), np.abs(rest))
    for order in 'CF':  # bfloat16 as unsigned integers, and as the void type of extensions
        x = np.random.default_rng(1).standard_normal((50, 7)).astype('f4')
        bits = np.array((x.view('u4') >> 16).astype('u2'), order=order)
        expected = (bits.astype('u4') << 16).view('f4').astype('f8')
        for stored in (bits, bits.astype('>u2'), bits.view('V2')):
            path = os.path.join(folder, 'bf.npy')
            np.save(path, stored)
            f = Array(path, None, BF16)
            same('bfloat16 in npy, %s' % stored.dtype, f.read('f8'), expected)
            f.close()


def idx():
    path = os.path.join(folder, 'a.idx')
    for code, kind in ((8, 'u1'), (9, 'i1'), (11, 'i2'), (12, 'i4'), (13, 'f4'), (14, 'f8')):
        for shape in ((7,), (6, 5), (4, 3, 2)):
            a = sample(kind, shape)
            with open(path, 'wb') as file:
                file.write(struct.pack('>HBB%dI' % a.ndim, 0, code, a.ndim, *a.shape))
                file.write(a.astype(a.dtype.newbyteorder('>')).tobytes())
            with open(path, 'rb') as file:
                raw = file.read()
            check_array('IDX %s' % kind, path, None, a)
            write(path, IDX, [(None, ELEMENTS[kind],
                               a.astype('f8' if kind[0] == 'f' else 'i4'), shape)], pieces=2,
                  known=False)
            with open(path, 'rb') as file:
                got = np.frombuffer(file.read(), 'u1')
            if kind[0] != 'f':  # NaNs need not keep their bits
                same('libnc writes IDX %s' % kind, got, np.frombuffer(raw, 'u1'))
            check_array('IDX %s again' % kind, path, None, a)


for check in (numpy_writes, libnc_writes, archives, safetensors, small_floats, idx):
    before = failures, compared
    try:
        check()
    except RuntimeError as error:
        failures += 1
        print('    %s: %s' % (check.__name__, error))
    print('%s arrays: %s, %d comparisons' % ('PASS' if failures == before[0] else 'FAIL',
                                             check.__name__.replace('_', ' '),
                                             compared - before[1]))
sys.exit(failures != 0)
