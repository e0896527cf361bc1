"""One experiment over a Slurm cluster: workers are killed, preempted and requeued, the controller is restarted.

    SLURM_CONF=... python3 tests/safety/slurm.py --binary target/release/runner [--jobs N] [--workers N] [--seed N]

It needs a cluster of one node on this machine, whose daemons this user may stop. When nothing is left, the committed files
have the bytes of a run on one machine.
"""
import argparse
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import workers as safety


def said(*command):
    return subprocess.run(command, capture_output=True, text=True)


class Cluster:
    """What happens to the tasks of a submission."""

    def __init__(self, job, submission, draw):
        self.job, self.submission, self.draw = job, submission, draw

    def tasks(self, state="RUNNING"):
        return said("squeue", "-h", "--array", "-j", self.job, "-t", state, "-o", "%i").stdout.split()

    def processes(self):
        pattern = f"{self.submission}/runner work"
        return [int(pid) for pid in said("pgrep", "-f", pattern).stdout.split()]

    def kill(self):
        """A worker dies: the script starts it again."""
        os.kill(self.draw.choice(self.processes()), signal.SIGKILL)

    def kill_all_of_a_task(self):
        """A script and its worker die at once."""
        pid = self.draw.choice(self.processes())
        parent = int(re.search(r"PPid:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])
        os.kill(parent, signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)

    def requeue(self):
        """A preemption: Slurm ends the task with SIGTERM, and runs it again."""
        said("scontrol", "requeue", self.draw.choice(self.tasks()))

    def notice(self):
        """The time limit is near: the script hears SIGUSR1."""
        said("scancel", "--batch", "--signal=USR1", self.draw.choice(self.tasks()))

    def terminate(self):
        """A notice by SIGTERM, as some sites send it."""
        said("scancel", "--batch", "--signal=TERM", self.draw.choice(self.tasks()))

    def restart_controller(self):
        """The controller is away for a while."""
        settings = dict(line.strip().split("=", 1) for line in open(os.environ["SLURM_CONF"]) if "=" in line)
        pid = int(open(settings["SlurmctldPidFile"]).read())
        os.kill(pid, signal.SIGTERM)
        while pathlib.Path(f"/proc/{pid}").exists():
            time.sleep(0.1)
        time.sleep(5)
        subprocess.run(["slurmctld"], check=True, stdin=subprocess.DEVNULL, capture_output=True)


def attempt(arguments, work):
    draw = random.Random(arguments.seed)
    file = work / "grid.toml"
    seeds = ", ".join(str(seed) for seed in range(arguments.jobs // 2))
    file.write_text(safety.GRID.format(seeds=seeds, steps=arguments.steps, test_size=40))
    began = time.monotonic()
    subprocess.run([arguments.binary, "run", file, "--out", work / "alone", "-q"], check=True, capture_output=True)
    print(f"{arguments.jobs} jobs by one process: {time.monotonic() - began:.0f} s")
    began = time.monotonic()
    done = said(arguments.binary, "submit", file, "--out", work / "shared", "--workers", str(arguments.workers),
                "--threads", "1", "--jobs", "1", "--", "--time=30", "--cpus-per-task=1")
    print(done.stdout + done.stderr)
    run = work / "shared/grid/.run"
    submission = safety.submissions(run)[-1]
    job = re.search(r'"jobs": \[\s*"(\d+)"', (submission / "scheduler.json").read_text())[1]
    cluster = Cluster(job, submission, draw)
    events = ["kill", "notice", "requeue", "restart_controller", "kill_all_of_a_task", "terminate", "kill", "notice"]
    while not (submission / "finished").exists():
        time.sleep(draw.uniform(2, 5))
        ready = len(cluster.tasks()) > 1 and len(cluster.processes()) > 1
        if events and ready:
            event = events.pop(0)
            getattr(cluster, event)()
            print(f"{time.monotonic() - began:5.1f} s: {event}")
        if time.monotonic() - began > arguments.limit:
            print(said(arguments.binary, "status", work / "shared/grid").stdout)
            raise safety.Failed(f"not finished after {arguments.limit} s")
        if not cluster.tasks() and not cluster.tasks("PENDING"):
            print("no task is left: submitting again")
            said(arguments.binary, "submit", file, "--out", work / "shared", "--workers", "2", "--threads", "1")
            submission = safety.submissions(run)[-1]
            job = re.search(r'"jobs": \[\s*"(\d+)"', (submission / "scheduler.json").read_text())[1]
            cluster = Cluster(job, submission, draw)
    print(f"finished after {time.monotonic() - began:.0f} s; {len(events)} events were left")
    entered = safety.journals(run)
    print(f"{sum(len(results) > 1 for results in entered.values())} trainings done twice")
    print(said(arguments.binary, "status", work / "shared/grid").stdout)
    alone = safety.committed(work / "alone/grid")
    safety.compare(alone, safety.committed(work / "shared/grid"))
    print(f"{len(alone)} committed files have the bytes of a run on one machine")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--jobs", type=int, default=40)
    parser.add_argument("--workers", type=int, default=6)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--limit", type=float, default=500, help="seconds until it must be finished")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="slurm-"))
    try:
        attempt(arguments, work)
    except safety.Failed as failed:
        sys.exit(f"FAILED: {failed}\nsee {work}")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
