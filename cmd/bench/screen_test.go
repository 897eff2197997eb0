package main

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// What a program writes is shown in the same way however it is cut.
func TestScreenShowsWhatIsWritten(t *testing.T) {
	const text = "\x1b[?25l\x1b[Hold\x1b[2J\x1b]8;;\x1b\\\x1b[1;2H\x1b(B\x1b[m\x1b[7mTransactions\x1b[m  5 ──\x1b]0;title\a" +
		"\x1b[2;1H\x1b[38;5;247;48;5;234m \x1b[1m 1/4 09:00:00.002 A4 NOOP\x1b[3;1H\x1b[7m  1/5 09:00:00.003 A5 NOOP\x1b(B\x1b[m" +
		"\x1b[4;2HDetail  1Annotated\x1b[5;1Hwords\x1b[6;2Hended x.pcap"
	for _, size := range []int{1, 2, 3, 7, len(text)} {
		s := newScreen(6, 40)
		for rest := []byte(text); len(rest) > 0; rest = rest[min(size, len(rest)):] {
			_, _ = s.Write(rest[:min(size, len(rest))])
		}
		is := s.look()
		if is.title != " Transactions  5 ──" || is.focus != "Transactions" || !is.rows || is.foot != " ended x.pcap" || is.reading() {
			t.Errorf("in pieces of %d bytes: %+v", size, is)
		}
		if is.row != "C  1/5 09:00:00.003 A5 NOOP" || !strings.Contains(is.detail, "words") {
			t.Errorf("in pieces of %d bytes, the cursor is on %q, and the detail is %q", size, is.row, is.detail)
		}
	}
}

// Whatever is written, the screen has its size.
func TestScreenTakesAnything(t *testing.T) {
	s := newScreen(2, 3)
	for _, text := range []string{"\x1b[99999999999;7Hx", "\x1b[0;0Hy", "\x1b", "[", "\x1b]", "\xff\xfe", "\n\n\n\n", strings.Repeat("z", 99), "\x1b[;H"} {
		if n, err := s.Write([]byte(text)); n != len(text) || err != nil {
			t.Errorf("%q: %d, %v", text, n, err)
		}
		if got := strings.Count(s.String(), "\n"); got != 2 {
			t.Errorf("%q: %d lines", text, got)
		}
	}
}

func TestPercentiles(t *testing.T) {
	var took times
	for n := range 200 {
		took = append(took, time.Duration(200-n)*time.Second)
	}
	s := sample{}
	took.into(s, quantity.afterwards)
	for q, want := range map[quantity]float64{keyMedian: 100, keyP99: 198, keyMost: 200} {
		if got := s[q.afterwards()]; got != want {
			t.Errorf("%s is %v, want %v", q, got, want)
		}
	}
	s = sample{}
	if times(nil).into(s, quantity.afterwards); len(s) > 0 {
		t.Errorf("of none: %v", s)
	}
}

// A program on the terminal sees its size, and what is typed.
func TestTerminal(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("NOT TESTED: there is no terminal but Linux's")
	}
	p, err := startTypist(t.Context(), "/bin/sh", "-c", `stty -echo; stty size; read x; echo "got $x"; read q`)
	if err != nil {
		t.Fatal(err)
	}
	p.patient = 20 * time.Second
	shows := func(text string) func(*sight) bool {
		return func(*sight) bool { return strings.Contains(p.screen.String(), text) }
	}
	if _, err := p.see("size", shows("40 120")); err != nil {
		t.Fatal(err)
	}
	took, err := p.press("hello\n", func(_, _ *sight) bool { return shows("got hello")(nil) })
	if err != nil || took <= 0 {
		t.Errorf("%v, %v", took, err)
	}
	p.patient = 50 * time.Millisecond
	if _, err := p.press("x", movesRow); err == nil || !strings.Contains(err.Error(), "got hello") {
		t.Errorf("a screen that does not change: %v", err)
	}
	p.patient = 20 * time.Second
	if _, err := p.control.WriteString("\n"); err != nil {
		t.Fatal(err)
	}
	if s, err := p.quit(); err != nil || s[peak.afterwards()] <= 0 {
		t.Errorf("%v, %v", s, err)
	}
}
