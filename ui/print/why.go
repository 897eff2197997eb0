package print

import (
	"fmt"
	"io"
	"strings"

	"imapscope/capture"
	reasons "imapscope/decode/why"
	"imapscope/ui/view"
)

// How much of the causes is text. Beyond maxFull, and of a connection or an account beyond
// maxFew, there are only sentences; beyond maxBrief they are counted.
const (
	maxFull  = 20
	maxFew   = 3
	maxBrief = 200
)

// WriteCauses writes what went wrong as human-readable text, the most serious first: the
// sentence, who is to blame, where, the evidence, the proof, the remedy. Connections on which
// the same went wrong are one paragraph.
func WriteCauses(w io.Writer, c *view.Causes, o TextOptions) error {
	t := NewText(w, o)
	width := o.Width
	if width <= 0 {
		width = 100
	}
	full, few := 0, make(map[string]int) // of a connection or an account
	for i := range c.List {
		x := &c.List[i]
		few[x.Where]++
		switch {
		case full < maxFull && few[x.Where] <= maxFew:
			full++
			cause(t, x, width)
		case i < maxBrief:
			brief(t, x, width)
		}
	}
	if n := len(c.List) - maxBrief; n > 0 {
		t.printf("… and %s; --format jsonl has them all.\n\n", view.Count(n, "more sentence"))
	}
	switch {
	case len(c.List) == 0:
		t.printf("%s\n", c.Nothing())
	default:
		t.printf("%s\n", t.pen.faint.Sprint(summary(c)))
	}
	if s := c.Unsaid(); s != "" {
		t.printf("%s\n", s)
	}
	return t.err
}

// summary returns on how many connections something went wrong.
func summary(c *view.Causes) string {
	conns, accounts, further := make(map[capture.ConnID]bool), make(map[string]bool), 0
	for i := range c.List {
		if c.List[i].Account {
			accounts[c.List[i].Where] = true
			continue
		}
		further = max(further, c.List[i].Further) // the same may have more than one
		for _, id := range c.List[i].Conns {
			conns[id] = true
		}
	}
	s := fmt.Sprintf("Something is wrong on %d of %s", len(conns)+further, view.Count(c.Connections, "connection"))
	if len(accounts) > 0 {
		s += ", and between those of " + view.Count(len(accounts), "account")
	}
	return s + "."
}

// labels are what the parts of a cause begin with, all as wide as the widest.
const (
	labelVerdict  = "Verdict   "
	labelEvidence = "Evidence  "
	labelAlike    = "Alike     "
	labelProof    = "To prove  "
	labelRemedy   = "To do     "
	labelNone     = "          "
)

// cause writes a cause in full.
func cause(t *Text, x *view.Cause, width int) {
	sentence(t, x, x.Sentence, width)
	labelled(t, labelVerdict, x.About(), width)
	for i := range x.Evidence {
		label := labelEvidence
		if i > 0 {
			label = labelNone
		}
		labelled(t, label, x.Evidence[i].String(), width)
	}
	if x.More > 0 {
		labelled(t, labelNone, fmt.Sprintf("… and %d more", x.More), width)
	}
	for i, s := range x.Alike {
		label := labelAlike
		if i > 0 {
			label = labelNone
		}
		labelled(t, label, s, width)
	}
	if x.MoreAlike > 0 {
		labelled(t, labelNone, fmt.Sprintf("… and %d more", x.MoreAlike), width)
	}
	labelled(t, labelProof, x.Proof, width)
	labelled(t, labelRemedy, x.Remedy, width)
	t.printf("\n")
}

// brief writes the sentence of a cause alone.
func brief(t *Text, x *view.Cause, width int) {
	sentence(t, x, fmt.Sprintf("%s (%s; %s)", x.Sentence, x.Verdict, x.Where), width)
	t.printf("\n")
}

// sentence writes a sentence after the word for how serious it is, so that it is not told by
// colour alone.
func sentence(t *Text, x *view.Cause, s string, width int) {
	for i, l := range view.Wrap(x.Severity+": "+s, width-2) {
		if i > 0 {
			l = "  " + l
		}
		t.printf("%s\n", t.severity(x.Severity).Sprint(l))
	}
}

// labelled writes a paragraph after its label.
func labelled(t *Text, label, s string, width int) {
	for i, l := range view.Wrap(s, max(width-len(label)-2, 20)) {
		if i > 0 {
			label = labelNone
		}
		t.printf("  %s%s\n", t.pen.faint.Sprint(label), l)
	}
}

// reasonLine is a reason as JSON.
type reasonLine struct {
	Type     string         `json:"type"`
	Kind     string         `json:"kind"`
	Verdict  string         `json:"verdict"`
	Severity string         `json:"severity"`
	Conn     capture.ConnID `json:"conn"`
	Account  quoted         `json:"account,omitempty"`
	Sentence quoted         `json:"sentence"`
	Evidence []evidenceLine `json:"evidence"`
	More     int            `json:"more,omitempty"`
	Further  int            `json:"further,omitempty"`
	Group    int            `json:"group"`
	Proof    quoted         `json:"proof"`
	Remedy   quoted         `json:"remedy"`
}

// evidenceLine is a place that shows it.
type evidenceLine struct {
	File   quoted         `json:"file,omitempty"`
	Conn   capture.ConnID `json:"conn"`
	N      int            `json:"n"`
	From   string         `json:"from"`
	Offset int64          `json:"offset"`
	Length int64          `json:"length"`
	Time   stamp          `json:"time"`
	ID     string         `json:"id,omitempty"`
	Text   quoted         `json:"text"`
}

// Reasons writes one line for each reason. Those that are alike have the number of their
// group in common.
func (j *JSON) Reasons(list []reasons.Reason) error {
	groups := reasons.Groups(list)
	for i := range groups {
		if err := j.Reason(&groups[i].Reason, groups[i].Further, i+1); err != nil {
			return err
		}
		for k := range groups[i].Others {
			if err := j.Reason(&groups[i].Others[k], 0, i+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// Reason writes the line of a reason: how many further connections have one that is alike, and
// the number of its group.
func (j *JSON) Reason(x *reasons.Reason, further, group int) error {
	l := reasonLine{
		"reason", x.Kind.Name, string(x.Verdict), x.Severity.String(), x.Conn, quoted(x.Account),
		quoted(x.Sentence), nil, x.More, further, group, quoted(x.Proof), quoted(x.Remedy),
	}
	for _, e := range x.Evidence {
		l.Evidence = append(l.Evidence, evidenceLine{quoted(e.Source), e.Conn, e.Txn, strings.ToLower(e.Dir.String()), e.Off, e.Len, stamp(e.Time), e.Rule, quoted(e.Text)})
	}
	return j.enc.Encode(l)
}

// Kinds is the list of kinds, a line for each.
func Kinds() string {
	var b strings.Builder
	for _, k := range reasons.Kinds() {
		fmt.Fprintf(&b, "  %-10s %s\n", k.Name, k.Title)
	}
	return b.String()
}
