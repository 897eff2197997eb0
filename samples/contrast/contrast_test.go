package contrast

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"imapscope/capture"
	"imapscope/capture/shared"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

const roundTrip = 40 * time.Millisecond

func tasks(t *testing.T) []*Task {
	t.Helper()
	list, err := Tasks()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 6 {
		t.Fatalf("%d tasks", len(list))
	}
	return list
}

// play plays an embedded task.
func play(t *testing.T, task, protocol string, o Options) *Recording {
	t.Helper()
	for _, x := range tasks(t) {
		if x.Name == task {
			r, err := Play(x, ProtocolNamed(protocol), o)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
	}
	t.Fatalf("no task %q", task)
	return nil
}

// said returns what the servers sent in a recording.
func said(r *Recording) string {
	var b strings.Builder
	for _, e := range r.Facts {
		if e.Kind == capture.Data && e.Dir == capture.ServerToClient {
			b.Write(e.Data)
		}
	}
	return b.String()
}

// statuses collects how the commands of a recording of IMAP were answered.
type statuses struct{ bad []string }

func (*statuses) Open(capture.Conn) error { return nil }

func (s *statuses) Events(_ capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		switch e := e.(type) {
		case *decode.Transaction:
			if e.Status != protocol.OK || e.Outcome != decode.Completed {
				s.bad = append(s.bad, string(e.Request.Raw))
			}
		case *decode.Message:
			if e.Kind == decode.Junk {
				s.bad = append(s.bad, string(e.Raw))
			}
		}
	}
	return nil
}

// TestEveryCommandOfATaskSucceeds plays all tasks. The one refusal is that of a locked maildrop.
func TestEveryCommandOfATaskSucceeds(t *testing.T) {
	for _, x := range tasks(t) {
		for _, p := range Protocols() {
			r, err := Play(x, p, Options{RoundTrip: roundTrip})
			if err != nil {
				t.Error(err)
				continue
			}
			if len(r.Steps) != len(x.Steps) {
				t.Errorf("%s, %s: %d steps of %d", x.Name, p.Name, len(r.Steps), len(x.Steps))
			}
			if p.IMAP {
				var s statuses
				if err := r.Run(context.Background(), decode.NewDemux(decode.Options{}, &s)); err != nil {
					t.Error(err)
				}
				for _, b := range s.bad {
					t.Errorf("%s, %s: not answered OK: %s", x.Name, p.Name, b)
				}
				continue
			}
			refused := 0
			if x.Name == "two-clients" {
				refused = 1
			}
			if n := strings.Count("\r\n"+said(r), "\r\n-ERR"); n != refused {
				t.Errorf("%s, %s: %d refusals:\n%s", x.Name, p.Name, n, said(r))
			}
		}
	}
}

// TestTimeIsRoundTripsTimesLatency holds the times of the recording against what is counted.
func TestTimeIsRoundTripsTimesLatency(t *testing.T) {
	for _, x := range tasks(t) {
		for _, p := range Protocols() {
			r, err := Play(x, p, Options{RoundTrip: roundTrip})
			if err != nil {
				t.Fatal(err)
			}
			all := r.Total()
			if want := time.Duration(all.RoundTrips) * roundTrip; all.Time != want {
				t.Errorf("%s, %s: %v, and %d round trips", x.Name, p.Name, all.Time, all.RoundTrips)
			}
			var sum Cost
			for _, s := range r.Steps {
				c := r.Cost(s)
				sum.RoundTrips += c.RoundTrips
				sum.Connections += c.Connections
				sum.Sent += c.Sent
				sum.Received += c.Received
				sum.Time += c.Time
			}
			if sum != all {
				t.Errorf("%s, %s: the steps are %+v, the whole is %+v", x.Name, p.Name, sum, all)
			}
		}
	}
}

func TestBytesTakeTimeOnASlowLine(t *testing.T) {
	const bandwidth = 9600
	r := play(t, "one-part", "imap2", Options{RoundTrip: roundTrip, Bandwidth: bandwidth})
	c := r.Total()
	bytes := time.Duration(float64(c.Sent+c.Received) * 8 / bandwidth * float64(time.Second))
	want := time.Duration(c.RoundTrips)*roundTrip + bytes
	if d := c.Time - want; d < -time.Millisecond || d > time.Millisecond {
		t.Errorf("%v, want %v", c.Time, want)
	}
}

func TestTheSameTaskIsPlayedAlike(t *testing.T) {
	for _, p := range Protocols() {
		a, b := play(t, "tomorrow", p.Name, Options{RoundTrip: roundTrip}), play(t, "tomorrow", p.Name, Options{RoundTrip: roundTrip})
		if !reflect.DeepEqual(a.Facts, b.Facts) {
			t.Errorf("%s differs", p.Name)
		}
	}
}

