package print

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"imapscope/capture/golden"
	"imapscope/decode/decodetest"
	"imapscope/decode/protocol"
	"imapscope/ui/view"
)

// crowded returns the lines of many connections of a few users, at the same time and in an order of
// its own for each seed, that do to the same mailboxes what only several connections together show:
// flags that one sets and another does not see, or takes away; messages that are appended again;
// names that one lists and another writes otherwise; news that do not reach IDLE.
func crowded(seed uint64, steps int) string {
	const conns = 24
	random := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	idle, tag := make([]bool, conns+1), 0
	say := func(n int, lines ...string) {
		tag++
		for _, l := range lines {
			fmt.Fprintf(&b, "%d %s\n", n, strings.ReplaceAll(l, "TAG", fmt.Sprintf("a%d", tag)))
		}
	}
	for n := range conns {
		say(n+1, "S: * OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS NAMESPACE] ready",
			fmt.Sprintf("C: TAG LOGIN user%d secret", n%3), "S: TAG OK done")
		say(n+1, "C: TAG SELECT INBOX", "S: * 9 EXISTS", `S: * OK [PERMANENTFLAGS (\Seen \Flagged \*)] flags`,
			"S: * OK [UIDVALIDITY 7] valid", "S: * OK [UIDNEXT 100] next", "S: TAG OK [READ-WRITE] done")
	}
	for range steps {
		n, uid := 1+random.IntN(conns), 1+random.IntN(9)
		if idle[n] {
			say(n, "# 100s later", "C: DONE", "S: idle OK done")
			idle[n] = false
			continue
		}
		switch random.IntN(40) {
		case 0, 1:
			say(n, fmt.Sprintf(`C: TAG UID STORE %d +FLAGS (\Seen)`, uid), fmt.Sprintf(`S: * %d FETCH (UID %d FLAGS (\Seen))`, uid, uid), "S: TAG OK done")
		case 2:
			say(n, fmt.Sprintf(`C: TAG UID STORE %d -FLAGS (\Seen)`, uid), fmt.Sprintf(`S: * %d FETCH (UID %d FLAGS ())`, uid, uid), "S: TAG OK done")
		case 3:
			text := fmt.Sprintf("Message-ID: <%d@x>", 1+random.IntN(3))
			say(n, fmt.Sprintf("C: TAG APPEND INBOX {%d}", len(text)), "S: + go on", "C: "+text, "S: TAG OK done")
		case 4:
			say(n, fmt.Sprintf("C: TAG UID COPY %d Archive", uid), "S: TAG OK done")
		case 5:
			say(n, `C: TAG LIST "" *`, fmt.Sprintf(`S: * LIST () "." box.%d`, random.IntN(30)), "S: TAG OK done")
		case 6:
			say(n, fmt.Sprintf("C: TAG EXAMINE box/%d", random.IntN(30)), "S: TAG NO no such mailbox")
		case 7:
			say(n, `C: TAG STORE 1 +FLAGS (\Nonsense)`, "S: TAG BAD what")
		case 8:
			say(n, "C: idle IDLE", "S: + idling")
			idle[n] = true
		default:
			flags := [...]string{"", `\Seen`}[random.IntN(2)]
			say(n, fmt.Sprintf("C: TAG UID FETCH %d FLAGS", uid), fmt.Sprintf(`S: * %d FETCH (UID %d FLAGS (%s))`, uid, uid, flags), "S: TAG OK done")
		}
	}
	return b.String()
}

// What connections have in common is followed in the order of the source, whoever follows them.
func TestReasonersFindTheSameAsOne(t *testing.T) {
	for seed := range uint64(3) {
		talk := crowded(seed, 4000)
		found := func(n int) string {
			t.Helper()
			r, err := NewReasoners(n, protocol.UnknownDialect)
			if err != nil {
				t.Fatal(err)
			}
			if err := decodetest.Talk(talk, r.Sink()); err != nil {
				t.Fatal(err)
			}
			if err := r.Stop(); err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			fmt.Fprintln(&b, r.Connections, r.Transactions, r.Left)
			if err := NewJSON(&b, view.Options{}).Reasons(r.Reasons()); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		want := found(1)
		for _, says := range []string{"lost a flag", " on connection ", "appended the same message", "did not report a new message", "the wrong delimiter"} {
			if !strings.Contains(want, says) {
				t.Errorf("seed %d: nothing says %q: the test does not test it", seed, says)
			}
		}
		for _, n := range []int{2, 3, 8} {
			if got := found(n); got != want {
				t.Fatalf("seed %d, %d Reasoners instead of one:\n%s", seed, n, golden.Difference(want, got))
			}
		}
	}
}

// A goroutine that adds many functions waits until they are called: what is held is bounded.
func TestCallsAreBounded(t *testing.T) {
	r, err := NewReasoners(2, protocol.UnknownDialect)
	if err != nil {
		t.Fatal(err)
	}
	if err := decodetest.Talk(crowded(1, 30000), r.Sink()); err != nil {
		t.Fatal(err)
	}
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, p := range r.calls.parts {
		if len(p.own) > 0 {
			t.Errorf("%d functions were not called", len(p.own))
		}
		if cap(p.own) > 2*maxCalls {
			t.Errorf("there was room for %d functions", cap(p.own))
		}
	}
}
