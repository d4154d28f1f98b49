#!/bin/sh
# Makes the hash-pinned requirements anew from pyproject.toml: names, versions and hashes, no addresses.
set -eu
cd "$(dirname "$0")/.."
compile() {
  .venv/bin/uv pip compile - --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
    --no-annotate -q "$@"
}
for extra in dev bench spark; do
  .venv/bin/uv pip compile pyproject.toml --extra "$extra" --universal --python-version 3.11 --generate-hashes \
    --no-header --no-emit-index-url --no-annotate -q -o "requirements/$extra.txt" "$@"
done
grep -o '^uv==[^ ]*' requirements/dev.txt | compile -o requirements/uv.txt
echo pip-audit | compile -o requirements/audit.txt
