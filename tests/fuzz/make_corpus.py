# SPDX-License-Identifier: MIT
"""Writes tests/fuzz/corpus: small files of every format, one feature each. make_corpus.py LIBRARY"""
import ctypes
import gzip
import io
import json
import os
import struct
import sys
import zipfile

import numpy as np

root = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'corpus')


def put(target, name, data):
    os.makedirs(os.path.join(root, target), exist_ok=True)
    with open(os.path.join(root, target, name), 'wb') as file:
        file.write(data)


def tight(a, version=1, order=False):
    """An npy file without NumPy's padding."""
    text = ("{'descr': %r, 'fortran_order': %r, 'shape': %r}\n" % (
        a.dtype.str, order, a.shape)).encode()
    length = struct.pack('<H' if version == 1 else '<I', len(text))
    return b'\x93NUMPY' + bytes([version, 0]) + length + text + a.tobytes('F' if order else 'C')


a = np.arange(6).reshape(3, 2)
put('npy', 'f8', tight(a.astype('<f8')))
put('npy', 'f4_big', tight(a.astype('>f4'), 2))
put('npy', 'f2_fortran', tight(a.astype('<f2'), 3, True))
put('npy', 'bool', tight(a > 2))
put('npy', 'i8', tight(a.astype('<i8')[:, 0]))
put('npy', 'u2_cube', tight(np.arange(24).astype('<u2').reshape(2, 3, 4), 1, True))
put('npy', 'void', tight(a.astype('<u2').view('V2')))
put('npy', 'scalar', tight(np.array(3.5)))
put('npy', 'empty', tight(np.zeros((0, 4), '<i4')))


def archive(method, pipe=False, **arrays):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as z:
        for name, data in arrays.items():
            info = zipfile.ZipInfo(name + '.npy')
            info.compress_type = method
            with z.open(info, 'w', force_zip64=len(name) > 1) as member:
                member.write(data)
    return out.getvalue()


class Pipe(io.BytesIO):
    def seekable(self):
        return False

    def seek(self, *_):
        raise io.UnsupportedOperation

    def tell(self):
        raise io.UnsupportedOperation


put('npz', 'stored', archive(0, a=tight(a.astype('<f4')), yy=tight(a.astype('<i8')[:, 0])))
put('npz', 'deflate', archive(8, a=tight(a.astype('<f4')), yy=tight(np.zeros((90, 5), '<u1'))))
put('npz', 'fortran', archive(8, a=tight(a.astype('<f4'), 1, True)))
pipe = Pipe()
with zipfile.ZipFile(pipe, 'w', 8) as z:
    z.writestr('a.npy', tight(a.astype('<f8')))
put('npz', 'descriptor', pipe.getvalue())
empty = io.BytesIO()
zipfile.ZipFile(empty, 'w').close()
put('npz', 'none', empty.getvalue())


def zip64():
    """What zipfile writes above 4 GiB, in small."""
    data = archive(0, bb=tight(a.astype('<i2')))
    end = len(data) - 22
    size, begin = struct.unpack('<II', data[end + 12:end + 20])
    record = struct.pack('<IQHHIIQQQQ', 0x06064b50, 44, 45, 45, 0, 0, 1, 1, size, begin)
    locator = struct.pack('<IIQI', 0x07064b50, 0, end, 1)
    last = struct.pack('<IHHHHIIH', 0x06054b50, 0, 0, 0xffff, 0xffff, 0xffffffff, 0xffffffff, 0)
    return data[:end] + record + locator + last


put('npz', 'zip64', zip64())


def tensors(header, data):
    text = header if isinstance(header, bytes) else json.dumps(header, separators=(',', ':')).encode()
    return struct.pack('<Q', len(text)) + text + data


put('safetensors', 'two', tensors({'a': {'dtype': 'F32', 'shape': [2, 2], 'data_offsets': [0, 16]},
                                   'b': {'dtype': 'I64', 'shape': [1], 'data_offsets': [16, 24]}},
                                  bytes(24)))
put('safetensors', 'metadata', tensors(
    b'{"__metadata__":{"format":"p\\u00e9\\ud83d\\ude00"},"x":{"shape":[],"data_offsets":[0,1],'
    b'"dtype":"F8_E4M3"} } ', b'\x7f'))
put('safetensors', 'types', tensors({k: {'dtype': k, 'shape': [1, 0, 2], 'data_offsets': [0, 0]}
                                     for k in ('BF16', 'F16', 'BOOL', 'U8', 'F8_E5M2', 'C64')}, b''))
put('safetensors', 'order', tensors({'a': {'dtype': 'U16', 'shape': [2], 'data_offsets': [4, 8]},
                                     'b': {'dtype': 'I8', 'shape': [4], 'data_offsets': [0, 4]}},
                                    bytes(range(8))))
put('safetensors', 'none', tensors({}, b''))

for code, kind in ((8, '>u1'), (11, '>i2'), (14, '>f8')):
    raw = struct.pack('>HBB2I', 0, code, 2, 3, 2) + a.astype(kind).tobytes()
    put('idx', 'type%d' % code, raw)
    put('idx', 'type%d.gz' % code, gzip.compress(raw, 9, mtime=0))
put('idx', 'cube', struct.pack('>HBB3I', 0, 13, 3, 2, 1, 2) + np.ones(4, '>f4').tobytes())
raw = struct.pack('>HBBI', 0, 8, 1, 4)
put('idx', 'members.gz', gzip.compress(raw, 9, mtime=0) + gzip.compress(b'\1\2\3\4', 9, mtime=0))

