package export

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/capture/outfile"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
	"imapscope/ui/view"
)

// mail is where the bytes of a fetched message are.
type mail struct {
	conn capture.ConnID
	off  int64
	n    int64
	time time.Time
}

// messages writes the messages that were fetched completely, as one mbox file or each as
// an .eml file.
func (x *Exporter) messages(name string, txns []int, eml bool) (string, error) {
	r := x.archive.Reader()
	all, err := x.fetched(r, txns)
	if err != nil {
		return "", err
	}
	if !eml {
		err := outfile.Write(name, outfile.Options{}, func(w io.Writer) error {
			for _, m := range all {
				if err := writeMbox(w, r, m); err != nil {
					return err
				}
			}
			return nil
		})
		return fmt.Sprintf("%s written to %s", view.Count(len(all), "message"), name), err
	}
	base := strings.TrimSuffix(name, ".eml")
	for k, m := range all {
		file := name
		if len(all) > 1 {
			file = fmt.Sprintf("%s-%03d.eml", base, k+1)
		}
		err := outfile.Write(file, outfile.Options{}, func(w io.Writer) error {
			return r.Octets(w, m.conn, capture.ServerToClient, m.off, m.n)
		})
		if err != nil {
			return "", err
		}
	}
	if len(all) == 1 {
		return "1 message written to " + name, nil
	}
	return fmt.Sprintf("%d messages written to %s-001.eml and on", len(all), base), nil
}

// fetched returns the complete messages in the responses to transactions.
func (x *Exporter) fetched(r *archive.Reader, txns []int) ([]mail, error) {
	var all []mail
	for _, i := range txns {
		row := x.archive.Row(i)
		err := r.Messages(i, func(_ archive.Ref, m *decode.Message) bool {
			if m.Kind == decode.Untagged && m.Row.Does(protocol.Describes) && !m.Broken && m.Lost == 0 {
				for _, l := range wholeMessages(m) {
					all = append(all, mail{row.Conn, l.off, l.n, m.Time})
				}
			}
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	if len(all) == 0 {
		return nil, errors.New("these transactions fetched no complete message (RFC822 or BODY[])")
	}
	return all, nil
}

// stretch is a part of a stream.
type stretch struct{ off, n int64 }

// wholeMessages returns where the complete messages of a FETCH response are in the
// server's stream.
func wholeMessages(m *decode.Message) []stretch {
	var out []stretch
	for n := range syntax.ParseResponse(&m.Message).All() {
		if n.Role != protocol.RoleMessage || n.Kind != syntax.KindLiteral {
			continue
		}
		for _, l := range m.Literals {
			if l.Head.Start != n.Span.Start || l.State != wire.Complete {
				continue
			}
			at := int64(l.Body.Start) + m.ElidedBefore(l.Body.Start)
			out = append(out, stretch{m.Off + at, l.Size})
		}
	}
	return out
}

// writeMbox writes a message in mboxrd format: a line that could be mistaken for the start
// of another message gets one more ">".
func writeMbox(w io.Writer, r *archive.Reader, m mail) error {
	var b bytes.Buffer
	if err := r.Octets(&b, m.conn, capture.ServerToClient, m.off, m.n); err != nil {
		return err
	}
	out := bytes.NewBufferString("From imapscope@localhost " + m.time.UTC().Format(time.ANSIC) + "\n")
	for line := range bytes.Lines(b.Bytes()) {
		line = bytes.TrimRight(line, "\r\n")
		if bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) {
			out.WriteByte('>')
		}
		out.Write(line)
		out.WriteByte('\n')
	}
	out.WriteByte('\n')
	_, err := w.Write(out.Bytes())
	return err
}
