#!/bin/sh
# Runs the fuzz targets: fuzz/run.sh [SECONDS [TARGET ...]], 20 seconds each by default. Works with stable Rust and a
# C++ compiler; neither cargo-fuzz nor a nightly toolchain is needed. Exit status: 0 nothing was found, 1 a target
# failed (the input is in fuzz/artifacts), 3 the targets could not run.
set -u
cd "$(dirname "$0")" || exit 3

seconds=${1:-20}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- parser tape topology notices

not_run() {
    echo "fuzz: NOT RUN: $1" >&2
    exit 3
}

command -v cargo >/dev/null || not_run "there is no cargo"
command -v "${CXX:-c++}" >/dev/null || not_run "there is no C++ compiler (c++ or \$CXX), which libFuzzer is built with"
host=$(rustc -vV | sed -n 's/^host: //p')
case $host in
*-linux-gnu | *-apple-darwin) ;;
*) not_run "libFuzzer is not built for $host here" ;;
esac

# The flags that cargo-fuzz sets for libFuzzer's coverage, without the sanitizers, which need nightly.
export RUSTFLAGS="${RUSTFLAGS:-} --cfg fuzzing -Ccodegen-units=1 -Cpasses=sancov-module \
-Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
# With an explicit target, cargo does not instrument build scripts.
cargo build --release --target "$host" || not_run "the targets did not build"

failed=0
for target in "$@"; do
    mkdir -p "corpus/$target" "artifacts/$target"
    binary="${CARGO_TARGET_DIR:-target}/$host/release/$target"
    [ -x "$binary" ] || not_run "there is no target $target"
    log="artifacts/$target.log"
    echo "fuzz: $target for $seconds s"
    if "$binary" -max_total_time="$seconds" -dict=resp.dict -max_len=4096 -timeout=10 \
        -print_final_stats=1 -artifact_prefix="artifacts/$target/" "corpus/$target" seeds >"$log" 2>&1; then
        echo "fuzz: $target: nothing found in $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
    else
        tail -n 40 "$log" >&2
        echo "fuzz: $target FAILED, see fuzz/artifacts/$target" >&2
        failed=1
    fi
done
exit $failed
