"""The plain Python loop that the encoder benchmarks run beside: BERT with a classification head, as everyone writes it.

Usage: python3 encoder.py WORK.json
WORK.json: {"mode": "train" | "infer" | "export", "precision": "float32" | "autocast", "device": "cpu" | "cuda", "threads": n,
  "config": {"vocabulary", "hidden", "layers", "heads", "intermediate", "positions", "types", "labels"},
  "seed": n, "learning_rate": x, "seconds": limit of the timed part, "warm_up": steps that are not timed,
  "batches": [{"rows": [[id, …], …], "labels": [n, …]}], "onnx": file to write in mode "export"}
Every batch is padded to its longest row. Prints one line of JSON: what was processed after the warm-up and in how many seconds.
"""
import json
import math
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

MODERN = hasattr(F, "scaled_dot_product_attention")


class SelfAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads = c["heads"]
        self.query = nn.Linear(c["hidden"], c["hidden"])
        self.key = nn.Linear(c["hidden"], c["hidden"])
        self.value = nn.Linear(c["hidden"], c["hidden"])
        self.dropout = nn.Dropout(0.1)

    def split(self, x):
        return x.view(x.size(0), x.size(1), self.heads, -1).permute(0, 2, 1, 3)

    def forward(self, x, mask):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        if MODERN:
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask.to(q.dtype), dropout_p=0.1 if self.training else 0.0)
        else:
            scores = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(q.size(-1)) + mask
            y = torch.matmul(self.dropout(F.softmax(scores, dim=-1)), v)
        return y.permute(0, 2, 1, 3).reshape(x.size(0), x.size(1), -1)


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.attention = SelfAttention(c)
        self.project = nn.Linear(c["hidden"], c["hidden"])
        self.norm1 = nn.LayerNorm(c["hidden"], eps=1e-12)
        self.up = nn.Linear(c["hidden"], c["intermediate"])
        self.down = nn.Linear(c["intermediate"], c["hidden"])
        self.norm2 = nn.LayerNorm(c["hidden"], eps=1e-12)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x, mask):
        x = self.norm1(x + self.dropout(self.project(self.attention(x, mask))))
        return self.norm2(x + self.dropout(self.down(F.gelu(self.up(x)))))


class Bert(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.words = nn.Embedding(c["vocabulary"], c["hidden"], padding_idx=0)
        self.positions = nn.Embedding(c["positions"], c["hidden"])
        self.types = nn.Embedding(c["types"], c["hidden"])
        self.norm = nn.LayerNorm(c["hidden"], eps=1e-12)
        self.dropout = nn.Dropout(0.1)
        self.layers = nn.ModuleList(Layer(c) for _ in range(c["layers"]))
        self.pooler = nn.Linear(c["hidden"], c["hidden"])
        self.classifier = nn.Linear(c["hidden"], c["labels"])
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, ids, mask):
        places = torch.arange(ids.size(1), device=ids.device).unsqueeze(0)
        x = self.words(ids) + self.positions(places) + self.types(torch.zeros_like(ids))
        x = self.dropout(self.norm(x))
        additive = (1.0 - mask[:, None, None, :].float()) * torch.finfo(torch.float32).min
        for layer in self.layers:
            x = layer(x, additive)
        return self.classifier(self.dropout(torch.tanh(self.pooler(x[:, 0]))))


def padded(batch, device):
    rows = batch["rows"]
    longest = max(len(row) for row in rows)
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return ids.to(device), mask.to(device), torch.tensor(batch["labels"]).to(device)


def main():
    with open(sys.argv[1]) as file:
        work = json.load(file)
    device = work["device"]
    torch.set_num_threads(work["threads"])
    torch.manual_seed(work["seed"])
    model = Bert(work["config"]).to(device)
    mixed = work["precision"] == "autocast"
    batches = work["batches"]
    train = work["mode"] == "train"
    model.train(train)

    if work["mode"] == "export":
        ids, mask, _ = padded(batches[0], device)
        axes = {0: "rows", 1: "length"}
        torch.onnx.export(model, (ids, mask), work["onnx"], input_names=["input_ids", "attention_mask"], output_names=["logits"],
                          dynamic_axes={"input_ids": axes, "attention_mask": axes, "logits": {0: "rows"}}, opset_version=14)
        print(json.dumps({"torch": torch.__version__, "onnx": work["onnx"]}))
        return

    optimizer = torch.optim.AdamW(model.parameters(), lr=work["learning_rate"]) if train else None

    def step(batch):
        ids, mask, labels = padded(batch, device)
        if not train:
            with torch.no_grad(), torch.autocast(device, dtype=torch.bfloat16, enabled=mixed):
                model(ids, mask).float().argmax(1).cpu()
            return ids.numel()
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, dtype=torch.bfloat16, enabled=mixed):
            loss = F.cross_entropy(model(ids, mask).float(), labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss.item()
        return ids.numel()

    def wait():
        if device != "cpu":
            torch.cuda.synchronize()

    for batch in batches[:work["warm_up"]]:
        step(batch)
    wait()
    steps = rows = tokens = cells = 0
    start = time.perf_counter()
    for batch in batches[work["warm_up"]:]:
        cells += step(batch)
        tokens += sum(len(row) for row in batch["rows"])
        rows += len(batch["rows"])
        steps += 1
        if device == "cpu" and time.perf_counter() - start > work["seconds"]:
            break
    wait()
    seconds = time.perf_counter() - start
    print(json.dumps({"torch": torch.__version__, "steps": steps, "rows": rows, "tokens": tokens, "cells": cells, "seconds": seconds}))


if __name__ == "__main__":
    main()
