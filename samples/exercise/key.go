package exercise

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode/lint"
)

// A Key is the answer to an exercise.
type Key struct {
	File   string `json:"file"`
	Seed   uint64 `json:"seed"`
	Number int    `json:"number"`

	Kind string `json:"kind"`
	Doc  string `json:"fault"` // what happens, in general
	By   string `json:"by"`    // client, server or network

	Conn   uint64 `json:"conn"`
	Client string `json:"client"`
	User   string `json:"user"`

	N       int       `json:"n,omitempty"`     // the transaction; 0: the fault is outside any
	Found   int       `json:"found,omitempty"` // the transaction that the finding is about; 0: outside any
	Tag     string    `json:"tag,omitempty"`
	Time    time.Time `json:"time"`
	Request string    `json:"request,omitempty"`
	Line    string    `json:"line,omitempty"` // the faulty line; C: from the client, S: from the server

	Rule     string `json:"rule"`
	Title    string `json:"title"`
	What     string `json:"what"`
	Why      string `json:"why"`
	Citation string `json:"citation"`

	Level int    `json:"level"` // of difficulty
	Also  []Also `json:"also,omitempty"`
}

// Also is something else that a reader may rightly name: not the fault, but true.
type Also struct {
	Rule  string `json:"rule"`
	Title string `json:"title"`
	Conn  uint64 `json:"conn"`
	N     int    `json:"n,omitempty"` // the transaction; 0: outside any
	What  string `json:"what"`
}

// maxAlso is the maximum number of further answers in a key.
const maxAlso = 20

// also returns what else is true of the recording: the findings beside the fault's own, and
// one of each rule's notes on each connection.
func (s *seen) also(f *lint.Finding) []Also {
	type place struct {
		rule string
		conn capture.ConnID
	}
	seen := map[place]bool{{f.Rule.ID, f.Conn}: true}
	var out []Also
	for _, list := range [...][]lint.Finding{s.findings, s.notes} {
		for i := range list {
			x := &list[i]
			if p := (place{x.Rule.ID, x.Conn}); !seen[p] && len(out) < maxAlso {
				seen[p] = true
				out = append(out, Also{x.Rule.ID, x.Rule.Title, uint64(x.Conn), x.Txn, x.Message})
			}
		}
	}
	return out
}

// key returns the key for a finding.
func (s *seen) key(k Kind, a *author, f *lint.Finding) Key {
	cite := f.Rule.Ref.String()
	if !f.Rule.Against.IsZero() {
		cite += "; but " + f.Rule.Against.String()
	}
	key := Key{
		Kind: k.Name, Doc: k.Doc, By: k.By.String(), Level: k.Level, Also: s.also(f),
		Conn: uint64(f.Conn), Client: a.client.Addr.String(), User: a.user,
		N: a.fault, Found: f.Txn, Time: f.Time.UTC(), Line: s.line(f),
		Rule: f.Rule.ID, Title: f.Rule.Title, What: f.Message, Why: f.Rule.Explanation, Citation: cite,
	}
	if r := s.request(f.Conn, a.fault); r != nil {
		key.Tag = r.tag
		line, _, more := strings.Cut(string(r.msg.Raw), "\r\n")
		if key.Request = printable([]byte(line)); more && len(r.msg.Literals) > 0 {
			key.Request = printable([]byte(strings.ReplaceAll(strings.TrimSuffix(string(r.msg.Raw), "\r\n"), "\r\n", " ")))
		}
	}
	return key
}

// JSON returns the key as one line.
func (k *Key) JSON() []byte {
	b, err := json.Marshal(k)
	if err != nil {
		panic(err) // cannot fail: only strings and numbers
	}
	return append(b, '\n')
}

// Text returns the key as human-readable text.
func (k *Key) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s (exercise %d of the seed %d)\n\n", k.File, k.Kind, k.Number, k.Seed)
	where, transaction := fmt.Sprintf("conn == %d", k.Conn), "none: it is the connection's"
	if k.N > 0 {
		where += fmt.Sprintf(" and n == %d", k.N)
		transaction = fmt.Sprintf("%d, tag %s", k.N, k.Tag)
	}
	if k.Found > k.N && k.N > 0 {
		transaction += fmt.Sprintf(" (the answer without a command counts as transaction %d)", k.Found)
	}
	for _, row := range [...][2]string{
		{"Fault", k.Doc},
		{"Level", fmt.Sprintf("%d of %d", k.Level, Levels)},
		{"Who", "the " + k.By},
		{"Connection", fmt.Sprintf("%d, from %s, user %s", k.Conn, k.Client, k.User)},
		{"Transaction", transaction},
		{"Time", k.Time.Format("2006-01-02 15:04:05.000 MST")},
		{"Request", k.Request},
		{"Line", k.Line},
		{"What", k.What},
		{"Why", k.Why},
		{"Rule", k.Rule + " " + k.Title},
		{"Citation", k.Citation},
		{"See it", fmt.Sprintf("imapscope check --only %s %s", k.Rule, k.File)},
		{"", fmt.Sprintf("imapscope decode -v --filter '%s' %s", where, k.File)},
	} {
		if row[1] != "" {
			fmt.Fprintf(&b, "%-12s %s\n", row[0], wrap(row[1], 13, 80))
		}
	}
	for i, x := range k.Also {
		label := ""
		if i == 0 {
			label = "Also true"
		}
		at := fmt.Sprintf("connection %d", x.Conn)
		if x.N > 0 {
			at = fmt.Sprintf("%d/%d", x.Conn, x.N)
		}
		fmt.Fprintf(&b, "%-12s %s\n", label, wrap(fmt.Sprintf("%s: %s %s: %s", at, x.Rule, x.Title, x.What), 13, 80))
	}
	return b.String()
}

// wrap breaks a text at its blanks, with an indent for the lines after the first.
func wrap(s string, indent, width int) string {
	var b strings.Builder
	at := indent
	for i, word := range strings.Split(s, " ") {
		if i > 0 {
			if at+1+len(word) > width {
				b.WriteString("\n" + strings.Repeat(" ", indent))
				at = indent
			} else {
				b.WriteByte(' ')
				at++
			}
		}
		b.WriteString(word)
		at += len(word)
	}
	return b.String()
}
