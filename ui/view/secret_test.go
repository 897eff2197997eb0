package view

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/decode/lint"
	"imapscope/decode/syntax"
)

// faces collects every text made from a conversation: lines, trees, glosses, tags,
// completions, and findings with the message they are about.
type faces struct {
	out    strings.Builder
	opts   Options
	parser syntax.Parser
	linter *lint.Linter
	event  decode.Event
}

func newFaces(t lintFataler) *faces {
	f := &faces{}
	l, err := lint.New(lint.Options{}, func(found lint.Finding) {
		v := f.opts.Finding(&found, f.event)
		fmt.Fprintln(&f.out, "finding", v.Message, v.Before, v.At, v.After)
	})
	if err != nil {
		t.Fatal(err)
	}
	f.linter = l
	if err := l.Open(capture.Conn{ID: 1}); err != nil {
		t.Fatal(err)
	}
	return f
}

type lintFataler interface{ Fatal(...any) }

func (f *faces) see(t lintFataler, e decode.Event) {
	f.event = e
	switch e := e.(type) {
	case *decode.Message:
		fmt.Fprintln(&f.out, "line", f.opts.Line(e).Text, f.opts.Response(e))
		root := e.Parse(&f.parser)
		tree := f.opts.Tree(e, root)
		for i := range tree.Len() {
			fmt.Fprintln(&f.out, "tree", tree.Row(i))
		}
		g := f.opts.Gloss(e, root)
		fmt.Fprintln(&f.out, "gloss", g.Sentence, g.After)
		for _, w := range g.Words {
			fmt.Fprintln(&f.out, "word", w.Before, w.Text, w.Meaning)
		}
	case *decode.Transaction:
		fmt.Fprintln(&f.out, "transaction", f.opts.Tag(e), f.opts.Request(e), f.opts.Completion(e))
	}
	if err := f.linter.Events(1, []decode.Event{e}); err != nil {
		t.Fatal(err)
	}
}

// TestNoTextShowsSecrets checks that no text made from a conversation shows what a client
// sent to log in, in any form, or what the server repeats of it: immediately, later, as a
// tag, or decoded.
func TestNoTextShowsSecrets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pw := rapid.StringMatching(`Zq[a-z0-9]{4,9}Qz`).Draw(t, "password")
		b64 := base64.StdEncoding.EncodeToString([]byte("\x00fred\x00" + pw))
		sent := strings.NewReplacer("PW", pw, "B64", b64, "LEN", fmt.Sprint(len(pw))).Replace(rapid.SampledFrom([]string{
			"C: a LOGIN fred PW\n", "C: a login \"fr ed\" \"PW\"\n", "C: a LOGIN fred {LEN}\nS: + go\nC: PW\n",
			"C: a LOGIN fred {LEN+}\nC: PW\n", "C: a LOGIN PW\n", "C: LOGIN fred PW\n", "C: LOGIN: fred PW\n",
			"C: a \"LOGIN\" fred PW\n", "C: a UID LOGIN fred PW\n", "C: a XLOGIN fred PW\n", "C: a LOGIN fred {LEN\nC: PW\n",
			"C: a LOGIN fred\nC: PW\n", "C: a LOGIN fred {LEN}\nS: a NO no\nC: PW\n", "C: a AUTHENTICATE PLAIN\nS: +\nC: B64\n",
			"C: a AUTHENTICATE PLAIN\nC: B64\n", "C: a AUTHENTICATE PLAIN B64\n", "C: a AUTHENTICATE PLAIN\nS: a NO\nC: B64\n",
			"C: a\tLOGIN\tfred\tPW\n",
		}).Draw(t, "sent"))
		says := []string{pw, strings.ToUpper(pw), `"` + pw + `"`}
		if strings.Contains(sent, b64) {
			says = append(says, b64)
		}
		say := rapid.SampledFrom(says).Draw(t, "said")
		script := "S: * OK hi\n" + sent
		for i := range rapid.IntRange(0, 4).Draw(t, "responses") {
			script += strings.NewReplacer("%s", say, "%d", fmt.Sprint(i)).Replace(rapid.SampledFrom([]string{
				"S: a NO %s\n", "S: a BAD what is %s?\n", "S: %s BAD unknown\n", "S: * NO earlier you said %s\n", "S: * BAD %s\n",
				"S: + %s\n", "S: * BYE %s\n", "S: a OK [ALERT] %s\n", "S: %s\n", "C: b%d NOOP\nS: b%d OK %s\n", "S: * OK [X %s] y\n",
			}).Draw(t, "response"))
		}
		ps, err := decodetest.Parse(script)
		if err != nil {
			t.Skip()
		}
		f := newFaces(t)
		d := decode.New(decode.Options{})
		for _, p := range ps {
			for _, e := range d.Write(p.Dir, time.Unix(0, 0), p.Data) {
				f.see(t, e)
			}
		}
		for _, e := range d.Close(time.Unix(9, 0), capture.FIN) {
			f.see(t, e)
		}
		for line := range strings.Lines(f.out.String()) {
			if low := strings.ToLower(line); strings.Contains(low, strings.ToLower(pw)) || strings.Contains(low, strings.ToLower(b64)) {
				t.Errorf("%s\nshows: %s", script, line)
			}
		}
	})
}
