"""PyTorch as a peer of the benchmark; the protocol is that of bench/protocol.ts. Models and recipes are those of graphs/models.

Needs PyTorch, and torchvision for the epoch's transforms (Debian: python3-torch, python3-torchvision, libopenblas0-pthread).
"""
import json
import pathlib
import platform
import re
import struct
import sys
import time


class Failure(Exception):
    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


try:
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError as error:
    print(json.dumps({"failure": {"kind": "absent", "message": f"PyTorch cannot be imported by {sys.executable} ({error}). "
          "Install it: apt install python3-torch python3-torchvision libopenblas0-pthread; for another Python set ATELIER_PYTHON."}}),
          flush=True)
    sys.exit(0)

NORMALIZATION = {"m1": (0.2860, 0.3530), "m2": (0.5, 0.5)}
SIDE = 28


class Model1(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.fc1, self.fc2 = nn.Linear(9216, 128), nn.Linear(128, 10)
        self.dropout = nn.Dropout(0.25 if dropout else 0.0)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(x)))), 2).flatten(1)
        return self.fc2(self.dropout(F.relu(self.fc1(x))))


class Model2(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.stages, inputs = nn.ModuleList(), 1
        for outputs, rate, pool in ((32, 0.05, True), (64, 0.10, True), (128, 0.15, False)):
            layers = []
            for _ in range(2):
                layers += [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
                inputs = outputs
            layers += [nn.MaxPool2d(2)] if pool else []
            self.stages.append(nn.Sequential(*layers, nn.Dropout(rate if dropout else 0.0)))
        self.fc1, self.fc2 = nn.Linear(128, 128), nn.Linear(128, 10)
        self.dropout = nn.Dropout(0.20 if dropout else 0.0)

    def forward(self, x):
        for stage in self.stages:
            x = stage(x)
        return self.fc2(self.dropout(F.relu(self.fc1(F.adaptive_avg_pool2d(x, 1).flatten(1)))))


def read_weights(path):
    """A safetensors file: the header's length (uint64), the header as JSON, the elements."""
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    types = {"F32": torch.float32, "I64": torch.int64}
    tensors = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            elements = bytearray(data[8 + length + start:8 + length + end])
            tensors[name] = torch.frombuffer(elements, dtype=types[entry["dtype"]]).reshape(entry["shape"]).clone()
    return tensors


def blas():
    """The file name of the BLAS that this process has loaded: with the reference BLAS PyTorch is much slower."""
    try:
        maps = pathlib.Path("/proc/self/maps").read_text()
    except OSError:
        return "unknown"
    names = {pathlib.Path(path).name for path in re.findall(r"\s(/\S*(?:blas|mkl_rt|mkl_core)\S*)", maps)}
    # OpenBLAS comes with an interface under the reference library's name, libblas.so.3.
    fast = {name for name in names if re.search("openblas|mkl|blis", name)}
    return ", ".join(sorted(fast or names)) or "built in"


def now():
    return time.perf_counter() * 1000


class Peer:
    def prepare(self, model, batchSize, threads, data, purpose, width=1):
        if width != 1:
            raise Failure("cannot", "this peer knows the models at width 1 only")
        torch.set_num_threads(threads)
        self.model, self.batch, self.purpose, self.folder = model, batchSize, purpose, pathlib.Path(data)
        self.weights = read_weights(self.folder / f"weights-{model}.safetensors")
        self.net, self.optimizer = self.build(dropout=True)
        self.images, self.labels = self.read("train")
        self.step = 0
        versions = {"torch": torch.__version__, "python": platform.python_version(), "blas": blas()}
        if purpose == "epoch":
            try:
                import torchvision
            except ImportError as error:
                raise Failure("absent", f"torchvision cannot be imported ({error}), which the epoch's transforms need. "
                              "Install it: apt install python3-torchvision")
            versions["torchvision"] = torchvision.__version__
        onednn = "with" if torch.backends.mkldnn.is_available() else "without"
        return {"versions": versions, "threads": torch.get_num_threads(), "details": f"eager, {onednn} oneDNN"}

    def steps(self, count):
        self.net.train()
        ms, losses = [], []
        for _ in range(count):
            x, y = self.consecutive(self.step * self.batch, self.batch)
            self.step += 1
            start = now()
            losses.append(self.train_step(self.net, self.optimizer, x, y))
            ms.append(now() - start)
        return {"ms": ms, "losses": losses}

    def predict(self, count, batchSize):
        self.net.eval()
        images = self.normalise(self.read("test")[0][:count])
        start, first = now(), None
        with torch.inference_mode():
            for at in range(0, count, batchSize):
                logits = self.net(images[at:at + batchSize])
                F.softmax(logits, dim=1)
                first = logits[0] if first is None else first
        return {"ms": now() - start, "logits": first.tolist()}

    def epoch(self, batches, validationImages):
        """As the report trained: PyTorch's DataLoader, torchvision's transforms, no workers; then validation."""
        from torch.utils.data import DataLoader
        count = min(batches * self.batch, len(self.labels))
        train = DataLoader(self.dataset("train", count, True), batch_size=self.batch, shuffle=True)
        validation = DataLoader(self.dataset("validation", validationImages, False), batch_size=self.batch)
        start, total, correct = now(), 0.0, 0
        self.net.train()
        for x, y in train:
            logits = self.net(x)
            loss = F.cross_entropy(logits, y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(y)
            correct += (logits.argmax(1) == y).sum().item()
        self.net.eval()
        with torch.no_grad():
            for x, y in validation:
                logits = self.net(x)
                F.cross_entropy(logits, y).item()
                (logits.argmax(1) == y).sum().item()
        return {"ms": now() - start, "images": count, "loss": total / count}

    def verify(self, steps, batchSize):
        net, optimizer = self.build(dropout=False)
        net.train()
        batches = [self.consecutive(step * batchSize, batchSize) for step in range(steps)]
        return {"losses": [self.train_step(net, optimizer, x, y) for x, y in batches]}

    def build(self, dropout):
        net = {"m1": Model1, "m2": Model2}[self.model](dropout)
        net.load_state_dict(self.weights)
        if self.model == "m1":
            return net, torch.optim.Adam(net.parameters(), 1e-3)
        return net, torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=1e-5)

    def train_step(self, net, optimizer, x, y):
        loss = F.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    def read(self, part):
        images, labels = ((self.folder / f"{part}-{kind}.bin").read_bytes() for kind in ("images", "labels"))
        return (torch.frombuffer(bytearray(images), dtype=torch.uint8).reshape(-1, 1, SIDE, SIDE),
                torch.frombuffer(bytearray(labels), dtype=torch.uint8).long())

    def consecutive(self, position, count):
        indices = torch.arange(position, position + count) % len(self.labels)
        return self.normalise(self.images[indices]), self.labels[indices]

    def normalise(self, images):
        mean, std = NORMALIZATION[self.model]
        return (images.float() / 255 - mean) / std

    def dataset(self, part, count, augment):
        """What torchvision.datasets.FashionMNIST does with an item: a PIL image through the transforms."""
        from PIL import Image
        from torchvision import transforms
        mean, std = NORMALIZATION[self.model]
        steps = [transforms.ToTensor(), transforms.Normalize((mean,), (std,))]
        if augment and self.model == "m2":
            steps = [transforms.RandomCrop(SIDE, padding=4), transforms.RandomHorizontalFlip()] + steps
        transform = transforms.Compose(steps)
        images, labels = self.read(part)
        pixels = images[:count, 0].numpy()

        class Images(torch.utils.data.Dataset):
            def __len__(self):
                return len(pixels)

            def __getitem__(self, index):
                return transform(Image.fromarray(pixels[index], mode="L")), int(labels[index])

        return Images()


def main():
    peer = Peer()
    for line in sys.stdin:
        request = json.loads(line)
        verb = request.pop("do")
        if verb == "stop":
            print(json.dumps({"stopped": True}), flush=True)
            return
        try:
            answer = getattr(peer, verb)(**request)
        except Failure as failure:
            answer = {"failure": {"kind": failure.kind, "message": str(failure)}}
        except Exception as error:
            answer = {"failure": {"kind": "failed", "message": f"{type(error).__name__}: {error}"}}
        print(json.dumps(answer), flush=True)


main()
