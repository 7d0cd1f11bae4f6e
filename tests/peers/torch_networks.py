# SPDX-License-Identifier: MIT
"""VGG and ResNet as torchvision has them, with its names; the widths are ours."""
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False),
                                            nn.BatchNorm2d(outputs))
        else:
            self.downsample = nn.Identity()

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.downsample(x))


class ResNet(nn.Module):
    def __init__(self, channels, width, large):
        super().__init__()
        kernel, stride = (7, 2) if large else (3, 1)
        self.conv1 = nn.Conv2d(channels, width, kernel, stride, kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.pool = nn.MaxPool2d(3, 2, 1) if large else nn.Identity()
        inputs = width
        for stage in range(4):
            outputs = width << stage
            setattr(self, 'layer%d' % (stage + 1), nn.Sequential(
                Block(inputs, outputs, 2 if stage else 1), Block(outputs, outputs, 1)))
            inputs = outputs

    def forward(self, x):
        x = self.pool(torch.relu(self.bn1(self.conv1(x))))
        for stage in range(4):
            x = getattr(self, 'layer%d' % (stage + 1))(x)
        return x.mean((2, 3))


class VGG(nn.Module):
    def __init__(self, channels, width, plan, border):
        super().__init__()
        layers = []
        for step in plan:
            if step == 'M':
                layers.append(nn.MaxPool2d(2))
                continue
            outputs = int(step) * width
            layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.BatchNorm2d(outputs),
                       nn.ReLU()]
            channels = outputs
        self.features = nn.Sequential(*layers)
        self.border = nn.ZeroPad2d(border)

    def forward(self, x):
        return self.features(self.border(x)).mean((2, 3))


PLANS = {'vgg11': '1M2M44M88M88M', 'vgg13': '11M22M44M88M88M', 'vgg16': '11M22M444M888M888M'}


def network(name, channels, side, width):
    """The network of that name on square images; small ones get a border for VGG."""
    if name in PLANS:
        return VGG(channels, width, PLANS[name], max(0, (32 - side + 1) // 2))
    return ResNet(channels, width, name.endswith('7x7'))
