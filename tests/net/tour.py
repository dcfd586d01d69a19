# SPDX-License-Identifier: ISC
"""Documents that show commands and what they print: the ```console blocks are run, and compared with."""
import re
import subprocess

# What differs from run to run; the rest has to be as it is printed.
VOLATILE = (
    (r"\b\d\d:\d\d:\d\d\.\d+", "CLOCK"),
    (r"[\d./]+ ?ms\b", "MS"),
    (r"\b\d+s\b", "AGE"),
    (r"\b\d+\.\d s\b", "SECONDS"),
    (r"\b[\d.]+ [kM]?B\b", "BYTES"),
    (r"(BYTES\s+BYTES\s+)\d+$", r"\1DROPS"),  # multicast of a card that was alone at first
    (r"\s+", " "),
)

PROMPTS = ("# ", "$ ")


def steps(text):
    """[(command, [line of output...])...]"""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.M | re.S):
        for line in block.splitlines():
            if line.startswith(PROMPTS):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def plain(lines, volatile=VOLATILE):
    out = []
    for line in lines:
        for pattern, word in volatile:
            line = re.sub(pattern, word, line)
        out.append(line.strip())
    return [line for line in out if line]


def run(commands, script, cwd, env, prefix=(), timeout=60):
    """Runs them in one shell, as a reader does; [(exit status, [line...])...] of those it got to."""
    output = script.with_suffix(".out")
    script.write_text("".join(f"{command}\nprintf '\\n@@@ %d\\n' $?\n" for command in commands))
    script.chmod(0o644)
    with open(output, "wb") as f:  # a pipe would stay open as long as anything in the background
        subprocess.run([*prefix, "timeout", str(timeout), "bash", script], cwd=cwd, env=env, check=False,
                       stdin=subprocess.DEVNULL, stdout=f, stderr=subprocess.STDOUT)
    parts = re.split(r"^@@@ (\d+)\n", output.read_text(errors="replace"), flags=re.M)
    return [(int(status), text.splitlines()) for text, status in zip(parts[0::2], parts[1::2])]
