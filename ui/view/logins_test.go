package view

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"imapscope/decode"
	"imapscope/decode/decodetest"
)

// logins returns what is counted of a conversation.
func logins(t *testing.T, transcript string) *Logins {
	t.Helper()
	pieces, err := decodetest.Parse(transcript)
	if err != nil {
		t.Fatal(err)
	}
	l := new(Logins)
	d := decode.New(decode.Options{})
	for _, x := range pieces {
		for _, e := range d.Write(x.Dir, time.Unix(0, 0), x.Data) {
			if txn, ok := e.(*decode.Transaction); ok {
				l.Add(txn, Options{})
			}
		}
	}
	return l
}

func TestLoginsAreCounted(t *testing.T) {
	l := logins(t, "S: * OK hi\nC: a LOGIN fred wrong\nS: a NO no\nC: b LOGIN fred wrong\nS: b NO no\nC: c NOOP\nS: c OK\nC: d LOGIN fred secret\nS: d OK done\n")
	if got, want := strings.Join(l.Lines(), "|"), "fred with LOGIN command: refused (2 times)|fred with LOGIN command: accepted"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestLoginsAreBounded checks that a client which logs in under any number of names fills no
// memory with them.
func TestLoginsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("S: * OK hi\n")
	for i := range MaxLogins + 10 {
		fmt.Fprintf(&b, "C: a%[1]d LOGIN user%[1]d x\nS: a%[1]d NO no\n", i)
	}
	l := logins(t, b.String())
	if lines := l.Lines(); len(l.List) != MaxLogins || l.More != 10 || lines[len(lines)-1] != "and 10 more logins" {
		t.Errorf("%d kept, %d more: %q", len(l.List), l.More, lines[len(lines)-1])
	}
}
