# SPDX-License-Identifier: MIT
"""The PyTorch peer of `make bench`: the same problems as bench_train.c, training steps only.

float32, torch.optim.SGD with momentum, weight decay through the optimizer as practitioners write
it. time_case() returns microseconds per step; bench.py calls it in turn with libnc.
"""
import time

import torch
import torch.nn.functional as functional


def free_features_step(case):
    """One full-batch step on free features: returns a function without arguments."""
    k, n, d, depth = case["classes"], case["per_class"], case["width"], case["depth"]
    generator = torch.Generator().manual_seed(2)
    scale = case["scale"]
    labels = torch.arange(k).repeat_interleave(n)
    targets = functional.one_hot(labels, k).float()

    def parameter(*shape):
        return torch.nn.Parameter(torch.randn(*shape, generator=generator) * scale)

    features = parameter(k * n, d)
    weights = [parameter(d, d) for _ in range(depth - 1)] + [parameter(k, d)]
    optimizer = torch.optim.SGD([features] + weights, lr=case["rate"], momentum=0.9,
                                weight_decay=case["decay"])

    def step():
        optimizer.zero_grad(set_to_none=True)
        z = features
        for weight in weights:
            z = functional.linear(z, weight)
        if case["loss"] == "mse":
            loss = ((z - targets) ** 2).sum() / (2 * k * n)
        else:
            loss = functional.cross_entropy(z, labels)
        loss.backward()
        optimizer.step()

    return step


def network_step(case):
    """Minibatch steps on an MLP, the batch gathered from data in memory."""
    widths, batch, samples = case["widths"], case["batch"], case["samples"]
    torch.manual_seed(2)
    inputs = torch.randn(samples, widths[0])
    labels = torch.randint(0, widths[-1], (samples,))
    layers = []
    for i, (a, b) in enumerate(zip(widths, widths[1:])):
        layers.append(torch.nn.Linear(a, b))
        if i + 2 < len(widths):
            layers.append(torch.nn.ReLU())
    model = torch.nn.Sequential(*layers)
    optimizer = torch.optim.SGD(model.parameters(), lr=case["rate"], momentum=0.9,
                                weight_decay=case["decay"])
    state = {"order": torch.randperm(samples), "position": 0}

    def step():
        if state["position"] + batch > samples:
            state["order"], state["position"] = torch.randperm(samples), 0
        rows = state["order"][state["position"]:state["position"] + batch]
        state["position"] += batch
        optimizer.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(model(inputs[rows]), labels[rows])
        loss.backward()
        optimizer.step()

    return step


def time_case(case, threads, seconds=0.5):
    """Microseconds per step on `threads` threads, measured over about `seconds`."""
    torch.set_num_threads(threads)
    step = network_step(case) if "widths" in case else free_features_step(case)
    for _ in range(3):
        step()
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        step()
        done += 1
    return 1e6 * (time.perf_counter() - start) / done
