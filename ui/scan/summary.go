package scan

import (
	"encoding/json"
	"fmt"
	"io"

	"imapscope/decode/lint"
	"imapscope/ui/view"
)

// Failed is a file that could not be read, or not to its end.
type Failed struct {
	File  string `json:"file"`
	Error string `json:"error"`
}

// Severities is a number for each severity.
type Severities struct {
	Error   int `json:"error"`
	Warning int `json:"warning"`
	Note    int `json:"note"`
}

// Summary is what a scan found, in numbers.
type Summary struct {
	Type         string     `json:"type"`
	Version      string     `json:"version"`
	Format       string     `json:"format"`
	Files        int        `json:"files"` // with results
	Connections  int        `json:"connections"`
	ServerLegs   int        `json:"server_legs"`
	Transactions int        `json:"transactions"`
	Findings     Severities `json:"findings"`
	Made         int        `json:"made"` // findings that a proxy's faults and edits made
	Reasons      int        `json:"reasons"`
	Left         int        `json:"left"` // connections with a reason that was not kept
	Accounts     int        `json:"accounts"`
	AccountsFrom string     `json:"accounts_from,omitempty"` // facts before it were left out
	Skipped      []Skipped  `json:"skipped"`
	Failed       []Failed   `json:"failed"`

	worst int
}

func newSummary(p *Plan) *Summary {
	s := &Summary{Type: "summary", Version: p.Version, Format: p.Format, Skipped: []Skipped{}, Failed: []Failed{}}
	for _, x := range p.Skipped {
		s.Skipped = append(s.Skipped, Skipped{view.Inert(x.File), view.Inert(x.Why)})
	}
	return s
}

// fileSum is what the parts of a file found.
type fileSum struct {
	Result
	file *File
}

// add adds a part. What is wrong with the file each part says.
func (f *fileSum) add(r *Result) {
	f.Connections += r.Connections
	f.ServerLegs += r.ServerLegs
	f.Transactions += r.Transactions
	for i, n := range r.Findings {
		f.Findings[i] += n
	}
	f.Made += r.Made
	f.Worst = max(f.Worst, r.Worst)
	f.Reasons += r.Reasons
	f.Left += r.Left
	f.Skipped = r.Skipped
	f.fail(r.Failed)
}

func (f *fileSum) fail(why string) {
	if f.Failed == "" {
		f.Failed = why
	}
}

// add adds a file.
func (s *Summary) add(f *fileSum) {
	name := view.Inert(f.file.Name)
	switch {
	case f.Failed != "":
		s.Failed = append(s.Failed, Failed{name, view.Inert(f.Failed)})
	case f.Skipped != "":
		s.Skipped = append(s.Skipped, Skipped{name, view.Inert(f.Skipped)})
		return
	}
	if f.Failed == "" || f.Connections > 0 {
		s.Files++
	}
	s.Connections += f.Connections
	s.ServerLegs += f.ServerLegs
	s.Transactions += f.Transactions
	s.Findings.Error += f.Findings[lint.Error]
	s.Findings.Warning += f.Findings[lint.Warning]
	s.Findings.Note += f.Findings[lint.Note]
	s.Made += f.Made
	s.Reasons += f.Reasons
	s.Left += f.Left
	s.worst = max(s.worst, f.Worst)
}

// Found reports whether there is a finding at least as severe as least that no proxy made.
func (s *Summary) Found(least lint.Severity) bool { return s.worst > int(least) }

func (s *Summary) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(s)
}

// WriteText writes the numbers as text, and what was skipped and what failed to aside.
func (s *Summary) WriteText(w, aside io.Writer) error {
	for _, x := range s.Skipped {
		if _, err := fmt.Fprintf(aside, "imapscope: skipped: %s: %s\n", x.File, x.Why); err != nil {
			return err
		}
	}
	for _, x := range s.Failed {
		if _, err := fmt.Fprintf(aside, "imapscope: failed: %s: %s\n", x.File, x.Error); err != nil {
			return err
		}
	}
	legs := ""
	if s.ServerLegs > 0 {
		legs = " and " + view.Count(s.ServerLegs, "server leg")
	}
	_, err := fmt.Fprintf(w, "%s, %s%s, %s: %s, %s, %s; %s; %s with more than one connection\n",
		view.Count(s.Files, "file"), view.Count(s.Connections, "connection"), legs, view.Count(s.Transactions, "transaction"),
		view.Count(s.Findings.Error, "error"), view.Count(s.Findings.Warning, "warning"), view.Count(s.Findings.Note, "note"),
		view.Count(s.Reasons, "reason"), view.Count(s.Accounts, "account"))
	return err
}
