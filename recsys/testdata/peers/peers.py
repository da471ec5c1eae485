"""Fits the peers on the split that ours is fitted on, and prints both."""
import argparse, gzip, json, math, os, random, subprocess, time
from collections import defaultdict

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

K = 20


def ml100k(folder):
    """ua.base and ua.test, every rating a positive."""
    def rows(name):
        with gzip.open(os.path.join(folder, name), "rt") as f:
            return [tuple(line.split("\t")[:2]) for line in f]
    test = rows("ua.test.gz")
    held = set(test)
    return [x for x in rows("u.data.gz") if x not in held], test


def made_up():
    """1,500 customers with two tastes of twenty, 1,500 items, one taken in five held out."""
    r = random.Random(42)
    train, test = [], []
    for u in range(1500):
        tastes = r.sample(range(20), 2)
        items = {int(75 * r.random() ** 2) + 75 * r.choice(tastes) for _ in range(r.randint(10, 60))}
        for i in sorted(items):
            (test if r.random() < .2 else train).append((f"u{u}", f"i{i}"))
    known = {i for _, i in train}
    return train, [x for x in test if x[1] in known]


def score(lists, relevant):
    recall = ndcg = 0
    for u, rel in relevant.items():
        gain = [1 / math.log2(r + 2) for r, i in enumerate(lists.get(u, [])[:K]) if i in rel]
        recall += len(gain) / len(rel)
        ndcg += sum(gain) / sum(1 / math.log2(r + 2) for r in range(min(K, len(rel))))
    return recall / len(relevant), ndcg / len(relevant)


def implicit_models(train, who, threads):
    from implicit.als import AlternatingLeastSquares
    from implicit.nearest_neighbours import TFIDFRecommender
    users, items = sorted({u for u, _ in train}), sorted({i for _, i in train})
    at_u, at_i = {u: n for n, u in enumerate(users)}, {i: n for n, i in enumerate(items)}
    m = csr_matrix((np.ones(len(train), np.float32), ([at_u[u] for u, _ in train], [at_i[i] for _, i in train])))
    for ours, name, make, data in [
        ("ItemKNN", "implicit TFIDFRecommender, 100 neighbours", lambda: TFIDFRecommender(K=100, num_threads=threads), m),
        ("ALS", "implicit ALS, 64 factors, 15 sweeps", lambda: AlternatingLeastSquares(factors=64, regularization=10, alpha=4, iterations=15, random_state=42, num_threads=threads), m),
    ]:
        model = make()
        begun = time.perf_counter()
        model.fit(data, show_progress=False)
        took = time.perf_counter() - begun
        ids = [at_u[u] for u in who if u in at_u]
        begun = time.perf_counter()
        found, _ = model.recommend(ids, m[ids], N=K, filter_already_liked_items=True)
        ask = time.perf_counter() - begun
        yield ours, name, took, ask, {users[u]: [items[i] for i in row] for u, row in zip(ids, found)}


def lenskit_models(train, who):
    from lenskit import recommend, topn_pipeline
    from lenskit.als import ImplicitMFScorer
    from lenskit.basic import PopScorer
    from lenskit.data import from_interactions_df
    from lenskit.knn import ItemKNNScorer
    from lenskit.knn.ease import EASEScorer
    data = from_interactions_df(pd.DataFrame(train, columns=["user_id", "item_id"]))
    for ours, name, scorer in [
        ("Popular", "lenskit PopScorer", PopScorer()),
        ("ItemKNN", "lenskit ItemKNNScorer, 100 neighbours, implicit", ItemKNNScorer(max_nbrs=100, feedback="implicit")),
        ("EASE", "lenskit EASEScorer, regularization 300", EASEScorer(regularization=300)),
        ("ALS", "lenskit ImplicitMFScorer, 64 factors, 15 epochs", ImplicitMFScorer(embedding_size=64, epochs=15)),
    ]:
        pipe = topn_pipeline(scorer)
        begun = time.perf_counter()
        pipe.train(data)
        took = time.perf_counter() - begun
        begun = time.perf_counter()
        lists = {u: list(recommend(pipe, u, K).ids()) for u in who}
        yield ours, name, took, time.perf_counter() - begun, lists


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--data"), p.add_argument("--work"), p.add_argument("--threads", type=int)
    a = p.parse_args()
    folder = os.path.join(a.data, "recsys", "ml-100k")
    if os.path.exists(os.path.join(folder, "ua.test.gz")):
        what, (train, test) = "ml-100k ua", ml100k(folder)
    else:
        what, (train, test) = f"a made-up shop (there is no {folder})", made_up()
    for name, rows in ("train", train), ("test", test):
        with open(os.path.join(a.work, name + ".tsv"), "w") as f:
            f.write("customer\titem\n" + "".join(f"{u}\t{i}\n" for u, i in rows))
    known = {u for u, _ in train}
    relevant = defaultdict(set)
    for u, i in test:
        if u in known:
            relevant[u].add(i)
    who = sorted(relevant)
    print(f"{what}: {len(train)} interactions, {len(who)} customers scored, {a.threads} threads\n")
    ours = {}
    for line in subprocess.run([os.path.join(a.work, "ours"), a.work], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines():
        r = json.loads(line)
        ours[r["model"]] = (r["train_s"], r["ask_s"], *score(r["lists"], relevant))
    print("| model | ours: train s | recall@20 | ndcg@20 | ask ms | peer | train s | recall@20 | ndcg@20 | ask ms | ours / peer: train | recall | ndcg |")
    print("| --- " * 13 + "|")
    def each():
        yield from implicit_models(train, who, a.threads)
        yield from lenskit_models(train, who)
    for model, name, took, ask, lists in sorted(each(), key=lambda x: list(ours).index(x[0])):
        t, q, r, n = ours[model]
        r2, n2 = score(lists, relevant)
        print(f"| {model} | {t:.2f} | {r:.3f} | {n:.3f} | {q / len(who) * 1e3:.2f} | {name} | {took:.2f} | {r2:.3f} | {n2:.3f} | {ask / len(who) * 1e3:.2f} | {t / took:.2f} | {r / r2:.2f} | {n / n2:.2f} |")


main()
