package export

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/capture/outfile"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/ui/view"
)

// commentMark begins a packet comment that contains a user's comment on a transaction.
const commentMark = "comment: "

// record writes whole connections as pcapng, with each comment on the packet of its
// request.
func (x *Exporter) record(name string, ids []capture.ConnID, comments map[int]string) (summary string, err error) {
	f, err := outfile.Create(name, outfile.Options{})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Discard()) }()
	rec, err := pcap.NewRecorder(f, pcap.RecorderOptions{})
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
	if err = errors.Join(err, rec.Finish(time.Now())); err == nil {
		err = f.Commit()
	}
	summary = fmt.Sprintf("%s written to %s", view.Count(len(ids), "connection"), name)
	if n > 0 {
		summary += ", with " + view.Count(n, "comment")
	}
	return summary, err
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
