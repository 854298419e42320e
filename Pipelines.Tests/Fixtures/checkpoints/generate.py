"""Writes small checkpoints with torch.save, and the same tensors as plain bytes, for the tests of the pickle reader.

Run it with a Python that has torch: python3 generate.py
"""
import collections
import json
import os
import zipfile

import torch

HERE = os.path.dirname(os.path.abspath(__file__))


def path(name):
    return os.path.join(HERE, name)


def save(name, state, **options):
    """Saves a dict of tensors, and beside it what its tensors are when read row by row."""
    torch.save(state, path(name + ".bin"), **options)
    describe(name, state)


def describe(name, state):
    expected = {}
    for key, tensor in state.items():
        dense = tensor.detach().contiguous().reshape(-1)
        data = dense.view(torch.uint8) if dense.numel() > 0 and dense.dtype != torch.bool else dense.to(torch.uint8)
        expected[key] = {"dtype": str(tensor.dtype).split(".")[-1], "shape": list(tensor.shape), "hex": bytes(data.tolist()).hex()}
    with open(path(name + ".json"), "w", encoding="ascii", newline="\n") as file:
        json.dump(expected, file, indent=1, sort_keys=True)
        file.write("\n")


def main():
    torch.manual_seed(1)
    base = torch.randn(6, 8)
    save("views", {
        "whole": base,
        "transposed": base.t(),
        "rows": base[1:4],
        "columns": base[:, 2:5],
        "every_other": base[::2, ::3],
        "one_row": base[4],
        "scalar": base[2, 3],
        "expanded": torch.arange(3.0).expand(4, 3),
        "permuted": torch.randn(2, 3, 4).permute(2, 0, 1),
        "odd_strides_of_one": torch.randn(3, 5)[:, 1:2],
        "empty": base[:0],
    })
    numbers = torch.tensor([-2.0, -1.5, 0.0, 0.1, 3.0, 1000.0])
    dtypes = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8]
    state = {str(dtype).split(".")[-1]: numbers.to(dtype) if dtype != torch.int8 else torch.tensor([-128, 0, 127], dtype=dtype) for dtype in dtypes}
    state["uint8"] = torch.tensor([0, 128, 255], dtype=torch.uint8)
    state["bool"] = torch.tensor([True, False, True])
    state["bfloat16_transposed"] = torch.randn(3, 4).to(torch.bfloat16).t()
    save("dtypes", state)

    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 3))
    module[2].weight = torch.nn.Parameter(module[0].weight.t())
    save("module", module.state_dict())
    embedding = torch.nn.Parameter(torch.randn(5, 2))
    save("parameters", collections.OrderedDict(shared=embedding, tied=embedding, frozen=torch.nn.Parameter(torch.ones(2), requires_grad=False)))
    save("protocol4", {"weight": torch.randn(2, 2), "bias": torch.zeros(2)}, pickle_protocol=4)

    deflate("views", "deflated")
    torch.save({"weight": torch.ones(2)}, path("legacy.bin"), _use_new_zipfile_serialization=False)
    torch.jit.script(torch.nn.Linear(1, 1)).save(path("torchscript.bin"))
    torch.save({"state_dict": {"weight": torch.ones(1)}, "epoch": 3}, path("training.bin"))
    torch.save({"weight": torch.ones(1, dtype=torch.complex64)}, path("complex.bin"))
    torch.save(torch.nn.Linear(1, 1), path("whole_module.bin"))
    torch.save({"weight": torch.ones(2, 2).to_sparse()}, path("sparse.bin"))
    torch.save({"weight": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)}, path("quantized.bin"))


def deflate(name, target):
    """The same entries, packed by another tool."""
    with zipfile.ZipFile(path(name + ".bin")) as source, zipfile.ZipFile(path(target + ".bin"), "w", zipfile.ZIP_DEFLATED) as packed:
        for item in source.infolist():
            packed.writestr(zipfile.ZipInfo(item.filename, (1980, 1, 1, 0, 0, 0)), source.read(item), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
