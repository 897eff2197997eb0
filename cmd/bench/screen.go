package main

import (
	"strings"
	"unicode/utf8"
)

// A screen is what a terminal shows of what imapscope inspect writes to it: text is placed by
// CUP, styles change by SGR, and ED clears. It skips other control sequences, and takes every
// character for one column wide.
type screen struct {
	cells    [][]cell
	row, col int
	reverse  bool
	rest     []byte // a sequence or a character of which the end has not arrived
}

// cell is a character of a screen.
type cell struct {
	char    rune
	reverse bool
}

func newScreen(rows, cols int) *screen {
	s := &screen{cells: make([][]cell, rows)}
	for i := range s.cells {
		s.cells[i] = make([]cell, cols)
	}
	s.clear()
	return s
}

func (s *screen) clear() {
	for _, line := range s.cells {
		for i := range line {
			line[i] = cell{char: ' '}
		}
	}
}

// Write shows what a program writes. It never fails.
func (s *screen) Write(p []byte) (int, error) {
	b := append(s.rest, p...)
	for len(b) > 0 {
		n := s.next(b)
		if n == 0 {
			break
		}
		b = b[n:]
	}
	s.rest = append(s.rest[:0], b...)
	return len(p), nil
}

// next shows the first character or sequence of b, and returns its length; 0 if b has not all
// of it.
func (s *screen) next(b []byte) int {
	switch {
	case b[0] == '\x1b':
		return s.sequence(b)
	case b[0] == '\r':
		s.col = 0
	case b[0] == '\n':
		s.row++
	case b[0] >= ' ':
		if !utf8.FullRune(b) {
			return 0
		}
		r, n := utf8.DecodeRune(b)
		s.put(r)
		return n
	}
	return 1
}

func (s *screen) put(r rune) {
	if s.row < len(s.cells) && s.col < len(s.cells[s.row]) {
		s.cells[s.row][s.col] = cell{r, s.reverse}
	}
	s.col++
}

// sequence does what an escape sequence asks for, and returns its length; 0 if b has not all
// of it.
func (s *screen) sequence(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '[':
		for i, c := range b[2:] {
			if c >= '@' && c <= '~' {
				s.control(string(b[2:2+i]), c)
				return 3 + i
			}
		}
		return 0
	case ']': // as far as BEL or ST
		for i := 2; i < len(b); i++ {
			switch {
			case b[i] == '\a':
				return i + 1
			case b[i] == '\x1b' && i+1 < len(b):
				return i + 2
			}
		}
		return 0
	case '(':
		if len(b) < 3 {
			return 0
		}
		return 3
	}
	return 2
}

// control does what a control sequence asks for.
func (s *screen) control(params string, final byte) {
	switch final {
	case 'H':
		at := numbers(params)
		s.row, s.col = max(at[0]-1, 0), max(at[1]-1, 0)
	case 'J':
		s.clear()
	case 'm':
		switch params {
		case "", "0":
			s.reverse = false
		case "7":
			s.reverse = true
		}
	}
}

// numbers returns the first two of a sequence's parameters; 0 for one that is missing.
func numbers(params string) (n [2]int) {
	for i, p := range strings.SplitN(params, ";", 2) {
		for _, c := range []byte(p) {
			if c >= '0' && c <= '9' && n[i] < 1e6 {
				n[i] = 10*n[i] + int(c-'0')
			}
		}
	}
	return n
}

// line returns the text of a row, without spaces at its end.
func (s *screen) line(row int) string {
	var b strings.Builder
	for _, c := range s.cells[row] {
		b.WriteRune(c.char)
	}
	return strings.TrimRight(b.String(), " ")
}

// String returns the text of the screen.
func (s *screen) String() string {
	var b strings.Builder
	for row := range s.cells {
		b.WriteString(s.line(row) + "\n")
	}
	return b.String()
}

// A sight is what a person sees on the screen of imapscope inspect.
type sight struct {
	rows   bool   // there is a transaction
	row    string // the transaction under the cursor, and where it is on the screen
	title  string // of the transactions
	focus  string // the name of the pane that has the focus
	detail string // everything below its title
	foot   string // the last line
}

// look returns what is seen on the screen.
func (s *screen) look() (is sight) {
	var detail strings.Builder
	pane := ""
	for row, line := range s.cells {
		text := s.line(row)
		for _, name := range []string{"Connections", "Transactions", "Detail"} {
			if strings.HasPrefix(text, " "+name+" ") {
				pane = name
				if line[1].reverse {
					is.focus = name
				}
				if name == "Transactions" {
					is.title = text
				}
			}
		}
		switch {
		case row == len(s.cells)-1:
			is.foot = text
		case pane == "Transactions" && !strings.HasPrefix(text, " T") && strings.Contains(text, ":") && hasTime(text):
			is.rows = true
			if line[3].reverse {
				is.row = string(rune('A'+row)) + text
			}
		case pane == "Detail":
			detail.WriteString(text)
			if len(line) > 0 && line[0].reverse {
				detail.WriteByte('<')
			}
		}
	}
	is.detail = detail.String()
	return is
}

// hasTime reports whether a text has a time of day, as each transaction does.
func hasTime(text string) bool {
	for i := 0; i+8 <= len(text); i++ {
		if text[i+2] == ':' && text[i+5] == ':' && text[i] >= '0' && text[i] <= '9' {
			return true
		}
	}
	return false
}
