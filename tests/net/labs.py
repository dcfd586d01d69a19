# SPDX-License-Identifier: ISC
"""Labs of `swctl lab`, and what a machine consists of before and after."""
import json
import os
import pwd
import re
import shutil
import subprocess
import time

from daemon import SWCTL, SWITCHD

NOBODY = pwd.getpwnam("nobody")


def namespaces():
    """Every namespace that a process, or a name, keeps alive."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for kind in "net", "mnt", "pid", "user", "uts", "ipc":
            try:
                found.add(os.readlink(f"/proc/{pid}/ns/{kind}"))
            except OSError:  # it has ended
                pass
    return found | {f"name {n}" for n in os.listdir("/run/netns")}


def processes():
    """{pid: command line}, but for this one's own children of the moment."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                found[int(pid)] = f.read().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            pass
    return found


def output(*cmd):
    return subprocess.run(cmd, stdout=subprocess.PIPE, text=True, check=True).stdout


def machine():
    """What must be the same before a lab and after."""
    links = re.findall(r"^\d+: ([^:@]+)", output("ip", "-o", "link"), re.M)
    sockets = sorted(line.split()[0] + " " + line.split()[-2] for line in output("ss", "-Hxlun").splitlines()
                     if "switchd" in line or line.startswith("udp"))
    with open("/proc/self/mountinfo") as f:
        mounts = sorted(line.split()[4] for line in f)
    folders = [d for top in ("/run/switchd/labs", f"/run/user/{NOBODY.pw_uid}/switchd/labs")
               for d, _, _ in os.walk(top)]
    return {"namespaces": namespaces(), "links": links, "sockets": sockets, "mounts": mounts,
            "processes": set(processes().items()), "folders": folders}


def differences(before, after):
    """In words; nothing where there are none."""
    return {k: (before[k], after[k]) for k in before if before[k] != after[k]}


class Labs:
    """Runs swctl, as root or as nobody, with lab files in a folder of its own."""

    def __init__(self, folder, user=None):
        self.folder = folder
        self.prefix = []
        self.env = {k: v for k, v in os.environ.items() if k not in ("XDG_RUNTIME_DIR", "SWITCHD_SOCKET")}
        self.env["SWITCHD"] = str(SWITCHD)
        self.env["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
        self.swctl = str(SWCTL)
        self.ups = []
        if user:
            # the programs may be where only root can go
            for program in SWCTL, SWITCHD:
                shutil.copy(program, folder)
                os.chmod(folder / os.path.basename(program), 0o755)
            self.prefix = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
            self.swctl = str(folder / os.path.basename(SWCTL))
            self.env["SWITCHD"] = str(folder / os.path.basename(SWITCHD))
            # short, as where systemd puts it: paths of sockets are
            runtime = f"/run/user/{user.pw_uid}"
            os.makedirs(runtime, exist_ok=True)
            os.chown(runtime, user.pw_uid, user.pw_gid)
            self.env["XDG_RUNTIME_DIR"] = runtime
            os.chmod(folder, 0o755)

    def write(self, lab):
        path = self.folder / f"{lab['name']}.json"
        path.write_text(json.dumps(lab))
        path.chmod(0o644)
        self.ups.append(lab["name"])
        return path

    def popen(self, *args, **kw):
        return subprocess.Popen([*self.prefix, self.swctl, *map(str, args)], env=self.env, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kw)

    def run(self, *args, status=0, timeout=80, **kw):
        """Standard output; of a failure what is wrong."""
        p = self.popen(*args, **kw)
        out, err = p.communicate(timeout=timeout)
        assert p.returncode == status, (args, p.returncode, out, err)
        assert "Sanitizer" not in err and "runtime error" not in err, err
        return out if status == 0 else err

    def up(self, lab, **kw):
        return self.run("lab", "up", self.write(lab), **kw)

    def down(self, name):
        return self.run("lab", "down", name)

    def exec(self, name, host, *command, **kw):
        return self.run("lab", "exec", host, "--lab", name, "--", *command, **kw)

    def status(self, name):
        p = self.popen("lab", "status", name, "--json")
        return json.loads(p.communicate(timeout=30)[0])

    def nodes(self, name):
        return {n["name"]: n for n in self.status(name)["nodes"]}

    def state(self, name):
        """What is written of it: tests look for the numbers of processes there."""
        with open(os.path.join(self.status(name)["dir"], "state.json")) as f:
            return json.load(f)

    def reaches(self, name, a, b, wait=2):
        p = self.popen("lab", "exec", a, "--lab", name, "--", "ping", "-c", "1", "-W", str(wait), "-q", b)
        p.communicate(timeout=30)
        return p.returncode == 0

    def close(self):
        for name in set(self.ups):
            self.run("lab", "down", name)


def settled(before, seconds=5):
    """Waits until the machine is as it was; what differs where it does not become so."""
    deadline = time.monotonic() + seconds
    while (wrong := differences(before, machine())) and time.monotonic() < deadline:
        time.sleep(0.05)
    return wrong
