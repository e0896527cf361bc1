#!/usr/bin/env python3
"""A command's last screen in a terminal, as an SVG.

    docs/terminal.py docs/run.svg 80x24 "runner run experiments/quickstart.toml"

Runs the command in a pseudo-terminal of this size, in the current folder, and draws what the screen shows at the end
below the command itself. `runner` is found on the path. Lines that scrolled away are left out. It knows the control
sequences that the program writes, and stops at any other.
"""

import codecs
import fcntl
import html
import os
import pty
import re
import struct
import sys
import termios

CELL, LINE, MARGIN = 8.4, 19, 16  # pixels
COLORS = ["#6b7280", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#76e3ea", "#e6edf3"]
TEXT, BACKGROUND = "#e6edf3", "#0d1117"


class Screen:
    """Rows of cells, each a character with its style: (color, is_bold, is_dim)."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [[]]
        self.row = self.column = 0
        self.style = (None, False, False)

    def top(self):
        """The first line that is on the screen."""
        return max(0, len(self.lines) - self.rows)

    def down(self):
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append([])

    def put(self, character):
        if self.column == self.columns:
            self.column = 0
            self.down()
        line = self.lines[self.row]
        line.extend([(" ", (None, False, False))] * (self.column + 1 - len(line)))
        line[self.column] = (character, self.style)
        self.column += 1

    def control(self, parameters, final):
        numbers = [int(number) for number in re.findall(r"\d+", parameters)]
        count = numbers[0] if numbers else 1
        if final == "A":
            self.row = max(self.top(), self.row - count)
        elif final == "B":
            self.row = min(len(self.lines) - 1, self.row + count)
        elif final == "C":
            self.column = min(self.columns - 1, self.column + count)
        elif final == "D":
            self.column = max(0, self.column - count)
        elif final == "G":
            self.column = min(self.columns, count) - 1
        elif final == "K":
            whole = bool(numbers) and numbers[0] == 2
            del self.lines[self.row][0 if whole else self.column:]
        elif final == "J":
            del self.lines[self.row][self.column:]
            del self.lines[self.row + 1:]
        elif final == "m":
            numbers = numbers or [0]
            if numbers[:2] == [38, 5] and numbers[2] < 16:  # one of the 16 colors, written as one of 256
                numbers = [numbers[2] + (30 if numbers[2] < 8 else 82)]
            for number in numbers:
                self.paint(number)
        elif final not in "hl":
            sys.exit(f"terminal.py does not know the sequence ESC [ {parameters} {final}")

    def paint(self, number):
        color, bold, dim = self.style
        if number == 0:
            color, bold, dim = None, False, False
        elif number == 1:
            bold = True
        elif number == 2:
            dim = True
        elif number == 22:
            bold = dim = False
        elif number == 39:
            color = None
        elif 30 <= number <= 37 or 90 <= number <= 97:
            color = COLORS[number % 10]
        else:
            sys.exit(f"terminal.py does not know the style {number}")
        self.style = (color, bold, dim)

    def feed(self, text):
        """Writes whole sequences, and returns what is left of one that is cut off."""
        at = 0
        while at < len(text):
            character = text[at]
            if character == "\x1b":
                found = re.compile(r"\x1b\[([0-?]*)[ -/]*([@-~])").match(text, at)
                if not found:
                    if len(text) - at < 16:
                        return text[at:]
                    sys.exit(f"terminal.py does not know {text[at:at + 8]!r}")
                self.control(*found.groups())
                at = found.end()
                continue
            if character == "\r":
                self.column = 0
            elif character == "\n":
                self.down()
            elif character == "\b":
                self.column = max(0, self.column - 1)
            elif character >= " ":
                self.put(character)
            at += 1
        return ""

    def shown(self):
        """The lines on the screen, without empty ones at the end."""
        lines = self.lines[self.top():]
        while lines and all(character == " " for character, _ in lines[-1]):
            lines.pop()
        return lines


def watch(command, screen):
    """Runs the command on the screen and returns its exit status."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS=str(screen.columns), LINES=str(screen.rows))
        os.execvp("/bin/sh", ["sh", "-c", f"sleep 0.2; exec {command}"])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", screen.rows, screen.columns, 0, 0))
    decoder, left = codecs.getincrementaldecoder("utf-8")(), ""
    while True:
        try:
            read = os.read(terminal, 65536)
        except OSError:  # Linux: the other end is closed
            read = b""
        if not read:
            break
        left = screen.feed(left + decoder.decode(read))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def svg(screen):
    """The screen as text on a dark ground, which reads on light and dark pages."""
    lines = screen.shown()
    width = screen.columns * CELL + 2 * MARGIN
    height = len(lines) * LINE + 2 * MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', '
        f'monospace" font-size="14">',
        f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
    ]
    for number, line in enumerate(lines):
        y = MARGIN + number * LINE + 14
        start = 0
        while start < len(line):
            end = start + 1
            while end < len(line) and line[end][1] == line[start][1]:
                end += 1
            text = "".join(character for character, _ in line[start:end])
            if text.strip():
                color, bold, dim = line[start][1]
                weight = ' font-weight="bold"' if bold else ""
                faint = ' opacity="0.6"' if dim else ""
                out.append(
                    f'<text x="{MARGIN + start * CELL:.1f}" y="{y}" textLength="{len(text) * CELL:.1f}" '
                    f'xml:space="preserve" fill="{color or TEXT}"{weight}{faint}>{html.escape(text)}</text>'
                )
            start = end
    return "\n".join([*out, "</svg>"]) + "\n"


def main():
    if len(sys.argv) != 4 or not re.fullmatch(r"\d+x\d+", sys.argv[2]):
        sys.exit(__doc__)
    path, size, command = sys.argv[1:]
    columns, rows = map(int, size.split("x"))
    screen = Screen(columns, rows)
    screen.feed(f"\x1b[2m$\x1b[0m {command}\r\n")
    status = watch(command, screen)
    if status != 0:
        sys.exit(f"{command} ended with exit status {status}")
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(svg(screen))


if __name__ == "__main__":
    main()
