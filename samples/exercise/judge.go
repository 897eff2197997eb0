package exercise

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/lint"
)

// seen collects what a recording contains. It is a decode.Handler.
type seen struct {
	linter   *lint.Linter
	conns    map[capture.ConnID]capture.Conn
	said     []said
	findings []lint.Finding // warnings and errors
	notes    []lint.Finding
}

// said is a message in a recording.
type said struct {
	conn capture.ConnID
	txn  int
	msg  decode.Message // Raw is a copy, secrets masked
	tag  string
}

// read decodes and checks a recording.
func read(recording []byte) (*seen, error) {
	s := &seen{conns: make(map[capture.ConnID]capture.Conn)}
	var err error
	s.linter, err = lint.New(lint.Options{}, s.found)
	if err != nil {
		return nil, err
	}
	src := pcap.Stream(bytes.NewReader(recording), "the exercise", pcap.Options{})
	return s, src.Run(context.Background(), decode.NewDemux(decode.Options{}, s))
}

func (s *seen) found(f lint.Finding) {
	if f.Severity == lint.Note {
		s.notes = append(s.notes, f)
		return
	}
	s.findings = append(s.findings, f)
}

// Open implements decode.Handler.
func (s *seen) Open(c capture.Conn) error {
	s.conns[c.ID] = c
	return s.linter.Open(c)
}

// Events implements decode.Handler.
func (s *seen) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		m, ok := e.(*decode.Message)
		if !ok {
			continue
		}
		x := said{conn: id, msg: *m}
		x.msg.Raw = bytes.Clone(m.Raw)
		for _, secret := range m.Secrets {
			hidden := secret.Of(x.msg.Raw)
			copy(hidden, bytes.Repeat([]byte("*"), len(hidden)))
		}
		if m.Txn != nil {
			x.txn, x.tag = m.Txn.N, m.Txn.Tag
		}
		s.said = append(s.said, x)
	}
	return s.linter.Events(id, events)
}

// judge compares the findings with the planted fault. It returns the finding that reports the
// fault, or a *judgement.
func (s *seen) judge(k Kind, a *author) (*lint.Finding, error) {
	var found *lint.Finding
	var why []string
	for i := range s.findings {
		f := &s.findings[i]
		there := f.Txn == a.fault || k.where&outside != 0 && f.Txn == 0 || k.where&after != 0 && f.Txn == a.fault+1
		if s.conns[f.Conn].Client != a.client.Addr || !slices.Contains(k.Rules, f.Rule.ID) || !there || f.Verdict != k.By {
			why = append(why, fmt.Sprintf("%s (%s) is found at transaction %d of connection %d, and the fault is at %d of %s: %s",
				f.Rule.ID, f.Verdict, f.Txn, f.Conn, a.fault, a.client.Addr, f.Message))
		} else if found == nil && f.Rule.ID == k.Rules[0] {
			found = f
		}
	}
	if found == nil {
		why = append(why, k.Rules[0]+" does not find it")
	}
	if why != nil {
		return nil, &judgement{why}
	}
	return found, nil
}

// request returns the request of a transaction, or nil.
func (s *seen) request(conn capture.ConnID, txn int) *said {
	for i := range s.said {
		if x := &s.said[i]; x.conn == conn && x.txn == txn && txn > 0 && x.msg.Kind == decode.Request {
			return x
		}
	}
	return nil
}

// line returns the line that a finding is about, with its sender; empty if the finding is about
// something missing.
func (s *seen) line(f *lint.Finding) string {
	for i := range s.said {
		x := &s.said[i]
		if f.Len == 0 || x.conn != f.Conn || x.msg.Dir != f.Dir || f.Off < x.msg.Off || f.Off >= x.msg.Off+x.msg.Len {
			continue
		}
		at := min(max(f.Span.Start, 0), len(x.msg.Raw))
		from := bytes.LastIndexByte(x.msg.Raw[:at], '\n') + 1
		to := len(x.msg.Raw)
		if n := bytes.IndexByte(x.msg.Raw[at:], '\n'); n >= 0 {
			to = at + n + 1
		}
		return arrows[f.Dir] + " " + printable(x.msg.Raw[from:to])
	}
	return ""
}

var arrows = [...]string{capture.ClientToServer: "C:", capture.ServerToClient: "S:"}

// longestShown limits the length of a line in a key.
const longestShown = 160

// printable returns a line as ASCII, without its CRLF.
func printable(line []byte) string {
	var b strings.Builder
	line = bytes.TrimSuffix(line, []byte("\r\n"))
	for i, x := range line {
		if i == longestShown {
			fmt.Fprintf(&b, "... (%d bytes)", len(line))
			break
		}
		if x < ' ' || x >= 0x7f {
			fmt.Fprintf(&b, `\x%02x`, x)
		} else {
			b.WriteByte(x)
		}
	}
	return b.String()
}
