"""A class without a network: bundles an experiment of a hub, unpacks it elsewhere, makes it read-only, and runs it there as
another user (if this is root), four at once, with no network and an empty home. The tables have to equal those of a run
online byte for byte, nothing in the bundle may change, and Python's huggingface_hub has to read it as it is.

    python3 tests/safety/offline_class.py --binary target/release/runner --hub http://127.0.0.1:PORT \
        [--python VENV/bin/python] [--experiment experiments/es_minilm.toml]

The hub serves unimelb-nlp/wikiann and sentence-transformers/all-MiniLM-L6-v2. --python has huggingface_hub.
"""
import argparse
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import zipfile

SMALL = """
[data]
dataset = "unimelb-nlp/wikiann"
language = "es"
train_size = 64
test_size = 100

[model]
checkpoint = "sentence-transformers/all-MiniLM-L6-v2"
max_length = 64

[train]
max_steps = 8

[matrix]
model.freeze = [true, false]
"""
NOWHERE = "http://127.0.0.1:9"
NOBODY = 65534

READS = """
import sys
from huggingface_hub import hf_hub_download, snapshot_download
model, data = "sentence-transformers/all-MiniLM-L6-v2", "unimelb-nlp/wikiann"
print(hf_hub_download(model, "model.safetensors", local_files_only=True))
print(hf_hub_download(data, "es/test-00000-of-00001.parquet", repo_type="dataset", local_files_only=True))
print(snapshot_download(model, local_files_only=True))
print(snapshot_download(data, repo_type="dataset", local_files_only=True))
"""


def hashes(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file() and ".run" not in path.parts)
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--hub", required=True)
    parser.add_argument("--python")
    parser.add_argument("--experiment", type=pathlib.Path)
    arguments = parser.parse_args()
    root = pathlib.Path(tempfile.mkdtemp(prefix="offline-class-"))
    root.chmod(0o755)
    runner = root / "runner"
    shutil.copy(arguments.binary, runner)
    base = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING", "TRANSFORMERS"))}
    teacher = root / "teacher"
    teacher.mkdir()
    text = arguments.experiment.read_text() if arguments.experiment else SMALL
    (teacher / "x.toml").write_text(text)
    token = "hf_" + "secret" * 5
    (teacher / "hf").mkdir()
    (teacher / "hf" / "token").write_text(token)
    online = base | {"HF_ENDPOINT": arguments.hub, "HF_HOME": str(teacher / "hf"), "HF_TOKEN": token, "NO_PROXY": "127.0.0.1"}

    def run(command, env, cwd, **more):
        done = subprocess.run([str(part) for part in command], env=env, cwd=cwd, capture_output=True, text=True, **more)
        assert done.returncode == 0, (command, done.returncode, done.stdout, done.stderr)
        return done.stdout

    run([runner, "run", "x.toml"], online, teacher)
    wanted = hashes(teacher / "results" / "x")
    for out in ["class", "class.zip", "class.tar.gz"]:
        print(run([runner, "fetch", "x.toml", "--bundle", out], online, teacher).splitlines()[-1])

    room = root / "room"
    room.mkdir()
    zipfile.ZipFile(teacher / "class.zip").extractall(room)
    bundle = room / "class"
    assert hashes(bundle) == hashes(teacher / "class"), "the folder and the archive are the same"
    for path in bundle.rglob("*"):
        assert not path.is_symlink(), path
        if path.is_file():
            content = path.read_bytes()
            for private in [token, str(teacher), str(pathlib.Path.home())]:
                assert private.encode() not in content, (path, private)
    before = hashes(bundle)
    for path in [bundle, *bundle.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)

    is_root = os.geteuid() == 0
    as_other = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if is_root else {}
    students = []
    for number in range(4):
        home = root / f"student{number}"
        home.mkdir()
        if is_root:
            os.chown(home, NOBODY, NOBODY)
        env = base | {"HF_ENDPOINT": NOWHERE, "HOME": str(home), "HF_HUB_CACHE": str(bundle / "hub")}
        command = [runner, "run", "experiments/x.toml", "--offline", "--threads", "1", "--out", home / "results"]
        students.append((home, subprocess.Popen([str(part) for part in command], env=env, cwd=bundle,
                                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **as_other)))
    for home, student in students:
        said = student.communicate()
        assert student.returncode == 0, said
        found = hashes(home / "results" / "x")
        assert found == wanted, {name for name in wanted | found if wanted.get(name) != found.get(name)}
    print("4 at once:", len(wanted), "files each, equal to those online")
    env = base | {"HF_ENDPOINT": NOWHERE, "HOME": str(root / "student0")}
    print(run([runner, "fetch", "experiments/x.toml", "--check", "."], env, bundle, **as_other).strip())
    if arguments.python:
        env = base | {"HF_ENDPOINT": NOWHERE, "HOME": str(root / "student1"), "HF_HUB_CACHE": str(bundle / "hub")}
        found = run([arguments.python, "-c", READS], env, root, **({} if is_root else as_other)).splitlines()
        assert len(found) == 4 and all(pathlib.Path(path).exists() for path in found), found
        print("huggingface_hub reads", *found, sep="\n  ")
    assert hashes(bundle) == before, "nothing in the bundle changed"
    for path in [bundle, *bundle.rglob("*")]:
        path.chmod(0o755)
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
