package why

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/decode/lint"
)

// reasons returns what went wrong in a transcript.
func reasons(t *testing.T, text string) []Reason {
	t.Helper()
	r, err := New(lint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := decodetest.Play(text, decode.NewDemux(decode.Options{}, r)); err != nil {
		t.Fatal(err)
	}
	return r.Reasons()
}

// of returns the reason of a kind, nil if there is none.
func of(list []Reason, kind string) *Reason {
	for i := range list {
		if list[i].Kind.Name == kind {
			return &list[i]
		}
	}
	return nil
}

// TestKinds: the table is complete, and its rules exist.
func TestKinds(t *testing.T) {
	if len(Kinds()) != 12 {
		t.Errorf("%d kinds", len(Kinds()))
	}
	var names []string
	for _, k := range Kinds() {
		if k.Title == "" || !strings.HasSuffix(k.Proof, ".") || len(k.Causes) == 0 && k.detect == nil || slices.Contains(names, k.Name) {
			t.Errorf("%q lacks something, or is there twice", k.Name)
		}
		names = append(names, k.Name)
		for _, c := range k.Causes {
			if _, ok := lint.Lookup(c.Rule); !ok || c.Says == "" || strings.HasSuffix(c.Says, ".") {
				t.Errorf("%s: %s is no rule, or says %q", k.Name, c.Rule, c.Says)
			}
		}
	}
}

// TestRulesExamples: the rule's finding in the example with the fault is evidence of a
// sentence of the kind, of each cause that needs nothing else; without the fault it is not.
func TestRulesExamples(t *testing.T) {
	for _, k := range Kinds() {
		for _, c := range k.Causes {
			r, _ := lint.Lookup(c.Rule)
			if good := of(reasons(t, r.Good), k.Name); good != nil && slices.ContainsFunc(good.Evidence, func(e Evidence) bool { return e.Rule == c.Rule }) {
				t.Errorf("%s: %s without the fault: %s\n%s", k.Name, c.Rule, good.Sentence, r.Good)
			}
			if c.when != nil {
				continue
			}
			bad := of(reasons(t, r.Bad), k.Name)
			switch {
			case bad == nil:
				t.Errorf("%s: %s: no sentence\n%s", k.Name, c.Rule, r.Bad)
			case !slices.ContainsFunc(bad.Evidence, func(e Evidence) bool { return e.Rule == c.Rule }):
				t.Errorf("%s: %s: not in the evidence of %s", k.Name, c.Rule, bad.Sentence)
			case bad.Remedy == "" || bad.Proof == "" || bad.Evidence[0].Time.IsZero() && c.Rule != "N008":
				t.Errorf("%s: %s: %+v", k.Name, c.Rule, bad)
			}
		}
	}
}

// TestSentences: what is said, by whom it was caused, and of which kinds; and where
// something only looks like it, that nothing is said.
func TestSentences(t *testing.T) {
	for _, c := range sentences {
		t.Run(c.name, func(t *testing.T) {
			list := reasons(t, c.text)
			x := of(list, c.kind)
			switch {
			case c.want == "" && x != nil:
				t.Errorf("it says %s", x.Sentence)
			case c.want == "":
			case x == nil:
				t.Errorf("it says nothing of it, but %+v", list)
			case !strings.Contains(x.Sentence, c.want) || x.Verdict != c.verdict:
				t.Errorf("%s (%s)\nwant %s (%s)", x.Sentence, x.Verdict, c.want, c.verdict)
			}
		})
	}
}

// TestSecretsAreNotCut: text is shortened after its secrets are replaced, so that no part of one is
// left wherever the cut is.
func TestSecretsAreNotCut(t *testing.T) {
	const (
		greeted = "S: * OK [CAPABILITY IMAP4rev1] ready\nC: a1 LOGIN fred \"correct horse battery staple\"\nS: a1 OK done\n"
		secret  = "correct horse battery staple"
	)
	for before := range 170 {
		x := strings.Repeat("x", before)
		for _, text := range []string{
			"C: a2 APPEND inbox {3}\nS: + go\nC: abc" + x + secret + "\nS: a2 BAD syntax\n",
			fmt.Sprintf("C: a2 APPEND inbox {%d}\nS: + go\nC: %s%s\nC: \nS: a2 BAD syntax\n", before+len(secret)+2, x, secret),
			"C: a2 SELECT inbox\nS: * 1 EXISTS\nS: a2 OK done\nC: a3 FETCH 1 BODYSTRUCTURE\nS: * 1 FETCH (BODYSTRUCTURE (" + x + secret + "))\nS: a3 OK done\n",
			"C: a2 SELECT inbox\nS: * 1 EXISTS\nS: a2 OK done\nC: a3 NOOP\nS: * OK " + x + secret + "\n# closed by the client\n",
			"C: a2 CREATE " + x + secret + "\n# closed by the client\n",
		} {
			for _, r := range reasons(t, greeted+text) {
				said := r.Sentence + r.Proof + r.Remedy
				for _, e := range r.Evidence {
					said += e.Text
				}
				for _, part := range []string{"corr", "hors", "batt", "stap"} {
					if strings.Contains(said, part) {
						t.Fatalf("%s%s: %q", greeted, text, said)
					}
				}
			}
		}
	}
}

// TestSecrets: no sentence repeats a password, even if the server does.
func TestSecrets(t *testing.T) {
	const secret = "hunter2"
	for _, text := range []string{
		"# greeted\nC: a1 LOGIN fred " + secret + "\nS: a1 NO " + secret + " is wrong\n",
		"# greeted\nC: a1 LOGIN fred " + secret + "\nS: * BYE " + secret + "\n# closed by the server\n",
		"# greeted\nC: " + secret + " LOGIN fred " + secret + "\nS: " + secret + " BAD \x1b[2J" + secret + "\n",
	} {
		list := reasons(t, text)
		if len(list) == 0 {
			t.Errorf("nothing is said of %s", text)
		}
		for _, x := range list {
			said := x.Sentence + x.Proof + x.Remedy
			for _, e := range x.Evidence {
				said += e.Text
			}
			if strings.Contains(said, secret) || strings.ContainsFunc(said, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("%q", said)
			}
		}
	}
}
