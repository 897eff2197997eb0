package mcp

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"strings"

	"imapscope/capture"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// allFindings yields the findings: of each connection those outside any transaction, then those
// of its transactions.
func (f *Face) allFindings(ctx context.Context, conn capture.ConnID) iter.Seq[view.Finding] {
	return func(yield func(view.Finding) bool) {
		each := func(id capture.ConnID, n int) bool {
			if f.findings.Worst(id, n) == "" {
				return true
			}
			for _, x := range f.findings.Of(id, n) {
				if !yield(x) {
					return false
				}
			}
			return true
		}
		for k := range f.archive.Conns() {
			c := f.archive.Conn(k)
			if conn != 0 && c.ID != conn {
				continue
			}
			for n := range c.LastN + 1 {
				if ctx.Err() != nil || !each(c.ID, n) {
					return
				}
			}
		}
	}
}

// whyIn are the arguments of why.
type whyIn struct {
	Connection int `json:"connection,omitempty" jsonschema:"only what is about this connection"`
	paging
}

// reasonItem is why something went wrong.
type reasonItem struct {
	Kind     string         `json:"kind"`
	Title    string         `json:"title"`
	Where    text           `json:"where"`
	Sentence text           `json:"sentence"`
	Verdict  string         `json:"verdict"`
	Severity string         `json:"severity"`
	Evidence []evidenceItem `json:"evidence"`
	More     int            `json:"more_evidence,omitempty"`
	Proof    text           `json:"what_would_prove_it"`
	Remedy   text           `json:"what_to_do"`
	Alike    []text         `json:"alike,omitempty"`
}

// evidenceItem is a place that shows it.
type evidenceItem struct {
	Connection  capture.ConnID `json:"connection"`
	Transaction string         `json:"transaction,omitempty"`
	From        string         `json:"from"`
	Offset      int64          `json:"offset"`
	Length      int64          `json:"length"`
	Place       text           `json:"place"`
	Text        text           `json:"text,omitempty"`
}

func (f *Face) why(ctx context.Context, in *whyIn) (*answer, error) {
	a, err := f.begin(ctx, &in.paging)
	if err != nil {
		return nil, err
	}
	if err := f.known(in.Connection); err != nil {
		return nil, err
	}
	f.findings.Reason()
	causes := f.findings.Causes()
	a.Summary = text(causes.Unsaid())
	i := 0
	for k := range causes.List {
		x := &causes.List[k]
		if in.Connection != 0 && !slices.Contains(x.Conns, capture.ConnID(in.Connection)) {
			continue
		}
		if err := a.add(i, f.reasonItem(x)); err != nil {
			return nil, err
		}
		i++
	}
	if i == 0 {
		a.Summary = text(view.NothingWrong)
		if in.Connection == 0 {
			a.Summary = text(causes.Nothing())
		}
	}
	if !f.o.Raw {
		a.Summary = text(strings.TrimSpace(string(a.Summary) + " " + hiddenByRedaction))
	}
	return a, nil
}

// hiddenByRedaction is what redacting takes from why.
const hiddenByRedaction = "This recording is redacted, which hides TLS handshakes and alerts and some broken literals; 'imapscope why' on the original file sees them."

// maxHiding is the number of a reason's connections whose secrets are masked in its texts. The
// texts have none of their own; a user's name may be the password of another connection.
const maxHiding = 16

func (f *Face) reasonItem(x *view.Cause) *reasonItem {
	hide := func(s string) text {
		for _, id := range x.Conns[:min(len(x.Conns), maxHiding)] {
			s = string(f.hider(id)(s))
		}
		return text(s)
	}
	r := &reasonItem{
		Kind: x.Kind, Title: x.Title, Where: hide(x.Where), Sentence: hide(x.Sentence), Verdict: x.Verdict, Severity: x.Severity,
		More: x.More, Proof: hide(x.Proof), Remedy: hide(x.Remedy),
	}
	for _, e := range x.Evidence {
		r.Evidence = append(r.Evidence, evidenceItem{e.Conn, number(e.Conn, e.Txn), e.Dir.String(), e.Off, e.Len, hide(e.Place), hide(e.Text)})
	}
	for _, s := range x.Alike {
		r.Alike = append(r.Alike, hide(s))
	}
	return r
}

func (f *Face) stats(ctx context.Context, in *paging) (*answer, error) {
	a, err := f.begin(ctx, in)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	f.seen.mu.Lock()
	f.seen.stats.Sort()
	err = print.Stats(&b, &f.seen.stats)
	if err == nil {
		err = print.BriefAccounts(&b, f.seen.stats.Accounts.Result())
	}
	f.seen.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return a, a.addLines(b.String())
}

// addLines adds the lines of a text, one an item.
func (a *answer) addLines(s string) error {
	i := 0
	for l := range strings.Lines(s) {
		if err := a.add(i, text(strings.TrimRight(l, "\n"))); err != nil {
			return err
		}
		i++
	}
	return nil
}
