"""Greedy decoding and beam search in plain PyTorch, as transformers' generate does them: the generation benchmark runs beside it.

Usage: python3 generation.py WORK.json
WORK.json: {"threads": n, "tokens": new tokens of each row, "beams": n, "seconds": limit of the timed part, "rows": [[id, …], …],
  "config": {"vocabulary", "hidden", "layers", "heads", "head_size", "intermediate", "buckets", "max_distance"}}
T5 of that shape with random weights; keys and values are kept from step to step, beams are reordered with index_select. Prints one line of JSON.
"""
import json
import math
import re
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Norm(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x):
        return self.weight * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        inner = c["heads"] * c["head_size"]
        self.heads = c["heads"]
        self.q, self.k, self.v = (nn.Linear(c["hidden"], inner, bias=False) for _ in range(3))
        self.o = nn.Linear(inner, c["hidden"], bias=False)

    def split(self, x):
        return x.view(x.size(0), x.size(1), self.heads, -1).transpose(1, 2)

    def forward(self, x, bias, keys=None, values=None):
        q = self.split(self.q(x))
        if keys is None:
            keys, values = self.split(self.k(x)), self.split(self.v(x))
        scores = torch.matmul(q, keys.transpose(3, 2))
        if bias is not None:
            scores += bias
        y = torch.matmul(F.softmax(scores, dim=-1), values)
        return self.o(y.transpose(1, 2).reshape(x.size(0), x.size(1), -1))


