"""The terminal while several accounts are mirrored: one line each, always the newest."""

import re

from orders.management.board import Board


def screen_after(written: str) -> list[str]:
    """The lines of a terminal that understands going up, returning and clearing what follows."""
    lines, row = [""], 0
    for piece in re.findall(r"\033\[\d*[AJ]|\r|\n|[^\033\r\n]+", written):
        if piece.endswith("A") and piece.startswith("\033"):
            row -= int(piece[2:-1])
        elif piece == "\033[J":
            lines = [*lines[:row], ""]
        elif piece == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif piece != "\r":
            lines[row] = piece
    return [line for line in lines if line]


def test_each_line_is_replaced_in_its_place_and_reports_stay_above() -> None:
    written: list[str] = []
    board = Board(written.append)
    board.show(1, "One: 100")
    board.show(2, "Two: 7")
    board.show(1, "One: 200")
    assert screen_after("".join(written)) == ["One: 200", "Two: 7"]

    board.drop(1, lambda: written.append("One is done.\n"))
    board.show(2, "Two: 8")
    assert screen_after("".join(written)) == ["One is done.", "Two: 8"]

    board.drop(2)
    assert screen_after("".join(written)) == ["One is done."]


def test_a_line_never_wraps() -> None:
    written: list[str] = []
    Board(written.append).show(1, "x" * 5000)
    assert max(len(line) for line in screen_after("".join(written))) < 5000
