# SPDX-License-Identifier: MIT
"""A head of libnc on a network of PyTorch, as a torch.autograd.Function.

    python3 torch_head.py [LIBRARY]        default: libnc.so.0.3, as the loader finds it

The network gives features; libnc computes loss and feature decay, steps the head by its own
optimizer, and gives back the gradient by the features, with which PyTorch goes on. Prints:

    predicted loss 0.01385
    reached within 5 percent: yes
    classifier rows, length reached / predicted: 1.00 1.00 1.00
"""
import ctypes
import sys
from ctypes import byref, c_double, c_int32, c_int64, c_size_t, c_void_p

import torch

nc = ctypes.CDLL(sys.argv[1] if len(sys.argv) > 1 else "libnc.so.0.3")
nc.libnc_context_error.restype = ctypes.c_char_p
nc.libnc_context_error.argtypes = [c_void_p]
nc.libnc_trainer_step_features.argtypes = [c_void_p] * 3 + [c_int32, c_int64] + [c_void_p] * 3
INT64, FLOAT64, MSE, MOMENTUM = 2, 1, 1, 2  # libnc_label, _scalar, _loss_function, _optimizer_method

context = c_void_p()


def call(name, *arguments):
    if getattr(nc, "libnc_" + name)(*arguments) < 0:
        raise RuntimeError(nc.libnc_context_error(context).decode())


def make(name, *arguments):
    handle = c_void_p()
    call(name, byref(handle), *arguments)
    return handle


class HeadStep(torch.autograd.Function):
    """Objective of a batch of features (B x d, float64); steps the head, too."""

    @staticmethod
    def forward(ctx, features, labels, trainer):
        features = features.contiguous()
        gradient, loss, penalty = torch.empty_like(features), c_double(), c_double()
        call("trainer_step_features", trainer, features.data_ptr(), labels.data_ptr(), INT64,
             len(labels), gradient.data_ptr(), byref(loss), byref(penalty))
        ctx.save_for_backward(gradient)
        return features.new_tensor(loss.value + penalty.value)

    @staticmethod
    def backward(ctx, slope):
        return slope * ctx.saved_tensors[0], None, None


torch.manual_seed(1)
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
counts, d, decay = [40, 20, 10], 6, 1e-2
K, N = len(counts), sum(counts)
labels = torch.repeat_interleave(torch.arange(K), torch.tensor(counts))
inputs = 2 * torch.nn.functional.normalize(torch.randn(K, 4))[labels] + 0.2 * torch.randn(N, 4)

context = make("context_create")
nc.libnc_classes_from_counts.argtypes = [c_void_p, c_void_p, c_void_p, c_int64]
classes = make("classes_from_counts", context, (c_int64 * K)(*counts), K)
head = make("model_create_head", context, FLOAT64, c_int64(K), 1, (c_int64 * 1)(d), 0)
call("model_initialise", head, 3, c_double(1), ctypes.c_uint64(1))
loss = make("loss_create", context, MSE)
penalty = make("penalty_create", head)
call("penalty_set_weight_decay", penalty, byref(c_double(decay)), c_int64(1))
call("penalty_set_feature_decay", penalty, c_double(1e-4))
optimizer = make("optimizer_create", context, MOMENTUM)
nc.libnc_optimizer_options.restype = c_void_p
call("options_set_text", c_void_p(nc.libnc_optimizer_options(optimizer)), b"learning_rate", b"0.05")
trainer = make("trainer_create_head", head, loss, penalty, optimizer, classes)

network = torch.nn.Sequential(torch.nn.Linear(4, 32), torch.nn.Tanh(), torch.nn.Linear(32, d))
torch_optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
W = (c_double * (K * d))()
for step in range(4000):
    torch_optimizer.zero_grad()
    call("model_get_parameter", head, 0, W, c_size_t(K * d))
    objective = HeadStep.apply(network(inputs), labels, trainer)
    objective.backward()
    torch_optimizer.step()

geometry, predicted, squares = make("trainer_geometry", trainer), c_double(), (c_double * K)()
call("geometry_solve", geometry)
call("geometry_loss", geometry, byref(predicted), None)
call("geometry_lengths", geometry, 1, squares, None, c_size_t(K))
reached = objective.item() + decay / 2 * sum(w * w for w in W)
rows = [sum(w * w for w in W[k * d:k * d + d]) for k in range(K)]
print("predicted loss %.5f" % predicted.value)
print("reached within 5 percent: %s" % ("yes" if reached < 1.05 * predicted.value else "no"))
print("classifier rows, length reached / predicted:",
      " ".join("%.2f" % (rows[k] / squares[k]) ** 0.5 for k in range(K)))
for name in "geometry", "trainer", "optimizer", "penalty", "loss":
    getattr(nc, "libnc_%s_destroy" % name)(globals()[name])
nc.libnc_model_destroy(head)
nc.libnc_classes_destroy(classes)
nc.libnc_context_destroy(context)
