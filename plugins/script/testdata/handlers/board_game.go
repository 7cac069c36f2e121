// > 0 0
// < X..|...|...
// > 1 1
// < X..|.O.|...
// > 1 1
// < taken
// > 0 1
// < XX.|.O.|...
// > 2 2
// < XX.|.O.|..O
// > 0 2
// < X wins
package main

import (
	"fmt"
	"strings"

	"wshd/plugins/wsh"
)

type cell byte

const (
	empty cell = iota
	cross
	nought
)

func (c cell) String() string { return ".XO"[c : c+1] }

type board [3][3]cell

// play returns the board after a move: boards are values.
func (b board) play(x, y int, c cell) (board, bool) {
	if b[x][y] != empty {
		return b, false
	}
	b[x][y] = c
	return b, true
}

func (b board) wins(c cell) bool {
	lines := [...][3][2]int{{{0, 0}, {1, 1}, {2, 2}}, {{0, 2}, {1, 1}, {2, 0}}}
	for _, l := range lines {
		if b[l[0][0]][l[0][1]] == c && b[l[1][0]][l[1][1]] == c && b[l[2][0]][l[2][1]] == c {
			return true
		}
	}
	want := [3]cell{c, c, c}
	for i := range b {
		if b[i] == want || [3]cell{b[0][i], b[1][i], b[2][i]} == want {
			return true
		}
	}
	return false
}

func (b board) String() string {
	var rows []string
	for _, row := range b {
		s := ""
		for _, c := range row {
			s += c.String()
		}
		rows = append(rows, s)
	}
	return strings.Join(rows, "|")
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	var b board
	turn, seen := cross, map[board]int{}
	return r.Each(func(m wsh.Message) error {
		var x, y int
		if _, err := fmt.Sscan(m.Text(), &x, &y); err != nil {
			return err
		}
		next, ok := b.play(x, y, turn)
		if !ok {
			return r.SendText("taken")
		}
		seen[next]++
		if next.wins(turn) {
			b, turn = board{}, cross
			return r.SendText("X wins")
		}
		b, turn = next, cross+nought-turn
		return r.SendText(b.String())
	})
}
