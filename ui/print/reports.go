package print

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/url"

	"imapscope/ui/view"
)

// WriteJUnit writes the findings as JUnit tests: a test case for each rule that found
// something, with its findings as one failure; notes are skipped tests. Without findings
// there is one test, which passes.
func (f *Findings) WriteJUnit(w io.Writer, name string) error {
	s := junitSuite{Name: "imapscope check " + name}
	for _, g := range f.sorted() {
		c := junitCase{Class: "imapscope." + g.rule.Verdict, Name: g.rule.ID + " " + g.rule.Title}
		m := &junitMessage{Message: fmt.Sprintf("%s: %d findings", g.rule.Severity, g.count), Type: g.rule.Severity}
		for _, x := range g.kept {
			m.Text += f.place(&x.Finding) + ": " + x.Message + "\n"
		}
		if g.rule.Severity == "note" {
			c.Skipped = &junitMessage{Message: m.Text}
		} else {
			c.Failure = m
		}
		s.add(c)
	}
	if len(s.Cases) == 0 {
		s.add(junitCase{Class: "imapscope", Name: "no findings"})
	}
	return s.write(w)
}

// The part of JUnit's XML that is used.
type (
	junitMessage struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitMessage `xml:"failure,omitempty"`
		Skipped *junitMessage `xml:"skipped,omitempty"`
	}
	junitSuite struct {
		XMLName  xml.Name    `xml:"testsuite"`
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
)

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Skipped != nil {
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

// write writes the suite with everything in it inert: names are those of files.
func (s *junitSuite) write(w io.Writer) error {
	s.Name = view.Inert(s.Name)
	for i := range s.Cases {
		c := &s.Cases[i]
		c.Class, c.Name = view.Inert(c.Class), view.Inert(c.Name)
		for _, m := range []*junitMessage{c.Failure, c.Skipped} {
			if m != nil {
				m.Message, m.Text = view.InertLines(m.Message), view.InertLines(m.Text)
			}
		}
	}
	b, err := xml.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append([]byte(xml.Header), append(b, '\n')...))
	return err
}

// sarif is the part of SARIF 2.1.0 that is used.
type (
	sarifText struct {
		Text string `json:"text"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifRule struct {
		ID      string      `json:"id"`
		Name    string      `json:"name"`
		Short   sarifText   `json:"shortDescription"`
		Full    sarifText   `json:"fullDescription"`
		Help    sarifText   `json:"help"`
		Default sarifConfig `json:"defaultConfiguration"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	sarifLocation struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
		} `json:"physicalLocation"`
		Logical []sarifLogical `json:"logicalLocations"`
	}
	sarifResult struct {
		RuleID     string          `json:"ruleId"`
		Level      string          `json:"level"`
		Message    sarifText       `json:"message"`
		Locations  []sarifLocation `json:"locations"`
		Properties map[string]any  `json:"properties"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRun struct {
		Tool struct {
			Driver sarifDriver `json:"driver"`
		} `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifLog struct {
		Version string     `json:"version"`
		Schema  string     `json:"$schema"`
		Runs    []sarifRun `json:"runs"`
	}
)

// WriteSARIF writes the findings as SARIF 2.1.0 (OASIS), for tools that collect them.
// Offsets are positions in a connection's stream, so they are properties.
func (f *Findings) WriteSARIF(w io.Writer) error {
	run := sarifRun{Results: []sarifResult{}}
	run.Tool.Driver.Name = "imapscope"
	run.Tool.Driver.Rules = []sarifRule{}
	seen := make(map[string]bool)
	for _, g := range f.sorted() {
		r := g.rule
		if !seen[r.ID] {
			seen[r.ID] = true
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{
				ID: r.ID, Name: r.ID, Short: sarifText{r.Title}, Full: sarifText{r.Explanation + " " + r.Cite},
				Help: sarifText{r.Advice}, Default: sarifConfig{r.Severity},
			})
		}
		for _, x := range g.kept {
			result := sarifResult{
				RuleID: r.ID, Level: x.Severity, Message: sarifText{x.Message},
				Properties: map[string]any{"verdict": x.Verdict, "from": x.From, "offset": x.Offset, "length": x.Length, "citation": x.Cite},
			}
			var l sarifLocation
			l.Physical.Artifact.URI = (&url.URL{Path: f.conns[x.Conn].Origin}).String()
			l.Logical = []sarifLogical{{Name: f.place(&x.Finding), Kind: "module"}}
			result.Locations = append(result.Locations, l)
			run.Results = append(run.Results, result)
		}
	}
	out := json.NewEncoder(w)
	out.SetIndent("", " ")
	return out.Encode(sarifLog{"2.1.0", "https://json.schemastore.org/sarif-2.1.0.json", []sarifRun{run}})
}
