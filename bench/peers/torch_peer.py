"""PyTorch as a peer of the benchmark; the protocol is that of bench/protocol.ts. Models and recipes are those of graphs/models.

Usage: torch_peer.py eager | channels-last | compile. Needs PyTorch, and torchvision for its models and for the epoch's transforms
(make bench-peers, or Debian: python3-torch, python3-torchvision, libopenblas0-pthread). Its name is none that a library imports: torchvision
0.29 has `from pytorch.vision import ...`, and found a peer named pytorch.py.
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
          "Install it: make bench-peers, or apt install python3-torch python3-torchvision libopenblas0-pthread; for another Python set ATELIER_PYTHON."}}),
          flush=True)
    sys.exit(0)

VARIANT = sys.argv[1] if len(sys.argv) > 1 else "eager"


class Model1(nn.Module):
    def __init__(self, channels, classes, features, rates):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(channels, 32, 3), nn.Conv2d(32, 64, 3)
        self.fc1, self.fc2 = nn.Linear(features, 128), nn.Linear(128, classes)
        self.dropout = nn.Dropout(rates[0])

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(x)))), 2).flatten(1)
        return self.fc2(self.dropout(F.relu(self.fc1(x))))


class Model2(nn.Module):
    def __init__(self, channels, classes, rates):
        super().__init__()
        self.stages, inputs = nn.ModuleList(), channels
        for outputs, rate, pool in zip((32, 64, 128), rates, (True, True, False)):
            layers = []
            for _ in range(2):
                layers += [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
                inputs = outputs
            layers += [nn.MaxPool2d(2)] if pool else []
            self.stages.append(nn.Sequential(*layers, nn.Dropout(rate)))
        self.fc1, self.fc2 = nn.Linear(128, 128), nn.Linear(128, classes)
        self.dropout = nn.Dropout(rates[3])

    def forward(self, x):
        for stage in self.stages:
            x = stage(x)
        return self.fc2(self.dropout(F.relu(self.fc1(F.adaptive_avg_pool2d(x, 1).flatten(1)))))


class ResNet9(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()

        def block(inputs, outputs, pool=False):
            layers = [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
            return nn.Sequential(*layers, *([nn.MaxPool2d(2)] if pool else []))

        self.conv1, self.conv2 = block(channels, 64), block(64, 128, True)
        self.res1 = nn.Sequential(block(128, 128), block(128, 128))
        self.conv3, self.conv4 = block(128, 256, True), block(256, 512, True)
        self.res2 = nn.Sequential(block(512, 512), block(512, 512))
        self.fc = nn.Linear(512, classes)

    def forward(self, x):
        x = self.conv2(self.conv1(x))
        x = x + self.res1(x)
        x = self.conv4(self.conv3(x))
        x = x + self.res2(x)
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


def torchvision_models():
    try:
        from torchvision import models
    except ImportError as error:
        raise Failure("absent", f"torchvision cannot be imported ({error}), which has this model. "
                      "Install it: make bench-peers, or apt install python3-torchvision")
    return models


def resnet18(shape, classes):
    net = torchvision_models().resnet18(num_classes=classes)
    small = min(shape["height"], shape["width"]) < 64
    net.conv1 = (nn.Conv2d(shape["channels"], 64, 3, padding=1, bias=False) if small
                 else nn.Conv2d(shape["channels"], 64, 7, stride=2, padding=3, bias=False))
    if small:
        net.maxpool = nn.MaxPool2d(2)
    return net


def mobilenet_v2(shape, classes, rates):
    net = torchvision_models().mobilenet_v2(num_classes=classes, dropout=rates[0])
    small = min(shape["height"], shape["width"]) < 64
    net.features[0][0] = nn.Conv2d(shape["channels"], 32, 3, stride=1 if small else 2, padding=1, bias=False)
    if small:
        net.features[2].conv[1][0].stride = (1, 1)
    return net


def model_of(name, shape, classes, rates, weights):
    """The network of graphs/models of that name, with its weights; dropout rates of 0 turn it off."""
    features = weights["fc1.weight"].shape[1] if name == "m1" else 0
    makers = {
        "m1": lambda: Model1(shape["channels"], classes, features, rates),
        "m2": lambda: Model2(shape["channels"], classes, rates),
        "resnet9": lambda: ResNet9(shape["channels"], classes),
        "resnet18": lambda: resnet18(shape, classes),
        "mobilenet-v2": lambda: mobilenet_v2(shape, classes, rates),
    }
    if name not in makers:
        raise Failure("cannot", f"this peer has {', '.join(makers)}, not {name}")
    net = makers[name]()
    net.load_state_dict(weights)
    return net


def optimizer_of(net, recipe):
    settings = dict(recipe)
    name, rate, decay = settings["name"], settings["lr"], settings.get("weightDecay", 0)
    if name == "sgd":
        return torch.optim.SGD(net.parameters(), rate, momentum=settings.get("momentum", 0), weight_decay=decay)
    kinds = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    return kinds[name](net.parameters(), rate, betas=tuple(settings["betas"]), eps=settings["eps"], weight_decay=decay)


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
        self.threads = threads
        subject = json.loads((self.folder / "subject.json").read_text())
        self.shape, self.classes, self.recipe = subject["shape"], subject["classes"], subject["recipes"][model]
        self.weights = read_weights(self.folder / f"weights-{model}.safetensors")
        self.net, self.optimizer = self.build(dropout=True)
        self.images, self.labels = self.read("train")
        self.step = 0
        # What is compiled keeps the names of its parameters to itself; both share their tensors.
        self.run = torch.compile(self.net) if VARIANT == "compile" else self.net
        versions = {"torch": torch.__version__, "python": platform.python_version(), "blas": blas()}
        if purpose == "epoch":
            try:
                import torchvision
            except ImportError as error:
                raise Failure("absent", f"torchvision cannot be imported ({error}), which the epoch's transforms need. "
                              "Install it: make bench-peers, or apt install python3-torchvision")
            versions["torchvision"] = torchvision.__version__
        onednn = "with" if torch.backends.mkldnn.is_available() else "without"
        how = {"eager": "eager", "channels-last": "eager, channels_last", "compile": "torch.compile, channels_last"}[VARIANT]
        workers = f", {self.workers()} loader workers" if purpose == "epoch" else ""
        return {"versions": versions, "threads": torch.get_num_threads(), "details": f"{how}, {onednn} oneDNN{workers}"}

    def workers(self):
        """As the report trained without; the others as PyTorch's documentation advises."""
        return 0 if VARIANT == "eager" else self.threads

    def steps(self, count):
        self.net.train()
        ms, losses = [], []
        for _ in range(count):
            x, y = self.consecutive(self.step * self.batch, self.batch)
            self.step += 1
            start = now()
            losses.append(self.train_step(self.run, self.optimizer, x, y))
            ms.append(now() - start)
        return {"ms": ms, "losses": losses}

    def predict(self, count, batchSize):
        self.net.eval()
        images = self.normalise(self.read("test")[0][:count])
        start, first = now(), None
        with torch.inference_mode():
            for at in range(0, count, batchSize):
                logits = self.run(images[at:at + batchSize])
                F.softmax(logits, dim=1)
                first = logits[0] if first is None else first
        return {"ms": now() - start, "logits": first.tolist()}

    def epoch(self, batches, validationImages):
        """PyTorch's DataLoader and torchvision's transforms, then validation."""
        from torch.utils.data import DataLoader
        count = min(batches * self.batch, len(self.labels))
        settings = {"batch_size": self.batch, "num_workers": self.workers()}
        train = DataLoader(self.dataset("train", count, True), shuffle=True, **settings)
        validation = DataLoader(self.dataset("validation", validationImages, False), **settings)
        start, total, correct = now(), 0.0, 0
        self.net.train()
        for x, y in train:
            logits = self.run(self.laid(x))
            loss = F.cross_entropy(logits, y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(y)
            correct += (logits.argmax(1) == y).sum().item()
        self.net.eval()
        with torch.no_grad():
            for x, y in validation:
                logits = self.run(self.laid(x))
                F.cross_entropy(logits, y).item()
                (logits.argmax(1) == y).sum().item()
        return {"ms": now() - start, "images": count, "loss": total / count}

    def verify(self, steps, batchSize):
        net, optimizer = self.build(dropout=False)
        net.train()
        batches = [self.consecutive(step * batchSize, batchSize) for step in range(steps)]
        return {"losses": [self.train_step(net, optimizer, x, y) for x, y in batches]}

    def build(self, dropout):
        rates = [rate if dropout else 0.0 for rate in self.recipe["dropout"]]
        net = model_of(self.model, self.shape, self.classes, rates, self.weights)
        if VARIANT != "eager":
            net = net.to(memory_format=torch.channels_last)
        return net, optimizer_of(net, self.recipe["optimizer"])

    def laid(self, x):
        return x if VARIANT == "eager" else x.contiguous(memory_format=torch.channels_last)

    def train_step(self, net, optimizer, x, y):
        loss = F.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    def read(self, part):
        images, labels = (bytearray((self.folder / f"{part}-{kind}.bin").read_bytes()) for kind in ("images", "labels"))
        # Beyond 256 classes labels are uint32, of which as many as there are classes fit into int32.
        kind = torch.int32 if self.classes > 256 else torch.uint8
        sizes = (self.shape["channels"], self.shape["height"], self.shape["width"])
        return torch.frombuffer(images, dtype=torch.uint8).reshape(-1, *sizes), torch.frombuffer(labels, dtype=kind).long()

    def consecutive(self, position, count):
        indices = torch.arange(position, position + count) % len(self.labels)
        return self.normalise(self.images[indices]), self.labels[indices]

    def normalise(self, images):
        mean, std = (torch.tensor(self.recipe["normalization"][key]).reshape(1, -1, 1, 1) for key in ("mean", "std"))
        return self.laid((images.float() / 255 - mean) / std)

    def dataset(self, part, count, augment):
        """What torchvision.datasets.FashionMNIST does with an item: a PIL image through the transforms."""
        from PIL import Image
        from torchvision import transforms
        normalization, augmentation = self.recipe["normalization"], self.recipe["augmentation"]
        steps = [transforms.ToTensor(), transforms.Normalize(normalization["mean"], normalization["std"])]
        if augment and augmentation:
            size = (self.shape["height"], self.shape["width"])
            steps = [transforms.RandomCrop(size, padding=augmentation["cropPadding"]),
                     transforms.RandomHorizontalFlip(augmentation["flipProbability"])] + steps
        transform = transforms.Compose(steps)
        images, labels = self.read(part)
        grey = self.shape["channels"] == 1
        pixels = images[:count, 0].numpy() if grey else images[:count].permute(0, 2, 3, 1).contiguous().numpy()

        class Images(torch.utils.data.Dataset):
            def __len__(self):
                return len(pixels)

            def __getitem__(self, index):
                return transform(Image.fromarray(pixels[index])), int(labels[index])

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
            if "C++ compiler" in str(error) or "InvalidCxxCompiler" in type(error).__name__:
                error = RuntimeError(f"torch.compile needs a C++ compiler (apt install g++): {error}")
            answer = {"failure": {"kind": "failed", "message": f"{type(error).__name__}: {error}"}}
        print(json.dumps(answer), flush=True)


main()
