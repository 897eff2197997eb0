package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// exporter writes what a person chose in the inspector. It is an
// inspect.Exporter.
type exporter struct {
	archive *archive.Archive
	view    view.Options
}

// Formats implements inspect.Exporter.
func (x *exporter) Formats() []string { return []string{"txt", "jsonl", "pcapng", "eml", "mbox"} }

// Export implements inspect.Exporter.
func (x *exporter) Export(name string, txns []int, comments map[int]string) (string, error) {
	if len(txns) == 0 {
		return "", errors.New("there is nothing to export")
	}
	switch filepath.Ext(name) {
	case ".txt":
		return x.printed(name, txns, func(w io.Writer) print.Printer {
			return print.NewText(w, print.TextOptions{Options: x.view})
		})
	case ".jsonl":
		return x.printed(name, txns, func(w io.Writer) print.Printer { return print.NewJSON(w, x.view) })
	case ".pcapng":
		return x.record(name, x.connsOf(txns), comments)
	case ".eml":
		return x.messages(name, txns, true)
	case ".mbox":
		return x.messages(name, txns, false)
	}
	return "", fmt.Errorf("%s: the name ends in none of .%s", name, strings.Join(x.Formats(), " ."))
}

// Save implements inspect.Exporter.
func (x *exporter) Save(name string, comments map[int]string) (string, error) {
	switch {
	case strings.HasSuffix(name, commentsEnding):
		return x.saveComments(name, comments)
	case filepath.Ext(name) != ".pcapng":
		return "", fmt.Errorf("%s: the name ends neither in .pcapng (the whole session) nor in %s", name, commentsEnding)
	}
	ids := make([]capture.ConnID, x.archive.Conns())
	for k := range ids {
		ids[k] = x.archive.Conn(k).ID
	}
	return x.record(name, ids, comments)
}

// Write implements inspect.Exporter.
func (x *exporter) Write(name string, content []byte) error {
	return writeNew(name, private, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

func (x *exporter) connsOf(txns []int) []capture.ConnID {
	var ids []capture.ConnID
	seen := make(map[capture.ConnID]bool)
	for _, i := range txns {
		if id := x.archive.Row(i).Conn; !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// printed writes transactions as decode prints them.
func (x *exporter) printed(name string, txns []int, printer func(io.Writer) print.Printer) (string, error) {
	type key struct {
		conn capture.ConnID
		n    int
	}
	chosen := make(map[key]bool, len(txns))
	for _, i := range txns {
		r := x.archive.Row(i)
		chosen[key{r.Conn, r.N}] = true
	}
	err := writeNew(name, private, func(w io.Writer) error {
		s := &show{
			opts:    x.view,
			conns:   make(map[capture.ConnID]*shown),
			printer: printer(w),
			chosen:  func(id capture.ConnID, n int) bool { return chosen[key{id, n}] },
		}
		return x.archive.Reader().Replay(context.Background(), decode.NewDemux(decode.Options{}, s), x.connsOf(txns)...)
	})
	return fmt.Sprintf("%d transactions written to %s", len(txns), name), err
}

// commentMark begins a packet comment that is a person's on a transaction.
const commentMark = "comment: "

// record writes whole connections as pcapng, comments beside the requests they are
// about.
func (x *exporter) record(name string, ids []capture.ConnID, comments map[int]string) (string, error) {
	rec, err := pcap.Create(name, pcap.RecorderOptions{})
	if err != nil {
		return "", err
	}
	to := &commented{Recorder: rec, at: make(map[capture.ConnID][]comment)}
	r := x.archive.Reader()
	n := 0
	for i, text := range comments {
		row := x.archive.Row(i)
		if !slices.Contains(ids, row.Conn) {
			continue
		}
		n++
		err := r.Messages(i, func(_ archive.Ref, m *decode.Message) bool {
			to.at[row.Conn] = append(to.at[row.Conn], comment{m.Dir, m.Off, text})
			return false
		})
		if err != nil {
			return "", errors.Join(err, rec.Finish(time.Now()))
		}
	}
	err = r.Replay(context.Background(), to, ids...)
	err = errors.Join(err, rec.Finish(time.Now()))
	said := fmt.Sprintf("%d connections written to %s", len(ids), name)
	if n > 0 {
		said += fmt.Sprintf(", with %d comments", n)
	}
	return said, err
}

// commented is a recorder that puts comments before what they are about.
type commented struct {
	*pcap.Recorder
	at map[capture.ConnID][]comment
}

type comment struct {
	dir  capture.Direction
	off  int64
	text string
}

// Event implements capture.Sink.
func (c *commented) Event(e *capture.Event) error {
	if e.Kind != capture.Data {
		return c.Recorder.Event(e)
	}
	list := c.at[e.Conn]
	for i := 0; i < len(list); i++ {
		if x := list[i]; x.dir == e.Dir && x.off < e.Off+int64(len(e.Data)) {
			text := commentMark + strings.ReplaceAll(x.text, "\n", " ")
			if err := c.Recorder.Event(&capture.Event{Kind: capture.Note, Conn: e.Conn, Time: e.Time, Text: text}); err != nil {
				return err
			}
			list = slices.Delete(list, i, i+1)
			i--
		}
	}
	c.at[e.Conn] = list
	return c.Recorder.Event(e)
}

// mail is a message that was fetched: where its octets are.
type mail struct {
	conn capture.ConnID
	off  int64
	n    int64
	time time.Time
}

// messages writes the messages that were fetched whole.
func (x *exporter) messages(name string, txns []int, eml bool) (string, error) {
	r := x.archive.Reader()
	var all []mail
	for _, i := range txns {
		row := x.archive.Row(i)
		err := r.Messages(i, func(_ archive.Ref, m *decode.Message) bool {
			if m.Kind == decode.Untagged && m.Word == "FETCH" && !m.Broken && m.Lost == 0 {
				for _, l := range wholeMessages(m) {
					all = append(all, mail{row.Conn, l.off, l.n, m.Time})
				}
			}
			return true
		})
		if err != nil {
			return "", err
		}
	}
	if len(all) == 0 {
		return "", errors.New("no message was fetched whole in these (RFC822 or BODY[])")
	}
	if !eml {
		err := writeNew(name, private, func(w io.Writer) error {
			for _, m := range all {
				if err := writeMbox(w, r, m); err != nil {
					return err
				}
			}
			return nil
		})
		return fmt.Sprintf("%d messages written to %s", len(all), name), err
	}
	base := strings.TrimSuffix(name, ".eml")
	for k, m := range all {
		file := name
		if len(all) > 1 {
			file = fmt.Sprintf("%s-%03d.eml", base, k+1)
		}
		err := writeNew(file, private, func(w io.Writer) error {
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

type stretch struct{ off, n int64 }

// wholeMessages are where the whole messages of a FETCH response lie in the stream.
func wholeMessages(m *decode.Message) []stretch {
	var out []stretch
	for n := range syntax.ParseResponse(&m.Message).All() {
		if n.Role != syntax.RoleMessage || n.Kind != syntax.KindLiteral {
			continue
		}
		for _, l := range m.Literals {
			if l.Head.Start != n.Span.Start || l.State != wire.Complete {
				continue
			}
			at := int64(l.Body.Start)
			if m.Elided > 0 && m.GapAt < l.Body.Start {
				at += m.Elided
			}
			out = append(out, stretch{m.Off + at, l.Size})
		}
	}
	return out
}

// writeMbox writes a message as mboxrd has it: a line that could be taken for the
// beginning of another message gets one more ">".
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