// TestClaims checks the numbers that the texts of the tasks state.
func TestClaims(t *testing.T) {
	for _, c := range []struct {
		task, protocol, text string
		n                    int
	}{
		{"new-mail", "imap2", "* SEARCH 3 4 5 7 8 9 10 11 12\r\n", 1},
		{"new-mail", "imap4rev1", "* SEARCH 3 4 5 7 8 9 10 11 12\r\n", 1},
		{"search", "imap2", "* SEARCH 8 9\r\n", 1},
		{"search", "imap4rev1", "* SEARCH 1 8 9\r\n", 1},
		{"delete", "imap2", " EXPUNGE\r\n", 3},
		{"delete", "imap4rev1", " EXPUNGE\r\n", 2},
		{"two-clients", "imap2", " EXPUNGE\r\n", 4}, // two for each client
		{"two-clients", "imap4rev1", " EXPUNGE\r\n", 4},
		{"keep-a-flag", "imap2", "* SEARCH 4 5\r\n", 1},
		{"keep-a-flag", "imap4rev1", "* SEARCH 4 5\r\n", 1},
		{"tomorrow", "imap2", "* 11 EXISTS\r\n", 1},
		{"tomorrow", "imap4rev1", "* 11 EXISTS\r\n", 1},
		{"tomorrow", "imap4rev1", "[UIDNEXT 13]", 2},
		{"tomorrow", "imap4rev1", "[UIDNEXT 14]", 1},
		{"tomorrow", "imap4rev1", "[UIDVALIDITY 1]", 3},
		{"tomorrow", "imap4rev1", "* SEARCH 1 2 4 5 6 7 9 10 11 12\r\n", 1},
		{"tomorrow", "pop3", "+OK 11 ", 1},
	} {
		if n := strings.Count(said(play(t, c.task, c.protocol, Options{})), c.text); n != c.n {
			t.Errorf("%s, %s: %q comes %d times, want %d\n%s", c.task, c.protocol, c.text, n, c.n, said(play(t, c.task, c.protocol, Options{})))
		}
	}
	if n := len(plans().Text); n < 60_000 || n > 64_000 {
		t.Errorf("the large message has %d bytes", n)
	}
}

// TestLessonsCountRight checks the numbers that lesson 13 asks for.
func TestLessonsCountRight(t *testing.T) {
	for name, want := range map[string]int{"imap2": 6, "imap4rev1": 6, "pop3": 18} {
		if n := play(t, "subjects", name, Options{}).Total().RoundTrips; n != want {
			t.Errorf("subjects, %s: %d round trips, want %d", name, n, want)
		}
	}
	for name, large := range map[string]bool{"imap2": true, "imap4rev1": false, "pop3": false} {
		if n := play(t, "one-part", name, Options{}).Total().Received; (n > 60_000) != large {
			t.Errorf("one-part, %s: %d bytes", name, n)
		}
	}
}

// TestServersHaveTheSameMail compares the sizes that the servers report.
func TestServersHaveTheSameMail(t *testing.T) {
	size := regexp.MustCompile(`RFC822\.SIZE (\d+)|\+OK 13 (\d+)\r\n`)
	var sizes []string
	for _, p := range Protocols() {
		all := size.FindAllStringSubmatch(said(play(t, "one-part", p.Name, Options{})), -1)
		if len(all) == 0 {
			t.Fatalf("%s has no size", p.Name)
		}
		last := all[len(all)-1]
		sizes = append(sizes, last[1]+last[2])
	}
	want := fmt.Sprint(len(plans().Text))
	if sizes[0] != want || sizes[1] != want || sizes[2] != want {
		t.Errorf("%q, want %s", sizes, want)
	}
}

// TestTaskCitations checks that each page has the heading, the item and the words that are cited.
func TestTaskCitations(t *testing.T) {
	n := 0
	for _, x := range tasks(t) {
		for _, s := range x.Steps {
			for _, r := range s.Why {
				if len(r.Cites) == 0 {
					t.Errorf("%s: %q cites nothing", x.Name, r.Text)
				}
				for _, c := range r.Cites {
					if wrong := cited(shared.ReadRFC(t, c.Ref.RFC), c); wrong != "" {
						t.Errorf("%s: %s: %s", x.Name, c, wrong)
					}
					n++
				}
			}
		}
	}
	if n < 30 {
		t.Errorf("%d citations", n)
	}
}

// cited returns what is wrong with a citation.
func cited(rfc shared.RFC, c Cite) string {
	in := map[string]bool{}
	for _, l := range rfc.Lines() {
		if l.Page == c.Ref.Page {
			in[l.Heading] = true
		}
	}
	page := rfc.Page(c.Ref.Page)
	switch {
	case page == "":
		return "no such page"
	case !in[c.Ref.Heading]:
		return fmt.Sprintf("the headings there are %v", in)
	case c.Ref.Item != "" && !strings.Contains(page, c.Ref.Item):
		return "the item is not on that page"
	case !strings.Contains(page, c.Quote):
		return "the words are not on that page"
	}
	return ""
}

func TestParseTaskErrors(t *testing.T) {
	parts := fstest.MapFS{"tasks/loop.part.txt": {Data: []byte("use loop\n")}}
	for text, want := range map[string]string{
		"about: x\n# step\n":                        "needs a title",
		"title: x\nabout: y\n":                      "needs a title",
		"imap2 NOOP\n":                              "before the first step",
		"title: x\nmail: small\n":                   "only large",
		"title: x\nabout: y\n# s\nsmtp HELO\n":      "neither a protocol nor a key",
		"title: x\nabout: y\n# s\nimap2/3 NOOP\n":   "neither a protocol nor a key",
		"title: x\nabout: y\n# s\nimap2 & NOOP\n":   "no line before it",
		"title: x\nabout: y\n# s\ncite: RFC 1176\n": "write: RFC 1176",
		"title: x\nabout: y\n# s\nuse nothing\n":    "nothing.part.txt",
		"title: x\nabout: y\n# s\nuse loop\n":       "cannot use another",
	} {
		if _, err := ParseTask("t", text, parts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestDeliveredMessageStaysAsItIs checks that mbox format changes nothing.
func TestDeliveredMessageStaysAsItIs(t *testing.T) {
	for _, p := range Protocols()[:1] {
		h, err := p.serve(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.deliver(plans()); err != nil {
			t.Fatal(err)
		}
		x, _ := h.open()
		answer, _ := x.Write([]byte("a LOGIN fred secret\r\nb SELECT INBOX\r\nc FETCH 1 RFC822\r\n"))
		if !bytes.Contains(answer, plans().Text) {
			t.Errorf("%s has another message", p.Name)
		}
	}
}
