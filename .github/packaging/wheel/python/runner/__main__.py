"""`python -m runner ARGUMENTS` runs the program with these arguments, and ends as it ends."""

import os
import signal
import subprocess
import sys

from runner import find_runner


def main():
    try:
        program = find_runner()
    except FileNotFoundError as error:
        print("error: {}".format(error), file=sys.stderr)
        # the status of the program where the environment lacks something
        return 3
    command = [program, *sys.argv[1:]]
    if os.name != "nt":
        # the program takes this process's place: signals reach it, and its status is the process's
        sys.stdout.flush()
        sys.stderr.flush()
        os.execv(program, command)
    # Windows has no such call: its own starts a second process and ends the first at once. Ctrl-C goes to every process of
    # the console, so this one only waits for the program, which stops by itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGBREAK"):
        signal.signal(signal.SIGBREAK, signal.SIG_IGN)
    return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main())
