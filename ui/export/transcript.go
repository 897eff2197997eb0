package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"imapscope/capture"
	"imapscope/capture/transcript"
	"imapscope/decode/redact"
	"imapscope/decode/script"
	"imapscope/ui/view"
)

// transcript writes whole connections as lines of text, with secrets masked unless they are
// shown.
func (x *Exporter) transcript(name string, s Selection) (string, error) {
	if len(s.Conns) == 0 {
		return "", ErrNothing
	}
	var comments []string
	if !x.opts.ShowSecrets {
		comments = []string{"secrets are masked: each of their bytes is " + string(rune(redact.Hidden))}
	}
	err := x.text(name, s.Conns, comments, !x.opts.ShowSecrets)
	return fmt.Sprintf("%s written to %s", view.Count(len(s.Conns), "connection"), target(name)), err
}

// text writes connections as a transcript.
func (x *Exporter) text(name string, ids []capture.ConnID, comments []string, mask bool) error {
	return x.file(name, func(w io.Writer) error {
		to := transcript.NewWriter(w, transcript.Options{Plain: view.IsPlain, Comments: comments})
		sink := capture.Sink(to)
		if mask {
			sink = redact.NewMask(to)
		}
		err := x.archive.Reader().Replay(context.Background(), sink, ids...)
		return errors.Join(err, to.Flush())
	})
}

// script writes the sessions that can be played as a transcript, with what cannot be played of
// them, and why, as comments.
func (x *Exporter) script(name string, s Selection) (string, error) {
	if len(s.Conns) == 0 {
		return "", ErrNothing
	}
	c := script.NewCollector(script.Options{Dialect: x.opts.Dialect})
	if err := x.archive.Reader().Replay(context.Background(), c, s.Conns...); err != nil {
		return "", err
	}
	all := c.Script()
	var ids []capture.ConnID
	comments := []string{"to play it: imapscope replay FILE --to HOST:PORT"}
	for _, session := range all.Sessions {
		id := session.Conn.ID
		if session.LeftOut != "" {
			comments = append(comments, fmt.Sprintf("connection %d is left out: %s", id, session.LeftOut))
			continue
		}
		ids = append(ids, id)
		for _, what := range session.Missing {
			comments = append(comments, fmt.Sprintf("connection %d cannot be played completely: %s", id, what))
		}
	}
	if len(ids) == 0 {
		return "", fmt.Errorf("no session can be played%s", all.Because())
	}
	slices.Sort(ids)
	summary := fmt.Sprintf("%s written to %s", view.Count(len(ids), "session"), target(name))
	if out := len(s.Conns) - len(ids); out > 0 {
		summary += fmt.Sprintf("; %s cannot be played", view.Count(out, "connection"))
	}
	return summary, x.text(name, ids, comments, x.opts.Mask)
}
