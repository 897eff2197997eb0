package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/redact"
	"imapscope/ui/view"
)

// commentMark begins a packet comment that contains a user's comment on a transaction.
const commentMark = "comment: "

// record writes whole connections as pcapng, with each comment on the packet of its
// request.
func (x *Exporter) record(name string, s Selection) (summary string, err error) {
	if len(s.Conns) == 0 {
		return "", ErrNothing
	}
	at, n, err := x.commentsAt(s)
	if err != nil {
		return "", err
	}
	err = x.file(name, func(w io.Writer) error {
		o := pcap.RecorderOptions{}
		if x.opts.Mask {
			o.Comment = "secrets masked"
		}
		rec, err := pcap.NewRecorder(w, o)
		if err != nil {
			return err
		}
		to := x.masked(&commented{Recorder: rec, at: at})
		err = x.archive.Reader().Replay(context.Background(), to, s.Conns...)
		return errors.Join(err, rec.Finish(time.Now()))
	})
	summary = fmt.Sprintf("%s written to %s", view.Count(len(s.Conns), "connection"), target(name))
	if n > 0 {
		summary += ", with " + view.Count(n, "comment")
	}
	return summary, err
}

// masked returns a sink in front of another one that masks secrets, if that was asked for.
func (x *Exporter) masked(to capture.Sink) capture.Sink {
	if x.opts.Mask {
		return redact.NewMask(to)
	}
	return to
}

// commentsAt returns where the comments on the connections of a selection are, and their
// number.
func (x *Exporter) commentsAt(s Selection) (at map[capture.ConnID][]comment, n int, err error) {
	at = make(map[capture.ConnID][]comment)
	r := x.archive.Reader()
	for i, text := range s.Comments {
		row := x.archive.Row(i)
		if !slices.Contains(s.Conns, row.Conn) {
			continue
		}
		n++
		err := r.Messages(i, func(_ archive.Ref, m *decode.Message) bool {
			at[row.Conn] = append(at[row.Conn], comment{m.Dir, m.Off, text})
			return false
		})
		if err != nil {
			return nil, 0, err
		}
	}
	return at, n, nil
}

// commented is a recorder that adds each comment before the data it is about.
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
