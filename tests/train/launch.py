"""Launches `python -m train` in several processes, as torchrun does, but imports torch only once.

    python -m tests.train.launch FOLDER < jobs.json

A job is a list: the number of processes, then the words of the command. The jobs run one after the
other in the working folder; what rank r of job j says goes to FOLDER/j-r.txt. Prints the exit codes
of the ranks of each job as one JSON line.
"""

import json
import os
import socket
import sys
import traceback
from pathlib import Path

from analysis.errors import run_command
from train.cli import main


def launch(out: Path, job: int, processes: int, words: list[str]) -> list[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    children = []
    for rank in range(processes):
        child = os.fork()
        if child == 0:
            _be_rank(out / f"{job}-{rank}.txt", rank, processes, port, words)
        (out / f"{job}-{rank}.pid").write_text(str(child))
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def _be_rank(said: Path, rank: int, processes: int, port: int, words: list[str]) -> None:
    """Become a rank; never returns."""
    code = 1
    try:
        with said.open("w") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        os.environ |= {
            "RANK": str(rank),
            "LOCAL_RANK": str(rank),
            "GROUP_RANK": "0",
            "WORLD_SIZE": str(processes),
            "LOCAL_WORLD_SIZE": str(processes),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
            "TORCHELASTIC_RUN_ID": "test",
        }
        code = run_command(main, words)
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    for number, (processes, *words) in enumerate(json.load(sys.stdin)):
        print(json.dumps(launch(Path(sys.argv[1]), number, processes, words)), flush=True)
