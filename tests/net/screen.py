# SPDX-License-Identifier: ISC
"""A program on a terminal: tmux holds the terminal, keys are pressed and the picture is read."""
import shlex

from netns import sh
from wait import wait_until


class Screen:
    """
    A shell script on a terminal of its own.  What stty says of the terminal before and after the program
    is kept beside it, for a program that has to leave it as it was.
    """

    def __init__(self, directory, name, command, width=80, height=24, **environment):
        self.socket = directory / f"{name}.tmux"
        self.before, self.after = directory / f"{name}.before", directory / f"{name}.after"
        self.status, self.pid_file = directory / f"{name}.status", directory / f"{name}.pid"
        env = {"LC_ALL": "C.UTF-8", **environment}
        words = " ".join(f"{k}={shlex.quote(v)}" for k, v in env.items())
        program = " ".join(shlex.quote(str(c)) for c in command)
        script = (f"stty -a > {self.before}; "
                  f"sh -c 'echo $$ > {self.pid_file}; exec env {words} {program}'; "
                  f"echo $? > {self.status}.new; stty -a > {self.after}; mv {self.status}.new {self.status}; "
                  "echo the end; exec sleep 1000")
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", width, "-y", height, script)
        self._tmux("set-option", "-g", "window-size", "manual")

    def _tmux(self, *args):
        return sh("tmux", "-S", self.socket, *args).stdout

    @property
    def pid(self):
        return int(wait_until(lambda: self.pid_file.exists() and self.pid_file.read_text(), what="the program"))

    def keys(self, *names):
        """As tmux calls them: "q", "Enter", "Escape", "Down", "/"."""
        for name in names:
            self._tmux("send-keys", name)

    def type(self, text):
        self._tmux("send-keys", "-l", text)

    def text(self):
        return self._tmux("capture-pane", "-p")

    def lines(self):
        return self.text().splitlines()

    def coloured(self):
        return self._tmux("capture-pane", "-p", "-e")

    def is_asking(self, what):
        return self._tmux("display-message", "-p", f"#{{{what}}}").strip()

    def resize(self, width, height):
        self._tmux("resize-window", "-x", width, "-y", height)

    def wait(self, pred, what):
        """Until pred(picture) is true; returns what it returned.  The picture is shown if it is not."""
        seen = [""]

        def look():
            seen[0] = self.text()
            return pred(seen[0])
        try:
            return wait_until(look, what=what)
        except AssertionError as e:
            raise AssertionError(f"{e}; the screen:\n{seen[0]}") from None

    def row(self, first):
        """The words of the line that begins with this word, None where there is none."""
        for line in self.lines():
            words = line.split()
            if words and words[0] == first:
                return words
        return None

    def ended(self):
        """The exit status, when the program has ended and its terminal was looked at."""
        return int(wait_until(lambda: self.status.exists() and self.status.read_text(), what="the program to end"))

    def check_restored(self):
        assert self.after.read_text() == self.before.read_text(), "the terminal is not as it was"
        assert self.is_asking("alternate_on") == "0" and self.is_asking("cursor_flag") == "1"
        assert "the end" in self.wait(lambda s: "the end" in s and s, "the line after the program")

    def close(self):
        self._tmux("kill-server")
