//go:build unix

package inspect

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gdamore/tcell/v2"
)

// newScreen returns a screen that asks the terminal for its background, and calls answered
// once it has replied, from another goroutine. A terminal that never replies is not waited
// for.
func newScreen(answered func(light bool)) (tcell.Screen, error) {
	tty, err := tcell.NewDevTty()
	if err != nil {
		return nil, err
	}
	s, err := tcell.NewTerminfoScreenFromTty(&askingTty{Tty: tty, answered: answered})
	if err != nil {
		return nil, err
	}
	if err := s.Init(); err != nil {
		return nil, err
	}
	return startedScreen{s}, nil
}

// answersBackground reports whether a terminal may be asked: some old ones print the question.
func answersBackground() bool {
	term := os.Getenv("TERM")
	return !slices.Contains([]string{"", "dumb", "linux", "ansi", "cygwin"}, term) && !strings.HasPrefix(term, "vt")
}

// The question for the background colour (xterm's "OSC 11"), and how its answer begins and
// ends.
const (
	askBackground = "\x1b]11;?\x1b\\"
	answerBegins  = "\x1b]11;"
	answerEnds    = "\x07"
	answerEndsST  = "\x1b\\"
	maxAnswer     = 64 // bytes; what is longer is no answer
)

// askingTty is a terminal that is asked for its background when it is first started. The answer
// is removed from what is read: tcell would take it for keys.
type askingTty struct {
	tcell.Tty
	answered func(light bool)
	asked    bool
	done     bool   // answered, or given up
	part     []byte // the beginning of an answer
	rest     []byte // read, but not yet returned
}

// Start implements tcell.Tty.
func (t *askingTty) Start() error {
	if err := t.Tty.Start(); err != nil || t.asked {
		return err
	}
	t.asked = true
	_, err := t.Write([]byte(askBackground))
	return err
}

// Read implements io.Reader. It returns 0 and no error if it has read only the answer.
func (t *askingTty) Read(b []byte) (int, error) {
	if len(t.rest) == 0 {
		n, err := t.Tty.Read(b)
		if err != nil || t.done {
			return n, err
		}
		t.rest = t.strip(append(t.part, b[:n]...))
	}
	n := copy(b, t.rest)
	t.rest = t.rest[n:]
	return n, nil
}

// strip returns what was read without the answer. What may be its beginning is kept in part.
func (t *askingTty) strip(read []byte) []byte {
	t.part = nil
	at := bytes.Index(read, []byte(answerBegins))
	if at < 0 {
		// A lone ESC is the key.
		for n := len(answerBegins) - 1; n >= 2; n-- {
			if bytes.HasSuffix(read, []byte(answerBegins[:n])) {
				t.part = slices.Clone(read[len(read)-n:])
				return read[:len(read)-n]
			}
		}
		return read
	}
	body := read[at+len(answerBegins):]
	end, size := bytes.IndexByte(body, answerEnds[0]), len(answerEnds)
	if st := bytes.Index(body, []byte(answerEndsST)); st >= 0 && (end < 0 || st < end) {
		end, size = st, len(answerEndsST)
	}
	switch {
	case end >= 0:
		t.done = true
		if light, ok := isLight(string(body[:end])); ok {
			go t.answered(light)
		}
		return append(slices.Clone(read[:at]), body[end+size:]...)
	case len(body) > maxAnswer:
		t.done = true
		return read
	}
	t.part = slices.Clone(read[at:])
	return read[:at]
}

// isLight reports whether a colour as terminals report it, "rgb:ffff/ffff/dddd", is light.
func isLight(colour string) (light, ok bool) {
	parts := strings.Split(strings.TrimPrefix(strings.TrimPrefix(colour, "rgba:"), "rgb:"), "/")
	if len(parts) < 3 {
		return false, false
	}
	sum := 0.0
	for i, weight := range [3]float64{0.299, 0.587, 0.114} {
		n, err := strconv.ParseUint(parts[i], 16, 16)
		if err != nil || len(parts[i]) == 0 {
			return false, false
		}
		most := float64(uint64(1)<<(4*len(parts[i])) - 1)
		sum += weight * float64(n) / most
	}
	return sum > 0.5, true
}