class Feed(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.wi = nn.Linear(c["hidden"], c["intermediate"], bias=False)
        self.wo = nn.Linear(c["intermediate"], c["hidden"], bias=False)

    def forward(self, x):
        return self.wo(F.relu(self.wi(x)))


class Block(nn.Module):
    def __init__(self, c, cross):
        super().__init__()
        self.norm1, self.self_attention = Norm(c["hidden"]), Attention(c)
        self.norm2, self.cross = (Norm(c["hidden"]), Attention(c)) if cross else (None, None)
        self.norm3, self.feed = Norm(c["hidden"]), Feed(c)


class T5(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.shared = nn.Embedding(c["vocabulary"], c["hidden"])
        self.encoder = nn.ModuleList(Block(c, False) for _ in range(c["layers"]))
        self.decoder = nn.ModuleList(Block(c, True) for _ in range(c["layers"]))
        self.bias_encoder, self.bias_decoder = nn.Embedding(c["buckets"], c["heads"]), nn.Embedding(c["buckets"], c["heads"])
        self.norm_encoder, self.norm_decoder = Norm(c["hidden"]), Norm(c["hidden"])
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=0.05)

    def bias(self, table, queries, keys, bidirectional, last_only=False):
        context = torch.arange(queries)[:, None]
        memory = torch.arange(keys)[None, :]
        relative = memory - context
        buckets, result = self.c["buckets"], 0
        if bidirectional:
            buckets //= 2
            result = (relative > 0).long() * buckets
            relative = relative.abs()
        else:
            relative = -torch.min(relative, torch.zeros_like(relative))
        exact = buckets // 2
        large = exact + (torch.log(relative.float() / exact) / math.log(self.c["max_distance"] / exact) * (buckets - exact)).long()
        large = torch.min(large, torch.full_like(large, buckets - 1))
        result = result + torch.where(relative < exact, relative, large)
        values = table(result).permute(2, 0, 1)[None]
        return values[:, :, -1:] if last_only else values

    def encode(self, ids):
        x = self.shared(ids)
        bias = self.bias(self.bias_encoder, ids.size(1), ids.size(1), True)
        for block in self.encoder:
            x = x + block.self_attention(block.norm1(x), bias)
            x = x + block.feed(block.norm3(x))
        return self.norm_encoder(x)

    def step(self, ids, past, cross):
        x = self.shared(ids)
        length = 1 + (past[0][0].size(2) if past else 0)
        bias = self.bias(self.bias_decoder, length, length, False, last_only=True)
        present = []
        for i, block in enumerate(self.decoder):
            h = block.norm1(x)
            keys, values = block.self_attention.split(block.self_attention.k(h)), block.self_attention.split(block.self_attention.v(h))
            if past:
                keys, values = torch.cat([past[i][0], keys], 2), torch.cat([past[i][1], values], 2)
            present.append((keys, values))
            x = x + block.self_attention(h, bias, keys, values)
            x = x + block.cross(block.norm2(x), None, *cross[i])
            x = x + block.feed(block.norm3(x))
        x = self.norm_decoder(x) * self.c["hidden"] ** -0.5
        return F.linear(x[:, -1], self.shared.weight), present

    def cross_of(self, hidden):
        return [(b.cross.split(b.cross.k(hidden)), b.cross.split(b.cross.v(hidden))) for b in self.decoder]


END = 1


def greedy(model, rows, tokens):
    cross = model.cross_of(model.encode(rows))
    last, past = torch.zeros(rows.size(0), 1, dtype=torch.long), None
    output = [last]
    for _ in range(tokens):
        logits, past = model.step(last, past, cross)
        logits[:, END] = -math.inf
        last = logits.argmax(-1, keepdim=True)
        output.append(last)
    return torch.cat(output, 1)


def beam(model, rows, tokens, beams):
    batch = rows.size(0)
    hidden = model.encode(rows).repeat_interleave(beams, 0)
    cross = model.cross_of(hidden)
    ids, past = torch.zeros(batch * beams, 1, dtype=torch.long), None
    scores = torch.zeros(batch, beams)
    scores[:, 1:] = -1e9
    for _ in range(tokens):
        logits, past = model.step(ids[:, -1:], past, cross)
        log = F.log_softmax(logits, dim=-1)
        log[:, END] = -math.inf
        log = (log + scores.view(-1, 1)).view(batch, -1)
        best, index = torch.topk(log, 2 * beams, dim=1, largest=True, sorted=True)
        parents, token = torch.div(index, logits.size(-1), rounding_mode="floor"), index % logits.size(-1)
        next_scores, next_tokens, next_parents = torch.zeros(batch, beams), torch.zeros(batch, beams, dtype=torch.long), torch.zeros(batch, beams, dtype=torch.long)
        for b in range(batch):
            taken = 0
            for t, s, p in zip(token[b], best[b], parents[b]):
                if t.item() == END:
                    continue
                next_scores[b, taken], next_tokens[b, taken], next_parents[b, taken] = s, t, b * beams + p
                taken += 1
                if taken == beams:
                    break
        scores = next_scores
        order = next_parents.view(-1)
        ids = torch.cat([ids[order], next_tokens.view(-1, 1)], 1)
        past = [(k.index_select(0, order), v.index_select(0, order)) for k, v in past]
        cross = [(k.index_select(0, order), v.index_select(0, order)) for k, v in cross]
    return ids.view(batch, beams, -1)[:, 0]


def main():
    with open(sys.argv[1]) as file:
        work = json.load(file)
    torch.set_num_threads(work["threads"])
    torch.manual_seed(1)
    model = T5(work["config"]).eval()
    rows = torch.tensor(work["rows"])
    run = (lambda: greedy(model, rows, work["tokens"])) if work["beams"] == 1 else (lambda: beam(model, rows, work["tokens"], work["beams"]))
    with torch.no_grad():
        run()
        best, runs, start = math.inf, 0, time.perf_counter()
        while True:
            begin = time.perf_counter()
            length = run().size(1) - 1
            best = min(best, time.perf_counter() - begin)
            runs += 1
            if time.perf_counter() - start >= work["seconds"]:
                break
    with open("/proc/self/status") as status:
        peak = int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) * 1024 / 1e6
    print(json.dumps({"version": torch.__version__, "runs": runs, "new_tokens": length, "seconds": best, "peak_megabytes": peak}))


main()
