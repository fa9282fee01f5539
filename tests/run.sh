#!/usr/bin/env bash
# Builds everything and runs all tests. Needs the .NET SDK and the package feed of the machine, nothing else: no root,
# no kernel, no clang. Ends with one line "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1
results=$(mktemp -d) || exit 1
trap 'rm -rf "$results"' EXIT

dotnet test BpfVerifier.slnx --configuration Release --nologo --logger trx --results-directory "$results" "$@"
status=$?

# One <Counters total=… passed=… failed=…/> a test project.
count() {
    local total=0 number
    for number in $(cat "$results"/*.trx 2>/dev/null | grep -o '<Counters [^>]*' | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n'); do
        total=$((total + number))
    done
    echo "$total"
}
passed=$(count passed)
failed=$(count failed)
# A project that does not build runs no test and leaves no count.
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
    failed=1
fi
echo "$passed passed, $failed failed"
exit "$status"
