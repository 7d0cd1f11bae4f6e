# SPDX-License-Identifier: MIT
"""One network's training step in PyTorch, for bench_networks.py, in a process of its own, whose allocator is tuned
by the environment. peer_networks_torch.py NAME WIDTH SIDE BATCH THREADS SECONDS [convolutions]

Prints microseconds of a step, of its processor time, and with `convolutions` of these alone."""
import os
import sys
import time

import torch
import torch.nn.functional as functional

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers"))
from torch_networks import network  # noqa: E402

SAMPLES, CLASSES = 1280, 10


def training_step(name, width, side, batch):
    torch.manual_seed(2)
    inputs, labels = torch.randn(SAMPLES, 1, side, side), torch.randint(0, CLASSES, (SAMPLES,))
    model = torch.nn.Sequential(network(name, 1, side, width), torch.nn.Linear(8 * width, CLASSES))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step():
        rows = torch.randint(0, SAMPLES, (batch,))
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(model(inputs[rows]), labels[rows]).backward()
        optimizer.step()

    return step, model, inputs[:batch]


def convolutions(model, images):
    """Microseconds of processor time that a step spends in oneDNN's convolutions, each timed by itself."""
    found, spent = [], 0.0
    hooks = [module.register_forward_hook(lambda m, x, y: found.append((m, x[0].detach(), torch.ones_like(y))))
             for module in model.modules() if isinstance(module, torch.nn.Conv2d)]
    model(images)
    for hook in hooks:
        hook.remove()
    for module, x, slope in found:
        x.requires_grad_(x.shape[1] > 1)  # images have no gradient
        for i in range(8):
            if i == 3:
                start = time.process_time()
            module(x).backward(slope)
        spent += (time.process_time() - start) / 5
    return 1e6 * spent


def main():
    name, (width, side, batch, threads) = sys.argv[1], map(int, sys.argv[2:6])
    torch.set_num_threads(threads)
    step, model, images = training_step(name, width, side, batch)
    for _ in range(3):
        step()
    done, start, processor = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < float(sys.argv[6]):
        step()
        done += 1
    wall, cpu = time.perf_counter() - start, time.process_time() - processor
    print(1e6 * wall / done, 1e6 * cpu / done, convolutions(model, images) if "convolutions" in sys.argv else 0)


main()