put('cifar', 'ten', bytes([0, 3, 7, 9, 200]))
put('cifar', 'hundred', bytes([1, 2, 19, 99, 5]))
put('cifar', 'odd', bytes([7, 5, 0, 0, 8, 2]))

nc = ctypes.CDLL(sys.argv[1])
handle = ctypes.c_void_p
context = handle()
assert nc.libnc_context_create(ctypes.byref(context)) == 0
nc.libnc_accumulator_create.argtypes = [handle, handle, ctypes.c_int64, ctypes.c_int64]
nc.libnc_accumulator_update.argtypes = [handle, ctypes.c_int32, handle, ctypes.c_int64,
                                        ctypes.c_int64, ctypes.c_int32, handle]
nc.libnc_accumulator_save.argtypes = [handle, ctypes.c_char_p]
os.makedirs(os.path.join(root, 'state'), exist_ok=True)
nc.libnc_accumulator_options.restype = handle
nc.libnc_accumulator_options.argtypes = [handle]
nc.libnc_options_set_int64.argtypes = [handle, ctypes.c_int32, ctypes.c_int64]
nc.libnc_accumulator_begin_second_pass.argtypes = [handle, handle, handle, ctypes.c_int32]
x = np.array([[1, 2, 0], [2, 1, 0], [3, 3, 1], [4, 4, 2], [0, 1, 5.]])
labels = np.array([0, 0, 1, 1, 1], 'i4')
W = np.array([[1, 0, 0], [0, 1, 1.]])
for scatter in (0, 1, 2):
    for second in (0, 1, 2):
        state = handle()
        assert nc.libnc_accumulator_create(ctypes.byref(state), context, 2, 3) == 0
        assert nc.libnc_options_set_int64(nc.libnc_accumulator_options(state), 1, scatter) == 0
        for turn in range(2 if second else 1):
            if turn:
                assert nc.libnc_accumulator_begin_second_pass(
                    state, W.ctypes.data if second == 2 else None, None, 1) == 0
            assert nc.libnc_accumulator_update(state, x.ctypes.data, 1, 5, 3, labels.ctypes.data,
                                               1) == 0
        path = os.path.join(root, 'state', 'scatter%d_pass%d' % (scatter, second))
        assert nc.libnc_accumulator_save(state, path.encode()) == 0


def train(kind):
    """The trainings of fuzz_begin_training() (targets.h)."""
    optimizer, scalar, batch = ((2, 1, 0), (4, 2, 4), (6, 1, 0))[kind]
    classes, model, loss, penalty, method, trainer = [handle() for _ in range(6)]
    counts, width, decay = (ctypes.c_int64 * 2)(4, 2), ctypes.c_int64(2), ctypes.c_double(0.01)
    ref = ctypes.byref
    assert nc.libnc_classes_from_counts(ref(classes), context, counts, ctypes.c_int64(2)) == 0
    assert nc.libnc_model_create_free(ref(model), context, scalar, classes, 1, ref(width), 1) == 0
    assert nc.libnc_model_initialise(model, 1, ctypes.c_double(0.5), ctypes.c_uint64(3)) == 0
    assert nc.libnc_loss_create(ref(loss), context, 1) == 0
    assert nc.libnc_penalty_create(ref(penalty), model) == 0
    if kind == 2:
        one = ctypes.c_double(1)
        assert nc.libnc_penalty_set_energies(penalty, one, one) == 0
    else:
        assert nc.libnc_penalty_set_weight_decay(penalty, ref(decay), ctypes.c_int64(1)) == 0
    assert nc.libnc_optimizer_create(ref(method), context, optimizer) == 0
    assert nc.libnc_trainer_create(ref(trainer), model, loss, penalty, method, None) == 0
    nc.libnc_trainer_options.restype = handle
    assert nc.libnc_options_set_int64(nc.libnc_trainer_options(trainer), 1, batch) == 0
    assert nc.libnc_options_set_int64(nc.libnc_trainer_options(trainer), 4, 3) == 0
    assert nc.libnc_trainer_run(trainer, None) == 0
    return model, trainer


os.makedirs(os.path.join(root, 'checkpoint'), exist_ok=True)
for kind in (0, 1, 2):
    model, trainer = train(kind)
    path = os.path.join(root, 'checkpoint', 'training%d' % kind)
    assert nc.libnc_trainer_set_attachment(trainer, b'hello', ctypes.c_size_t(5)) == 0
    assert nc.libnc_trainer_save(trainer, path.encode()) == 0
    if kind == 1:
        path = os.path.join(root, 'checkpoint', 'free')
        assert nc.libnc_model_save(model, path.encode()) == 0
network, backbone = handle(), handle()
widths = (ctypes.c_int64 * 2)(2, 3)
assert nc.libnc_backbone_create(ctypes.byref(backbone), context, ctypes.c_int64(2)) == 0
assert nc.libnc_backbone_add_affine(backbone, ctypes.c_int64(3), 1) == 0
assert nc.libnc_backbone_add_affine(backbone, ctypes.c_int64(2), 0) == 0
assert nc.libnc_model_create_backbone(ctypes.byref(network), backbone, 1, ctypes.c_int64(2), 2, widths, 1) == 0
assert nc.libnc_model_save(network, os.path.join(root, 'checkpoint', 'backbone').encode()) == 0
