package minimize_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/decode/lint"
	"imapscope/decode/minimize"
)

// second makes connection 1 of a transcript connection 2.
type second struct{ to capture.Sink }

func (s second) Event(e *capture.Event) error {
	x := *e
	x.Conn = 2
	if e.Info != nil {
		info := *e.Info
		info.ID = 2
		x.Info = &info
	}
	return s.to.Event(&x)
}

// padding is an exchange that has nothing to do with any finding.
func padding(rule string, i int) string {
	if rule == "E003" || rule == "E006" { // which count NOOP
		return fmt.Sprintf("C: pad%d CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: pad%d OK done\n", i, i)
	}
	return fmt.Sprintf("C: pad%d NOOP\nS: pad%d OK done\n", i, i)
}

const other = "S: * OK ready\nC: o1 LOGIN anna secret\nS: o1 OK done\nC: o2 NOOP\nS: o2 OK done\nC: o3 LOGOUT\nS: * BYE bye\nS: o3 OK done\n# closed by the client\n"

// record records transcripts, the first as connection 1.
func record(t *testing.T, texts ...string) *minimize.Recording {
	t.Helper()
	var c minimize.Collector
	for i, text := range texts {
		var to capture.Sink = &c
		if i > 0 {
			to = second{to}
		}
		if err := decodetest.Play(text, to); err != nil {
			t.Fatal(err)
		}
	}
	r, err := c.Recording()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// findings returns the findings of a source.
func findings(t *testing.T, src capture.Source) (list []lint.Finding) {
	t.Helper()
	l, err := lint.New(lint.Options{}, func(f lint.Finding) { list = append(list, f) })
	if err != nil {
		t.Fatal(err)
	}
	if err := src.Run(t.Context(), decode.NewDemux(decode.Options{}, l)); err != nil {
		t.Fatal(err)
	}
	return list
}

func first(list []lint.Finding, rule string) *lint.Finding {
	for i := range list {
		if list[i].Rule.ID == rule && list[i].Conn == 1 {
			return &list[i]
		}
	}
	return nil
}

// between matches the lines between transactions.
var between = regexp.MustCompile(`^(S: [a-z0-9]+ (OK|NO|BAD)|# (logged in|INBOX selected)).*\n`)

// padded returns a transcript with padding between transactions, wherever the rule's finding stays the same: all that
// is possible, up to a number.
func padded(t *testing.T, r *lint.Rule) (text string, n int) {
	want := first(findings(t, record(t, r.Bad)), r.ID)
	if want == nil {
		t.Fatalf("%s does not fire on its example", r.ID)
	}
	lines := strings.SplitAfter(r.Bad, "\n")
	before := len(findings(t, record(t, r.Bad)))
	for i := len(lines); i > 0 && n < 6; i-- {
		if !between.MatchString(lines[i-1]) || r.ID == "S036" && i > 1 { // whose literal takes what follows
			continue
		}
		more := strings.Join(lines[:i], "") + padding(r.ID, n) + strings.Join(lines[i:], "")
		list := findings(t, record(t, more))
		if f := first(list, r.ID); f != nil && minimize.Alike(f.Message, want.Message) && f.Len == want.Len && len(list) == before {
			lines[i-1] += padding(r.ID, n)
			n++
		}
	}
	return strings.Join(lines, ""), n
}

// shrink minimizes a recording to the first finding of a rule.
func shrink(t *testing.T, rec *minimize.Recording, rule string) minimize.Result {
	t.Helper()
	f := first(findings(t, rec), rule)
	if f == nil {
		t.Fatalf("%s is not found in what is to be minimized", rule)
	}
	shows, err := minimize.NewShows(rec, lint.Options{}, f)
	if err != nil {
		t.Fatal(err)
	}
	if !shows.Shown(rec) {
		t.Fatalf("%s is not shown by the recording itself", rule)
	}
	res, err := minimize.Minimize(t.Context(), rec, minimize.Options{Test: minimize.One(shows.Shown)})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// octets returns the bytes of both directions of each connection.
type octets struct{ b strings.Builder }

func (o *octets) Event(e *capture.Event) error {
	if e.Kind == capture.Data {
		o.b.Write(e.Data)
	}
	return nil
}

func text(t *testing.T, r *minimize.Recording) string {
	t.Helper()
	var o octets
	if err := r.Run(context.Background(), &o); err != nil {
		t.Fatal(err)
	}
	return o.b.String()
}

// TestEveryRule: what is unrelated is dropped from the example of every rule, the finding stays,
// and to minimize again changes nothing.
func TestEveryRule(t *testing.T) {
	for _, r := range lint.Rules() {
		t.Run(r.ID, func(t *testing.T) {
			bad, n := padded(t, r)
			rec := record(t, bad, other)
			res := shrink(t, rec, r.ID)
			got := text(t, res.Recording)
			if strings.Contains(got, "pad") || strings.Contains(got, "anna") {
				t.Errorf("padding is left of\n%s\n%s", bad, got)
			}
			if n == 0 {
				t.Logf("no padding is possible in\n%s", r.Bad)
			}
			if first(findings(t, res.Recording), r.ID) == nil {
				t.Errorf("nothing is found in\n%s", got)
			}
			if again := text(t, shrink(t, recollect(t, res.Recording), r.ID).Recording); again != got {
				t.Errorf("minimized again:\n%s\nbefore:\n%s", again, got)
			}
		})
	}
}

// recollect records a recording.
func recollect(t *testing.T, r *minimize.Recording) *minimize.Recording {
	t.Helper()
	var c minimize.Collector
	if err := r.Run(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	out, err := c.Recording()
	if err != nil {
		t.Fatal(err)
	}
	return out
}
