# SPDX-License-Identifier: MIT
"""Networks of libnc against PyTorch: features, gradients of every parameter, running statistics
after a step, and state_dicts both ways. networks_torch.py LIBRARY FOLDER"""
import ctypes
import os
import sys

import numpy as np
import torch
from torch import nn

from torch_networks import network

I32, I64, REAL = ctypes.c_int32, ctypes.c_int64, ctypes.c_double
# libnc's scalar type, torch's, and what the two may differ by, relative to the largest value
TYPES = ((1, torch.float64, 1e-12), (2, torch.float32, 1e-5))
RATE = 1  # of a step: its change is the gradient
COUNT, CLASSES, NPZ = 12, 3, 2

nc = ctypes.CDLL(sys.argv[1])
nc.libnc_context_error.restype = ctypes.c_char_p
nc.libnc_network_outputs.restype = I64
nc.libnc_trainer_options.restype = ctypes.c_void_p
nc.libnc_optimizer_options.restype = ctypes.c_void_p
context = ctypes.c_void_p()
assert nc.libnc_context_create(ctypes.byref(context)) == 0


def must(status):
    if status != 0:
        raise SystemExit('status %d: %s' % (status, nc.libnc_context_error(context).decode()))


def handle(create, *arguments):
    made = ctypes.c_void_p()
    must(create(ctypes.byref(made), *arguments))
    return made


class Headed(nn.Module):
    """A backbone under its own names, and a head of libnc's."""

    def __init__(self, backbone, features):
        super().__init__()
        self.backbone = backbone
        self.head = nn.Sequential(nn.Linear(features, features, bias=False),
                                  nn.Linear(features, CLASSES))

    def forward(self, x):
        return self.head(self.backbone(x))

    def arrays(self):
        state = {k.replace('backbone.', '', 1) if k.startswith('backbone.') else k: v
                 for k, v in self.state_dict().items() if not k.endswith('num_batches_tracked')}
        return {k: v.detach().numpy() for k, v in state.items()}


def peers():
    for name, channels, side, width in (('vgg11', 1, 28, 8), ('vgg13', 3, 32, 4),
                                        ('vgg16', 1, 33, 6), ('resnet18', 3, 14, 4),
                                        ('resnet18_7x7', 1, 41, 4)):
        backbone = network(name, channels, side, width)
        yield name, channels, side, width, Headed(backbone, 8 * width)


# ---- the same in libnc ----

def model_of(scalar, name, channels, side, width):
    shape = handle(nc.libnc_network_create_named, context, name.encode(), I64(channels),
                   I64(side), I64(side), I64(width))
    features = nc.libnc_network_outputs(shape)
    model = handle(nc.libnc_model_create_network, shape, I32(scalar), I64(CLASSES), I32(2),
                   (I64 * 2)(features, features), I32(1))
    nc.libnc_network_destroy(shape)
    return model


def dataset_of(scalar, x, y):
    rows = np.ascontiguousarray(x.numpy().reshape(len(y), -1))
    labels = np.ascontiguousarray(y.numpy().astype(np.int32))
    return handle(nc.libnc_dataset_from_memory, context, I32(scalar), rows.ctypes.data_as(
        ctypes.c_void_p), labels.ctypes.data_as(ctypes.c_void_p), I64(rows.shape[0]),
        I64(rows.shape[1]))


def logits_of(model, dataset):
    out = np.empty((COUNT, CLASSES))
    must(nc.libnc_model_evaluate(model, dataset, I32(3), out.ctypes.data_as(ctypes.c_void_p),
                                 ctypes.c_size_t(out.size)))
    return out


def step(model, dataset, rate):
    """Gradient descent on cross-entropy over all samples."""
    loss = handle(nc.libnc_loss_create, context, I32(2))
    penalty = handle(nc.libnc_penalty_create, model)
    method = handle(nc.libnc_optimizer_create, context, I32(1))
    must(nc.libnc_options_set_double(ctypes.c_void_p(nc.libnc_optimizer_options(method)), I32(1),
                                     REAL(rate)))
    trainer = handle(nc.libnc_trainer_create, model, loss, penalty, method, dataset)
    must(nc.libnc_trainer_step(trainer, I64(1), None))
    nc.libnc_trainer_destroy(trainer)
    nc.libnc_optimizer_destroy(method)
    nc.libnc_penalty_destroy(penalty)
    nc.libnc_loss_destroy(loss)


def exported(model, path):
    must(nc.libnc_model_export(model, path.encode(), I32(NPZ)))
    with np.load(path) as arrays:
        return {k: arrays[k] for k in arrays.files}


def compare(what, found, wanted, tolerance):
    error = np.abs(found - wanted).max() / (1e-3 + np.abs(wanted).max())
    if found.shape != wanted.shape or not error <= tolerance:
        raise SystemExit('%s: shapes %s and %s, error %.2g' % (what, found.shape, wanted.shape,
                                                             error))
    return error


def disturb(peer):
    """Nothing stays at its first value of 0 or 1."""
    for module in peer.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, .5, 1.5)
            nn.init.uniform_(module.bias, -.5, .5)
            module.running_mean.uniform_(-.2, .2)
            module.running_var.uniform_(.5, 1.5)


def torch_step(peer, x, y):
    peer.train()
    nn.functional.cross_entropy(peer(x), y).backward()
    with torch.no_grad():
        for value in peer.parameters():
            value -= RATE * value.grad


def check(scalar, dtype, tolerance, name, channels, side, width, peer):
    peer = peer.to(dtype)
    x, y = torch.randn(COUNT, channels, side, side, dtype=dtype), torch.arange(COUNT) % CLASSES
    model, dataset = model_of(scalar, name, channels, side, width), dataset_of(scalar, x, y)
    path = os.path.join(sys.argv[2], 'peer.npz')
    np.savez(path, **peer.arrays())
    must(nc.libnc_model_import(model, path.encode()))
    peer.eval()
    wanted = peer(x).detach().numpy()
    worst = compare(name + ': logits', logits_of(model, dataset), wanted, tolerance)
    step(model, dataset, RATE)
    torch_step(peer, x, y)
    found, wanted = exported(model, path), peer.arrays()
    if set(found) != set(wanted):
        raise SystemExit('%s: names %s' % (name, sorted(set(found) ^ set(wanted))))
    for key in wanted:
        worst = max(worst, compare('%s: %s after a step' % (name, key), found[key], wanted[key],
                                   tolerance))
    nc.libnc_model_destroy(model)
    nc.libnc_dataset_destroy(dataset)
    return worst


for scalar, dtype, tolerance in TYPES:
    torch.manual_seed(5)
    for case in peers():
        disturb(case[-1])
        worst = check(scalar, dtype, tolerance, *case)
        print('%s, %s: largest difference %.2g' % (case[0], dtype, worst))
