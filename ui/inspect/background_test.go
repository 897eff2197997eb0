//go:build unix

package inspect

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
)

// reads is a terminal from which pieces are read, one after the other.
type reads struct {
	tcell.Tty
	pieces  []string
	written bytes.Buffer
}

func (r *reads) Start() error                { return nil }
func (r *reads) Write(b []byte) (int, error) { return r.written.Write(b) }
func (r *reads) Read(b []byte) (int, error) {
	if len(r.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(b, r.pieces[0])
	r.pieces = r.pieces[1:]
	return n, nil
}

// TestAskBackground checks that the terminal is asked once, and that its answer, however it is
// divided, is taken out of the keys around it, and only that.
func TestAskBackground(t *testing.T) {
	const white, black = "\x1b]11;rgb:ffff/ffff/dddd\x07", "\x1b]11;rgb:1c/1c/1c\x1b\\"
	for _, c := range []struct {
		pieces []string
		keys   string
		light  string
	}{
		{[]string{white}, "", "light"},
		{[]string{black}, "", "dark"},
		{[]string{"j" + white + "k"}, "jk", "light"},
		{[]string{"j\x1b]1", "1;rgb:ff", "ff/ffff/ffff\x1b", "\\k", "l"}, "jkl", "light"},
		{[]string{"\x1b", "j", "\x1b[A"}, "\x1bj\x1b[A", ""},
		{[]string{"\x1b]", "x"}, "\x1b]x", ""},
		{[]string{"\x1b]11;green\x07j"}, "j", ""},
		{[]string{white, white}, white, "light"}, // what was not asked for is not an answer
	} {
		answer := make(chan bool, 1)
		under := &reads{pieces: c.pieces}
		tty := &askingTty{Tty: under, answered: func(light bool) { answer <- light }}
		for range 2 {
			if err := tty.Start(); err != nil {
				t.Fatal(err)
			}
		}
		if got := under.written.String(); got != askBackground {
			t.Errorf("asked %q", got)
		}
		var keys []byte
		for b := make([]byte, 128); ; {
			n, err := tty.Read(b)
			if err != nil {
				break
			}
			keys = append(keys, b[:n]...)
		}
		light := ""
		if c.light != "" {
			select {
			case l := <-answer:
				light = map[bool]string{true: "light", false: "dark"}[l]
			case <-time.After(patience):
			}
		}
		if string(keys) != c.keys || light != c.light || len(answer) > 0 {
			t.Errorf("%q: keys %q, %s; want %q, %s", c.pieces, keys, light, c.keys, c.light)
		}
	}
}
