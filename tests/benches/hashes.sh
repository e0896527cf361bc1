#!/usr/bin/env bash
# The SHA-256 of what an experiment leaves, one line for each way to run it: of the tables, the predictions and the kept
# models, the first 16 digits. Equal lines are equal bytes.
#
#     tests/benches/hashes.sh experiments/quickstart.toml
#     tests/benches/hashes.sh experiments/es_minilm.toml --only train_size=1000,freeze=false --offline
#
# Runs the experiment with AVX-512, with AVX2 and with the scalar reference forced (`ISAS="avx512 avx2"` chooses), each in
# a fresh folder; ends with 1 where one cannot be run, as AVX-512 on a processor without it, or where lines differ. Each line of RUNNERS (else target/release/runner alone) is a
# program to do it with, so that other processors and builds can be set beside it, for which no instruction set is forced:
#
#     RUNNERS='qemu-x86_64 -cpu Haswell target/release/runner
#     qemu-aarch64 -L /usr/aarch64-linux-gnu target/aarch64-unknown-linux-gnu/release/runner' \
#         tests/benches/hashes.sh experiments/quickstart.toml --set train.max_steps=2
set -euo pipefail

experiment=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

hash_of() { # the files of the folder $1 (tables lie at its top) whose paths match $2, by path and content
    (cd "$1" && find . -path "$2" -not -name timings.csv -type f | LC_ALL=C sort | xargs -r sha256sum | sha256sum | cut -c1-16)
}

run() { # what to call it, then the command
    local name=$1 out=$folder/$1 root line
    shift
    if ! "$@" run "$experiment" --device cpu --out "$out" "${options[@]}" >"$folder/said" 2>&1; then
        printf '%-24s failed\n' "$name"
        cat "$folder/said" >&2
        status=1
        return
    fi
    root=$(echo "$out"/*)
    line="$(hash_of "$root" './*.csv')  $(hash_of "$root" './predictions/*')  $(hash_of "$root" './.run/models/*.safetensors')"
    printf '%-24s %s\n' "$name" "$line"
    [ "$line" = "${first:=$line}" ] || status=1
}

options=("$@")
first= status=0 number=0
printf '%-24s %-16s  %-16s  %s\n' '' tables predictions models
if [ -n "${RUNNERS:-}" ]; then
    while read -ra command; do
        number=$((number + 1))
        run "$number:$(basename "${command[0]}")" "${command[@]}"
    done <<<"$RUNNERS"
else
    for isa in ${ISAS:-avx512 avx2 scalar}; do
        run "$isa" env RUNNER_ISA="$isa" target/release/runner
    done
fi
exit "$status"
