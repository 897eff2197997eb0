package script_test

import (
	"fmt"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/decode/decodetest"
	"imapscope/decode/script"
)

// held returns the number of bytes of messages that a script holds, and of its steps.
func held(s *script.Script) (messages, steps int) {
	for _, x := range s.Sessions {
		for _, e := range x.Exchanges {
			for _, m := range e.Messages {
				messages += len(m.Raw)
			}
		}
		steps += len(x.Steps)
	}
	return messages, steps
}

// TestMessagesHeldAreBounded checks that a connection without end is cut at the bound, is
// played up to there and says so, and that connections after that are left out and counted.
func TestMessagesHeldAreBounded(t *testing.T) {
	const most = 1 << 20
	c := script.NewCollector(script.Options{MaxOctets: most})
	var long strings.Builder
	long.WriteString("# greeted\n")
	const commands = 4000
	for i := range commands {
		fmt.Fprintf(&long, "C: a%d NOOP\nS: * OK %s\nS: a%d OK done\n", i, strings.Repeat("x", 1000), i)
	}
	ids := capture.ConnID(0)
	renumber := sink(func(e *capture.Event) error {
		again := *e
		again.Conn += ids
		return c.Event(&again)
	})
	for range 3 {
		if err := decodetest.Play(long.String(), renumber); err != nil {
			t.Fatal(err)
		}
		ids += 10
	}
	s := c.Script()
	messages, steps := held(s)
	if messages > most || messages < most/4 || steps < commands/10 || steps > commands/2 {
		t.Errorf("%d bytes are held, in %d steps", messages, steps)
	}
	if len(s.Sessions) != 1 || s.Cut != 1 || s.Beyond != 2 {
		t.Fatalf("%d sessions, %d cut, %d left out", len(s.Sessions), s.Cut, s.Beyond)
	}
	if m := s.Sessions[0].Missing; len(m) != 1 || !strings.Contains(m[0], "1 MiB") {
		t.Errorf("missing: %q", m)
	}
}

// TestLongRequestIsLeftOut checks that a request that is not kept whole is not played.
func TestLongRequestIsLeftOut(t *testing.T) {
	c := script.NewCollector(script.Options{MaxMessage: 1000})
	err := decodetest.Play("# greeted\nC: a SEARCH TEXT "+strings.Repeat("x", 2000)+"\nS: a OK done\nC: b NOOP\nS: b OK done\n", c)
	if err != nil {
		t.Fatal(err)
	}
	s := c.Script()
	messages, steps := held(s)
	if steps != 1 || messages > 1500 || !strings.Contains(s.Sessions[0].Exchanges[1].LeftOut, "too long") {
		t.Errorf("%d steps, %d bytes", steps, messages)
	}
}

type sink func(*capture.Event) error

func (s sink) Event(e *capture.Event) error { return s(e) }
