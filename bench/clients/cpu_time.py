"""The CPU time of another process."""

import os


def cpu_seconds(pid):
    """The CPU time that a process has used: proc_pid_stat(5), `utime` and `stime`."""
    with open(f"/proc/{pid}/stat", encoding="latin-1") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
