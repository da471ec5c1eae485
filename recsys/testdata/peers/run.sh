#!/usr/bin/env bash
# Puts our models beside their peers in Python on one split, in one run:
# training time and quality, and ours as a ratio of theirs.
#
#   recsys/testdata/peers/run.sh [--data DIR] [--venv DIR] [--threads N]
#
# --data is laid out as `parley eval` wants it; with recsys/ml-100k in it the
# split is ua of ml-100k (test P2), else a made-up shop. --venv is a folder for
# the Python packages (some GB, since lenskit brings torch); it is made once.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
data=${PARLEY_DATA:-$root/../shared/data} venv=$here/.venv threads=$(nproc)
while [ $# -gt 0 ]; do
	case $1 in
	--data) data=$2 ;;
	--venv) venv=$2 ;;
	--threads) threads=$2 ;;
	*) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
	esac
	shift 2
done
if [ ! -x "$venv/bin/python" ]; then
	python3 -m venv "$venv"
fi
"$venv/bin/python" -c 'import implicit, lenskit' 2>/dev/null ||
	"$venv/bin/pip" install --quiet implicit==0.7.3 lenskit==2025.8.1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The peers' own advice: one thread for the BLAS below their own threads.
export OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 OMP_NUM_THREADS=$threads NUMBA_NUM_THREADS=$threads LK_NUM_THREADS=$threads GOMAXPROCS=$threads
(cd "$root" && go build -o "$work/ours" "$here/ours.go")
"$venv/bin/python" "$here/peers.py" --data "$data" --work "$work" --threads "$threads"
